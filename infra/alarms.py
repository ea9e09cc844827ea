"""Alarms: each says in its description what to look at, and mails whoever the operator named."""

from typing import Any, cast

from aws_cdk import Aws, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.inputs import Inputs

_IGNORED = cloudwatch.TreatMissingData.NOT_BREACHING

_ENDED_BADLY: list[dict[str, Any]] = [
    # 137 and 143: it was told to end, and did not in time, or at once.
    {"containers": {"exitCode": [{"anything-but": [0, 137, 143]}]}},
    # 137, and nobody had told it to end: it was killed, mostly for its memory.
    {"containers": {"exitCode": [137]}, "stopCode": ["EssentialContainerExited"]},
    {"containers": {"reason": [{"prefix": "OutOfMemory"}]}},
    {"stoppedReason": [{"prefix": "OutOfMemory"}]},
    # No image, no secret, no address: there is no exit code then.
    {"stopCode": ["TaskFailedToStart"]},
]


class Alarms(Construct):
    """Alarms and who hears of them."""

    def __init__(self, scope: Construct, name: str, inputs: Inputs) -> None:
        super().__init__(scope, name)
        self._inputs = inputs
        self.topic = sns.Topic(self, "Topic", display_name="GiftPulse", enforce_ssl=True)
        mail = sns.SubscriptionProtocol.EMAIL
        sns.Subscription(self, "Email", topic=self.topic, protocol=mail, endpoint=inputs.alarm_email)
        self._let_alarms_publish()
        self._action = actions.SnsAction(self.topic)
        self.all: list[cloudwatch.Alarm] = []

    def above(self, name: str, metric: cloudwatch.IMetric, limit: float, says: str, periods: int = 5) -> None:
        """Alarm when every one of so many periods of a metric is above a limit. None at all is no alarm."""
        comparison = cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD
        self._add(name, metric, limit, says, periods, comparison, _IGNORED)

    def below(
        self,
        name: str,
        metric: cloudwatch.IMetric,
        limit: float,
        says: str,
        periods: int = 5,
        *,
        must_come: bool = False,
    ) -> cloudwatch.Alarm:
        """The same for below. ``must_come``: that there is no value is as bad, while services are to run at all."""
        comparison = cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD
        made = self._add(name, metric, limit, says, periods, comparison, _IGNORED)
        if must_come:
            bare = cast(cloudwatch.CfnAlarm, made.node.default_child)
            bare.treat_missing_data = self._inputs.if_running("breaching", "notBreaching")
        return made

    def on_failed_tasks(self, cluster: ecs.ICluster) -> None:
        """Tell of every task that ended with an error, or did not even start: a migration, a job, a service that does
        not come up."""
        rule = events.Rule(
            self,
            "TaskFailed",
            description="A task of GiftPulse ended with an error",
            event_pattern=events.EventPattern(
                source=["aws.ecs"],
                detail_type=["ECS Task State Change"],
                detail={
                    "clusterArn": [cluster.cluster_arn],
                    "lastStatus": ["STOPPED"],
                    "$or": _ENDED_BADLY,
                },
            ),
        )
        said = events.RuleTargetInput.from_text(
            f"A task of {events.EventField.from_path('$.detail.group')} ended with an error: "
            f"{events.EventField.from_path('$.detail.stoppedReason')}. Its log says why, if it started."
        )
        rule.add_target(targets.SnsTopic(self.topic, message=said))

    def _add(
        self,
        name: str,
        metric: cloudwatch.IMetric,
        limit: float,
        says: str,
        periods: int,
        comparison: cloudwatch.ComparisonOperator,
        missing: cloudwatch.TreatMissingData,
    ) -> cloudwatch.Alarm:
        alarm = cloudwatch.Alarm(
            self,
            name,
            metric=metric,
            threshold=limit,
            evaluation_periods=periods,
            comparison_operator=comparison,
            treat_missing_data=missing,
            alarm_description=f"GiftPulse: {says}",
        )
        alarm.add_alarm_action(self._action)
        alarm.add_ok_action(self._action)
        self.all.append(alarm)
        return alarm

    def _let_alarms_publish(self) -> None:
        alarms = f"arn:{Aws.PARTITION}:cloudwatch:*:{Aws.ACCOUNT_ID}:alarm:*"
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
                conditions={
                    "StringEquals": {"aws:SourceAccount": Stack.of(self).account},
                    "ArnLike": {"aws:SourceArn": alarms},
                },
            )
        )
