"""When to ask Twilio again for one record that is not settled. Pure.

Polls with an overlap see most late changes; what stays open longer is asked for by its SID at these ages, and is
then closed as settled by timeout. ``sent`` may be the last that is ever heard (carriers without receipts).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from giftpulse.logs.entry import Entry
from giftpulse.twilio import statuses

STATUS_AGES = (
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(hours=24),
    timedelta(hours=72),
)
PRICE_AGES = (timedelta(hours=6), timedelta(hours=24), timedelta(hours=72))

_NEVER_PRICED = frozenset({"failed", "canceled", "busy", "no-answer"})


def plan(entry: Entry, seen_at: datetime, now: datetime) -> tuple[datetime | None, str | None]:
    """When to ask next, and how the record settled: ``final``, ``timeout``, or None while it is open."""
    if entry.status is None or entry.kind == "alert":
        return None, "final"
    if not statuses.is_settled(entry.kind, entry.status):
        ages: Sequence[timedelta] = STATUS_AGES
    elif entry.price_micros is None and entry.status not in _NEVER_PRICED:
        ages = PRICE_AGES
    else:
        return None, "final"
    born = entry.twilio_created_at or seen_at
    due = next((born + age for age in ages if born + age > now), None)
    return due, None if due is not None else "timeout"
