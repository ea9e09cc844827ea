"""Alarms: each says in its description what to look at, and mails whoever the operator named."""

from aws_cdk import Aws, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

_BREACHING = cloudwatch.TreatMissingData.BREACHING
_IGNORED = cloudwatch.TreatMissingData.NOT_BREACHING


class Alarms(Construct):
    """Alarms and who hears of them."""

    def __init__(self, scope: Construct, name: str, email: str) -> None:
        super().__init__(scope, name)
        self.topic = sns.Topic(self, "Topic", display_name="GiftPulse", enforce_ssl=True)
        sns.Subscription(self, "Email", topic=self.topic, protocol=sns.SubscriptionProtocol.EMAIL, endpoint=email)
        for service, what in (("cloudwatch", "alarm"), ("budgets", None)):
            self._let_publish(service, f"arn:{Aws.PARTITION}:cloudwatch:*:{Aws.ACCOUNT_ID}:{what}:*" if what else None)
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
    ) -> None:
        """The same for below. ``must_come``: that there is no value is as bad."""
        comparison = cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD
        self._add(name, metric, limit, says, periods, comparison, _BREACHING if must_come else _IGNORED)

    def on_failed_tasks(self, cluster: ecs.ICluster) -> None:
        """Tell of every task that ended with an error: a migration, a job, a service that does not come up."""
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
                    # 137 and 143: it was told to end, and did not in time, or at once.
                    "containers": {"exitCode": [{"anything-but": [0, 137, 143]}]},
                },
            ),
        )
        said = events.RuleTargetInput.from_text(
            f"A task of {events.EventField.from_path('$.detail.group')} ended with an error: "
            f"{events.EventField.from_path('$.detail.stoppedReason')}. Its log says why."
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
    ) -> None:
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

    def _let_publish(self, service: str, source: str | None) -> None:
        conditions: dict[str, dict[str, str]] = {"StringEquals": {"aws:SourceAccount": Stack.of(self).account}}
        if source is not None:
            conditions["ArnLike"] = {"aws:SourceArn": source}
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal(f"{service}.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
                conditions=conditions,
            )
        )
