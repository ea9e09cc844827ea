"""The dashboard: whether it is well, what waits, what fails, and whether the machines have room."""

from collections.abc import Sequence

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elb
from constructs import Construct

from infra.alarms import Alarms
from infra.database import Database
from infra.door import Door
from infra.metrics import NAMESPACE, own

_HALF = 12


def board(
    scope: Construct, host: str, alarms: Alarms, door: Door, database: Database, services: Sequence[ecs.FargateService]
) -> cloudwatch.Dashboard:
    """One page of all."""
    instance, balancer = database.instance, door.balancer.metrics
    made = cloudwatch.Dashboard(scope, "Dashboard")
    made.add_widgets(cloudwatch.AlarmStatusWidget(title="Alarms", alarms=alarms.all, width=24, height=4))
    made.add_widgets(
        _graph("Is it well", [own("Healthy", host), own("Problems", host), own("RoundsFailing", host)]),
        _graph("How far behind", [own("LagSeconds", host), own("TextsOldestDueSeconds", host), *_each(host)]),
    )
    made.add_widgets(
        _graph(
            "What waits", [own(name, host) for name in ("TextsDue", "NotesDue", "NotificationsPending", "OwedBatches")]
        ),
        _graph("Failed messages; cost of writing today", [own("FailedMessages", host)], [own("OpenAiCostToday", host)]),
    )
    made.add_widgets(
        _graph(
            "Requests",
            [balancer.request_count(), *(balancer.http_code_target(code) for code in _CODES)],
            [balancer.target_response_time(statistic="p99")],
        ),
        _graph("CPU of services", [each.metric_cpu_utilization() for each in services]),
    )
    made.add_widgets(
        _graph("Postgres", [instance.metric_cpu_utilization()], [instance.metric_database_connections()]),
        _graph("Storage of Postgres", [instance.metric_free_storage_space()]),
    )
    return made


_CODES = (elb.HttpCodeTarget.TARGET_4XX_COUNT, elb.HttpCodeTarget.TARGET_5XX_COUNT)


def _each(host: str) -> list[cloudwatch.IMetric]:
    """Lags by list and by reader, whichever there are."""
    return [
        cloudwatch.MathExpression(
            expression=(
                f"SEARCH('{{{NAMESPACE},Installation,{by}}}"
                f' MetricName="{name}" Installation="{host}"\', \'Maximum\', 60)'
            ),
            label="",
            using_metrics={},
        )
        for name, by in (("SourceLagSeconds", "Source"), ("OwedOldestSeconds", "Reader"))
    ]


def _graph(
    title: str, left: Sequence[cloudwatch.IMetric], right: Sequence[cloudwatch.IMetric] = ()
) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(left), right=list(right), width=_HALF, height=6)
