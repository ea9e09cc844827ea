"""Many people taken into a program at once: a handful of statements for a thousand of them, and none for each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from giftpulse.daily.programs.models import Program
from giftpulse.daily.subscribers.audiences import Key, audiences_for, key_for
from giftpulse.daily.subscribers.csv_people import Person, RowError
from giftpulse.daily.subscribers.join import ASK, CHANGED
from giftpulse.daily.subscribers.ledger import Consent, strangers_who_left
from giftpulse.daily.subscribers.models import ACTIVE, OPTED_OUT, PENDING, ConsentEvent, Subscriber
from giftpulse.daily.subscribers.numbers import number_hash
from giftpulse.daily.subscribers.placing import share_of
from giftpulse.daily.subscribers.standing import REFUSALS, STRANGER_LEFT, outcome_of
from giftpulse.ground import bulk
from giftpulse.ground.database import announce, instant_text
from giftpulse.ground.site import Site

_SUBSCRIBERS = cast(Table, Subscriber.__table__)
_CONSENT_EVENTS = cast(Table, ConsentEvent.__table__)

_COLUMNS = (
    "number_hash", "program_id", "phone", "first_name", "status", "status_reason", "status_at", "timezone",
    "timezone_source", "state", "country", "window_start", "window_end", "audience_id", "share", "language", "theme",
    "moved", "failures", "created_at", "updated_at",
)  # fmt: skip
_LINE_COLUMNS = (
    "program_id", "subscriber_id", "number_hash", "phone", "at", "recorded_at", "kind", "source", "by", "wording",
    "wording_version", "detail",
)  # fmt: skip

_OPTED_OUT_HERE = "this number is in the program, and the file says that it opted out; say so by the API"


@dataclass
class Taken:
    """What came of some people."""

    added: int = 0
    already: int = 0
    refused: list[RowError] = field(default_factory=list)


def take_in(
    session: Session, site: Site, program: Program, people: Sequence[Person], known: dict[Key, int], now: datetime
) -> Taken:
    """Take in whoever may come. ``known`` are audiences found before; those that are new are added to it."""
    hashed = {number_hash(site, one.phone): one for one in people}
    new, taken = _sorted_out(session, program, hashed)
    keys = {mark: key_for(one.place, one.phone, one.window) for mark, one in new.items()}
    if missing := set(keys.values()) - known.keys():
        known.update(audiences_for(session, program.id, missing))
    # In one order, so that two imports do not wait for each other in a circle.
    rows = [_row(mark, new[mark], program.id, known[keys[mark]], now) for mark in sorted(new)]
    added = bulk.insert_new(session, _SUBSCRIBERS, _COLUMNS, rows, key=("program_id", "number_hash"))
    _tell(session, program, {mark: new[mark] for mark in added}, now)
    taken.added = len(added)
    taken.already += len(new) - len(added)  # somebody else was quicker
    return taken


def _sorted_out(session: Session, program: Program, hashed: dict[bytes, Person]) -> tuple[dict[bytes, Person], Taken]:
    """Who is new here, and what is to be said about the others."""
    asked = select(Subscriber.number_hash, Subscriber.status)
    here = asked.where(Subscriber.program_id == program.id, Subscriber.number_hash.in_(list(hashed)))
    standing = {row.number_hash: row.status for row in session.execute(here)}
    left = strangers_who_left(session, hashed.keys() - standing.keys())
    new, taken = dict[bytes, Person](), Taken()
    for mark, one in hashed.items():
        status = standing.get(mark)
        if status is None and (mark not in left or one.status == OPTED_OUT):
            new[mark] = one
        elif status is None:
            taken.refused.append(RowError(one.line, "phone", STRANGER_LEFT))
        elif one.status == OPTED_OUT and status in (ACTIVE, PENDING):
            taken.refused.append(RowError(one.line, "status", _OPTED_OUT_HERE))
        elif one.status != OPTED_OUT and outcome_of(status, one.status, own_act=False) is None:
            taken.refused.append(RowError(one.line, "phone", REFUSALS[status]))
        else:
            taken.already += 1
    return new, taken


def _row(mark: bytes, one: Person, program_id: int, audience_id: int, now: datetime) -> tuple[Any, ...]:
    at, place, window = instant_text(now), one.place, one.window
    return (
        mark, program_id, one.phone, one.first_name, one.status, "from a file", at, ",".join(place.zones),
        place.source, place.state, place.country, window.start_minute if window else None,
        window.end_minute if window else None, audience_id, share_of(program_id, one.phone), one.language, one.theme,
        one.status == ACTIVE, 0, at, at,
    )  # fmt: skip


def _tell(session: Session, program: Program, added: dict[bytes, Person], now: datetime) -> None:
    """The lines in the ledger, and the word to those who wait for these people."""
    asked = select(Subscriber.id, Subscriber.number_hash)
    found = asked.where(Subscriber.program_id == program.id, Subscriber.number_hash.in_(list(added)))
    ids = {row.number_hash: row.id for row in session.execute(found)}
    lines = [
        _line(mark, ids[mark], program.id, one, one.consent, now)
        for mark, one in added.items()
        if one.consent is not None
    ]  # fmt: skip
    bulk.insert(session, _CONSENT_EVENTS, _LINE_COLUMNS, lines)
    statuses = {one.status for one in added.values()}
    if ACTIVE in statuses:
        announce(session, CHANGED)
    if PENDING in statuses:
        announce(session, ASK)


def _line(
    mark: bytes, subscriber_id: int, program_id: int, one: Person, consent: Consent, now: datetime
) -> tuple[Any, ...]:
    kind = "opt_out" if one.status == OPTED_OUT else "opt_in"
    return (
        program_id, subscriber_id, mark, one.phone, instant_text(consent.at), instant_text(now), kind, consent.source,
        consent.by, consent.wording, consent.version, consent.detail,
    )  # fmt: skip
