"""EventBridge Scheduler: runs commands as tasks by the clock, tries again, and keeps what could not be started."""

from aws_cdk import Duration, Stack
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.commands import Job
from infra.inputs import Inputs
from infra.network import Network

_TRIES = 2
_OLDEST_SECONDS = 600


class Schedule(Construct):
    """Jobs of a cluster. A job that runs while another of its kind does is harmless: work is claimed in Postgres."""

    def __init__(self, scope: Construct, name: str, inputs: Inputs, network: Network, cluster: ecs.Cluster) -> None:
        super().__init__(scope, name)
        self._inputs, self._network, self._cluster = inputs, network, cluster
        self.left = sqs.Queue(
            self,
            "Left",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(14),
        )
        self._group = scheduler.CfnScheduleGroup(self, "Group")
        self._role = iam.Role(
            self,
            "Role",
            description="EventBridge Scheduler: starts the jobs of GiftPulse, and nothing else",
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            ),
        )
        self.left.grant_send_messages(self._role)
        self._let_tag()

    def add(self, job: Job, task: ecs.FargateTaskDefinition) -> None:
        """Run a task by the clock."""
        self._allow(task)
        place = "ENABLED" if not self._network.has_nat else "DISABLED"
        scheduler.CfnSchedule(
            self,
            _name_of(job),
            description=f"GiftPulse: {job.command}",
            group_name=self._group.ref,
            schedule_expression=job.when,
            schedule_expression_timezone="UTC",
            state=self._inputs.if_running("ENABLED", "DISABLED"),
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            target=scheduler.CfnSchedule.TargetProperty(
                arn=self._cluster.cluster_arn,
                role_arn=self._role.role_arn,
                dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(arn=self.left.queue_arn),
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_retry_attempts=_TRIES, maximum_event_age_in_seconds=_OLDEST_SECONDS
                ),
                ecs_parameters=scheduler.CfnSchedule.EcsParametersProperty(
                    task_definition_arn=task.task_definition_arn,
                    launch_type="FARGATE",
                    propagate_tags="TASK_DEFINITION",
                    network_configuration=scheduler.CfnSchedule.NetworkConfigurationProperty(
                        awsvpc_configuration=scheduler.CfnSchedule.AwsVpcConfigurationProperty(
                            subnets=self._network.vpc.select_subnets(
                                subnet_group_name=self._network.tasks_in.subnet_group_name
                            ).subnet_ids,
                            security_groups=[self._network.tasks.security_group_id],
                            assign_public_ip=place,
                        )
                    ),
                ),
            ),
        )

    def _allow(self, task: ecs.FargateTaskDefinition) -> None:
        self._role.add_to_policy(
            iam.PolicyStatement(
                actions=["ecs:RunTask"],
                resources=[task.task_definition_arn],
                conditions={"ArnEquals": {"ecs:cluster": self._cluster.cluster_arn}},
            )
        )
        self._role.add_to_policy(
            iam.PolicyStatement(
                actions=["iam:PassRole"],
                resources=[task.task_role.role_arn, task.obtain_execution_role().role_arn],
                conditions={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
            )
        )

    def _let_tag(self) -> None:
        """Tags of a task definition go on to its tasks, which is a right of its own: without it nothing starts."""
        name = self._cluster.cluster_name
        self._role.add_to_policy(
            iam.PolicyStatement(
                actions=["ecs:TagResource"],
                resources=[Stack.of(self).format_arn(service="ecs", resource="task", resource_name=f"{name}/*")],
                conditions={"StringEquals": {"ecs:CreateAction": "RunTask"}},
            )
        )


def _name_of(job: Job) -> str:
    return "".join(word.capitalize() for word in job.command.split("-"))
