"""Why a person has no text planned for a local date. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from giftpulse.daily.schedule.windows import LEAST, Decision
from giftpulse.daily.subscribers.models import ACTIVE


@dataclass(frozen=True, slots=True)
class Standing:
    """A person and their program as they are now, as far as planning asks. ``ahead``: how far ahead it looks;
    ``kept``: the first local date that retention has left."""

    status: str
    status_reason: str
    status_at: datetime
    moved: bool
    created_at: datetime
    program_deleted_at: datetime | None
    ahead: timedelta
    kept: date


def absence(who: Standing, decision: Decision, local_date: date, now: datetime) -> str:
    """Why there is no row. ``decision``: what the schedule says of this date."""
    if decision.span is None:
        return decision.reason
    if local_date < who.kept:
        return "it is older than RETENTION_DAYS, and was removed"
    span = decision.span
    over = span.end < now + LEAST
    if who.program_deleted_at is not None and who.program_deleted_at < span.end:
        return f"the program was deleted at {_at(who.program_deleted_at)}"
    if who.status != ACTIVE and (not over or who.status_at < span.end):
        return f"the person is {who.status.replace('_', ' ')} since {_at(who.status_at)}: {who.status_reason}"
    if who.created_at > span.end - LEAST:
        return f"the person was not in the program yet: they came at {_at(who.created_at)}, after this window"
    if who.status_at > span.end - LEAST and over:
        since = f"{who.status.replace('_', ' ')} since {_at(who.status_at)}, after this window"
        return f"the person was not active then, or was not planned for: {since}"
    if over:
        return "nothing was planned while its window was open: the round `plan` did not run, or it was planned anew"
    if span.start > now + who.ahead:
        first = span.start - who.ahead
        return f"it is too far ahead: it is planned from {_at(first)} on, {_hours(who.ahead)} before its window opens"
    if who.moved:
        return "the person has just joined or moved: the next run of `plan` plans it"
    return "it is not planned yet: the next run of `plan` does that"


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _hours(length: timedelta) -> str:
    return f"{length // timedelta(hours=1)} hours"
