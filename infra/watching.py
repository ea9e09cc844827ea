"""What is watched, and from where on somebody is told."""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_sqs as sqs

from infra.alarms import Alarms
from infra.cache import Cache
from infra.database import Database
from infra.door import Door
from infra.metrics import own
from infra.profiles import Profile

_MINUTE, _FIVE = Duration.minutes(1), Duration.minutes(5)
_GIBIBYTE = 1024**3


def watch_ourselves(alarms: Alarms, host: str, running: Sequence[ecs.FargateService]) -> None:
    """What GiftPulse tells of itself."""
    unwell = alarms.below(
        "Unwell", own("Healthy", host), 1, "it is not well, or nobody runs rounds: look at /health", must_come=True
    )
    for each in running:
        # Whoever is about to begin is not silent yet.
        unwell.node.add_dependency(each)
    alarms.above("Lag", own("LagSeconds", host), 300, "work waits for five minutes: are workers running?")
    alarms.above("FailedMessages", own("FailedMessages", host), 20, "messages fail: look at /api/alerts", 2)
    alarms.above("RoundsFailing", own("RoundsFailing", host), 0, "a round fails again and again: look at its log")
    alarms.above(
        "TellsNobody", own("NotificationsOldestPendingSeconds", host), 600, "notifications are not sent for ten minutes"
    )


def watch_the_door(alarms: Alarms, door: Door, web: elb.ApplicationTargetGroup) -> None:
    """Whether requests are answered."""
    codes, balancer = elb.HttpCodeTarget, door.balancer.metrics
    failed = web.metrics.http_code_target(codes.TARGET_5XX_COUNT, period=_MINUTE, statistic="Sum")
    alarms.above("Failed5xx", failed, 5, "requests fail with 5xx: look at the log of web", 3)
    unserved = balancer.http_code_elb(elb.HttpCodeElb.ELB_5XX_COUNT, period=_MINUTE, statistic="Sum")
    alarms.above("Unserved5xx", unserved, 5, "the load balancer finds no web task that answers", 3)
    sick = web.metrics.unhealthy_host_count(period=_MINUTE, statistic="Maximum")
    alarms.above("UnhealthyTargets", sick, 0, "a web task does not answer")


def watch_the_database(alarms: Alarms, database: Database, profile: Profile) -> None:
    """Whether Postgres has room."""
    instance = database.instance
    busy = instance.metric_cpu_utilization(period=_FIVE, statistic="Average")
    alarms.above("DatabaseCpu", busy, 80, "Postgres is busy for a quarter of an hour", 3)
    room = instance.metric_free_storage_space(period=_FIVE, statistic="Minimum")
    least = max(2, profile.database_gigabytes // 10) * _GIBIBYTE
    alarms.below("DatabaseStorage", room, least, "Postgres has little storage left", 2)
    open_now = instance.metric_database_connections(period=_MINUTE, statistic="Maximum")
    most = profile.database_connections * 8 // 10
    alarms.above("DatabaseConnections", open_now, most, "Postgres has few connections left: docs/operations.md", 5)
    memory = instance.metric_freeable_memory(period=_FIVE, statistic="Minimum")
    alarms.below("DatabaseMemory", memory, 64 * 1024**2, "Postgres has little memory left", 3)


def watch_the_cache(alarms: Alarms, cache: Cache) -> None:
    """Whether Valkey has room."""
    for node in ("001", "002"):
        full = cloudwatch.Metric(
            namespace="AWS/ElastiCache",
            metric_name="DatabaseMemoryUsagePercentage",
            dimensions_map={"CacheClusterId": f"{cache.group.ref}-{node}"},
            statistic="Maximum",
            period=_MINUTE,
        )
        alarms.above(f"CacheMemory{node}", full, 80, "Valkey is nearly full, and will refuse ticks")


def watch_the_schedule(alarms: Alarms, left: sqs.Queue) -> None:
    """Whether jobs start."""
    waiting = left.metric_approximate_number_of_messages_visible(period=_FIVE, statistic="Maximum")
    alarms.above("JobsNotStarted", waiting, 0, "EventBridge Scheduler could not start a job: its queue says why", 1)
