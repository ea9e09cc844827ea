"""What is measured: how far we are behind, what waits, what failed. Asked from the database, true for all processes."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from giftpulse.checkup import FAILS_AFTER, Expected, Health
from giftpulse.daily.editions import budget
from giftpulse.daily.outbox.models import PLANNED, Note
from giftpulse.daily.outbox.waiting import waiting
from giftpulse.emf.lines import Group, Measure
from giftpulse.ground.settings import Settings
from giftpulse.logs import readers
from giftpulse.logs.models import LogEntry
from giftpulse.monitor.notify.models import PENDING, Notification

FAILED_WITHIN = timedelta(minutes=15)
"""How far back failed messages are counted, by when they happened."""

_FAILED = ("failed", "undelivered")


def unwell(report: Health) -> Group:
    """What can be told of an installation whose database does not answer."""
    return Group(_state(report))


def groups(
    session: Session, settings: Settings, report: Health, expected: Sequence[Expected], now: datetime
) -> Iterator[Group]:
    """Everything: first the totals, then each of Twilio's lists and each reader of the record."""
    ages = {name: _age(now, readers.owed_since(session, name)[1]) for name in report.owed}
    due, unhindered = _texts(session, settings, now)
    yield Group(
        [
            *_state(report),
            Measure("LagSeconds", "Seconds", max([*ages.values(), unhindered], default=0.0)),
            Measure("OwedBatches", "Count", sum(report.owed.values())),
            Measure("TextsDue", "Count", due),
            Measure("TextsOldestDueSeconds", "Seconds", unhindered),
            Measure("NotesDue", "Count", _notes(session, now)),
            Measure("FailedMessages", "Count", _failed(session, now)),
            Measure("NotificationsPending", "Count", report.notifications_pending),
            Measure("NotificationsOldestPendingSeconds", "Seconds", _oldest_notification(session, now)),
            Measure("RoundsFailing", "Count", _failing(report, expected)),
            Measure("OpenAiCostToday", "None", budget.spent(session, now).cost_micros / 1e6),
        ]
    )
    for source, lag in sorted(_lags(report).items()):
        yield Group([Measure("SourceLagSeconds", "Seconds", lag)], {"Source": source})
    for reader, age in ages.items():
        yield Group([Measure("OwedOldestSeconds", "Seconds", age)], {"Reader": reader})


def _state(report: Health) -> list[Measure]:
    return [
        Measure("Healthy", "Count", int(report.status == "ok")),
        Measure("Problems", "Count", len(report.problems)),
    ]


def _texts(session: Session, settings: Settings, now: datetime) -> tuple[int, float]:
    """How many texts are due, and for how long the first that nothing holds: more workers help those alone."""
    found = waiting(session, settings, now)
    return sum(each.due for each in found), max((_age(now, each.oldest) for each in found if not each.why), default=0.0)


def _notes(session: Session, now: datetime) -> int:
    return session.scalar(select(func.count()).select_from(Note).where(Note.state == PLANNED, Note.send_at <= now)) or 0


def _failed(session: Session, now: datetime) -> int:
    recent = select(func.count()).select_from(LogEntry).where(LogEntry.event_at > now - FAILED_WITHIN)
    return session.scalar(recent.where(LogEntry.kind == "message", LogEntry.status.in_(_FAILED))) or 0


def _oldest_notification(session: Session, now: datetime) -> float:
    oldest = session.scalar(select(func.min(Notification.created_at)).where(Notification.state == PENDING))
    return _age(now, oldest)


def _failing(report: Health, expected: Iterable[Expected]) -> int:
    judged = {each.name for each in expected if each.is_judged}
    return sum(run.failures >= FAILS_AFTER for name, run in report.rounds.items() if name in judged)


def _lags(report: Health) -> dict[str, float]:
    """The largest lag of each kind of list; one that was never fetched has none."""
    found: dict[str, float] = {}
    for source in report.sources:
        if source.lag_seconds is not None:
            found[source.resource] = max(found.get(source.resource, 0.0), source.lag_seconds)
    return found


def _age(now: datetime, since: datetime | None) -> float:
    return round(max(0.0, (now - since).total_seconds()), 3) if since else 0.0
