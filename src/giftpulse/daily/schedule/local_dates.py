"""Which local dates have to be planned now."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from giftpulse.daily.schedule.walltime import exists
from giftpulse.daily.schedule.windows import COAST_TO_COAST
from giftpulse.ground.zones import zone


def dates_to_plan(zones: Sequence[str], now: datetime, ahead: timedelta) -> list[date]:
    """The local dates, in order, that have a moment between ``now`` and ``now + ahead`` in one of the zones at least.

    No window outlasts its date, so that no window lies there on any other date. No zones: unknown, as for the spans.
    """
    found: set[date] = set()
    for name in tuple(zones) or COAST_TO_COAST:
        there = zone(name)
        first, last = now.astimezone(there).date(), (now + ahead).astimezone(there).date()
        days = (first + timedelta(days=n) for n in range((last - first).days + 1))
        found.update(day for day in days if exists(name, day))
    return sorted(found)
