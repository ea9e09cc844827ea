"""Services: tasks that stay, are replaced when they end, and rolled back when a new version does not come up."""

from typing import cast

from aws_cdk import Duration
from aws_cdk import aws_applicationautoscaling as autoscaling
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ecs as ecs
from constructs import Construct

from infra.inputs import Inputs
from infra.network import Network
from infra.profiles import Service
from infra.tasks import Tasks

CPU_AIM = 60
"""Per cent of its CPU that a service is kept at."""

SLOW, SLOWER = 60, 300
"""Seconds of lag from which one more, and three more workers are started."""


class Services(Construct):
    """A cluster, and what stays in it."""

    def __init__(self, scope: Construct, name: str, inputs: Inputs, network: Network, insights: bool) -> None:
        super().__init__(scope, name)
        self._inputs, self._network = inputs, network
        chosen = ecs.ContainerInsights.ENABLED if insights else ecs.ContainerInsights.DISABLED
        self.cluster = ecs.Cluster(self, "Cluster", vpc=network.vpc, container_insights_v2=chosen)

    def add(self, name: str, service: Service, tasks: Tasks) -> ecs.FargateService:
        """A service of one kind of task."""
        log = tasks.log_group(name)
        task = tasks.define(
            name,
            service.command,
            log,
            cpu=service.cpu,
            memory=service.memory,
            stop_seconds=service.stop_seconds,
            secrets=service.secrets,
            role=service.role,
        )
        # A number in a template is set with every deployment: it would end what a service has grown by.
        count = self._inputs.count_to_begin_with if service.grows else self._inputs.count
        return ecs.FargateService(
            self,
            name,
            cluster=self.cluster,
            task_definition=task,
            # A token, which CloudFormation will put a number in for, and the library types as a float.
            desired_count=cast(int, count(service.least)),
            security_groups=[self._network.tasks],
            vpc_subnets=self._network.tasks_in,
            assign_public_ip=not self._network.has_nat,
            circuit_breaker=ecs.DeploymentCircuitBreaker(rollback=True),
            min_healthy_percent=100,
            max_healthy_percent=200,
            enable_execute_command=False,
            propagate_tags=ecs.PropagatedTagSource.SERVICE,
        )

    def scale(self, made: ecs.FargateService, service: Service, lag: cloudwatch.IMetric | None = None) -> None:
        """Let a service grow with its work. Lag only adds tasks: idle CPUs take them away again."""
        if not service.grows:
            return
        least = cast(int, self._inputs.count(service.least))
        scaling = made.auto_scale_task_count(min_capacity=least, max_capacity=service.most)
        scaling.scale_on_cpu_utilization(
            "Cpu",
            target_utilization_percent=CPU_AIM,
            scale_in_cooldown=Duration.minutes(10),
            scale_out_cooldown=Duration.minutes(1),
        )
        if lag is not None:
            scaling.scale_on_metric(
                "Lag",
                metric=lag,
                scaling_steps=[
                    autoscaling.ScalingInterval(lower=SLOW, change=1),
                    autoscaling.ScalingInterval(lower=SLOWER, change=3),
                ],
                cooldown=Duration.minutes(3),
                evaluation_periods=2,
            )
