"""Which text a person gets on a date, and why that one, as lines of a story."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from giftpulse.daily.editions import store as editions
from giftpulse.daily.editions.models import APPROVED, REJECTED, WAITING, Edition
from giftpulse.daily.editions.slots import Slot, instead, slot_of
from giftpulse.daily.outbox.models import PLANNED, Delivery
from giftpulse.daily.programs.models import Program
from giftpulse.daily.story.line import Line
from giftpulse.daily.subscribers.models import Subscriber
from giftpulse.ground import bulk

_SOURCES = {"ai": "the writing service", "fallback": "the library", "human": "a person"}

Choices = tuple[Mapping[int, Edition], Mapping[tuple[date, str, str], Edition]]
"""Editions by id, and those that are not rejected by date, language and theme."""


def choices(session: Session, program: Program, rows: Iterable[Delivery], dates: Collection[date]) -> Choices:
    """All editions that these rows and dates may have, in one query."""
    sent = {row.edition_id for row in rows if row.edition_id is not None}
    of_day = (Edition.program_id == program.id) & Edition.local_date.in_(list(dates)) & (Edition.state != REJECTED)
    found = session.scalars(select(Edition).where(or_(bulk.among(session, Edition.id, sent), of_day))).all()
    live = {(one.local_date, one.language, one.theme): one for one in found if one.state != REJECTED}
    return {one.id: one for one in found}, live


def choice_line(program: Program, subscriber: Subscriber, row: Delivery, known: Choices) -> Line | None:
    """The text of a row: the one that went, or the one that would go now."""
    by_id, live = known
    wanted = slot_of(program, row.local_date, subscriber.language, subscriber.theme)
    if row.edition_id is not None:
        one = by_id.get(row.edition_id)
        what, at = "its text", row.posted_at or row.send_at
    elif row.state == PLANNED:
        approved = {key: each for key, each in live.items() if each.state == APPROVED}
        one = editions.pick(approved, program, row.local_date, subscriber.language, subscriber.theme)
        what, at = "its text is ready", row.send_at
    else:
        return None
    if one is not None:
        return Line(at, "text", what, _why(one, wanted), row.local_date, row.id, text=one.text)
    why = (
        _missing(program, wanted, live) if row.edition_id is None else f"edition {row.edition_id} is not kept any more"
    )
    return Line(at, "text", "its text", why, row.local_date, row.id)


def _why(one: Edition, wanted: Slot) -> str:
    got = Slot(one.local_date, one.language, one.theme)
    chosen = _named(got) if got == wanted else f"there is none that is {_named(wanted)}, so one that is {_named(got)}"
    decided = f" by {one.decided_by}" if one.decided_by else ""
    reason = f": {one.reason}" if one.reason else ""
    return f"edition {one.id} from {_SOURCES.get(one.source, one.source)}, {chosen}; {one.state}{decided}{reason}"


def _missing(program: Program, wanted: Slot, live: Mapping[tuple[date, str, str], Edition]) -> str:
    for slot in instead(program, wanted):
        one = live.get((slot.local_date, slot.language, slot.theme))
        if one is not None and one.state == WAITING:
            until = f" until {one.approve_by:%Y-%m-%d %H:%M} UTC" if one.approve_by else ""
            return f"edition {one.id} waits for a person's approval{until}; without it, the library steps in"
    return "none is written yet; if none is there when it is due, the library steps in"


def _named(slot: Slot) -> str:
    return f"in {slot.language}, about {slot.theme}" if slot.theme else f"in {slot.language}, for everybody"
