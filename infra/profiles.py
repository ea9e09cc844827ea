"""The two sizes in which GiftPulse is set up: small (the cheapest that is safe) and large."""

from dataclasses import dataclass
from typing import Literal

from infra.commands import Job
from infra.environment import TO_TICK, TO_WORK


@dataclass(frozen=True, slots=True)
class Service:
    """Tasks of one kind: what they run, how big each is (1024 of CPU is one core, memory in MiB), and how many.
    ``role``: what ``healthy.py`` looks for in them. ``secrets``: those that they get; None is all."""

    role: Literal["web", "worker", "beat"]
    command: tuple[str, ...]
    cpu: int
    memory: int
    least: int
    most: int
    stop_seconds: int = 30
    secrets: tuple[str, ...] | None = None

    @property
    def grows(self) -> bool:
        """Whether its number follows its work."""
        return self.most > self.least


@dataclass(frozen=True, slots=True)
class Profile:
    """All sizes and switches. ``nat_gateways`` 0: tasks have public addresses of their own, to which nobody can
    connect. ``jobs``: what EventBridge Scheduler runs. Without ``worker`` and ``beat`` there is no Redis either."""

    name: Literal["small", "large"]
    nat_gateways: int
    flow_logs: bool
    database_class: str
    database_gigabytes: int
    database_most_gigabytes: int
    database_connections: int
    database_is_doubled: bool
    backup_days: int
    web: Service
    worker: Service | None
    beat: Service | None
    cache_class: str | None
    jobs: tuple[Job, ...]
    pool_size: int
    log_days: Literal[30, 90]
    container_insights: bool
    budget_dollars: int


SMALL = Profile(
    name="small",
    nat_gateways=0,
    flow_logs=False,
    database_class="t4g.micro",
    database_gigabytes=20,
    database_most_gigabytes=100,
    database_connections=80,
    database_is_doubled=False,
    backup_days=7,
    # Everything in one process: rounds within seconds, for the price of the door that must be open anyway.
    web=Service("web", ("up", "--host", "0.0.0.0"), cpu=256, memory=1024, least=1, most=1),  # noqa: S104
    worker=None,
    beat=None,
    cache_class=None,
    jobs=(
        Job("schedule-messages", "rate(1 hour)"),
        Job("process-messages", "rate(15 minutes)"),
        Job("cleanup", "cron(20 4 * * ? *)"),
    ),
    pool_size=20,
    log_days=30,
    container_insights=False,
    budget_dollars=100,
)

LARGE = Profile(
    name="large",
    nat_gateways=2,
    flow_logs=True,
    database_class="m7g.large",
    database_gigabytes=100,
    database_most_gigabytes=1000,
    database_connections=800,
    database_is_doubled=True,
    backup_days=35,
    web=Service("web", ("web", "--host", "0.0.0.0"), cpu=1024, memory=2048, least=2, most=8),  # noqa: S104
    worker=Service(
        "worker",
        ("worker", "--concurrency", "8"),
        cpu=1024,
        memory=4096,
        least=2,
        most=8,
        stop_seconds=90,
        secrets=TO_WORK,
    ),
    beat=Service("beat", ("beat",), cpu=256, memory=512, least=1, most=1, secrets=TO_TICK),
    cache_class="cache.t4g.small",
    jobs=(),
    pool_size=20,
    log_days=90,
    container_insights=True,
    budget_dollars=1000,
)

PROFILES: dict[str, Profile] = {each.name: each for each in (SMALL, LARGE)}
