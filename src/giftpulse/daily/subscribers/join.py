"""Joining a program: for the first time, again, or back after having left."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from giftpulse.daily.programs.models import Program
from giftpulse.daily.schedule.windows import Window
from giftpulse.daily.subscribers import audiences, places
from giftpulse.daily.subscribers.ledger import OWN_ACT, Consent, Kind, record, strangers_who_left
from giftpulse.daily.subscribers.models import ACTIVE, PENDING, Subscriber
from giftpulse.daily.subscribers.numbers import number_hash
from giftpulse.daily.subscribers.places import Place
from giftpulse.daily.subscribers.placing import put_place, put_window, regroup, share_of
from giftpulse.daily.subscribers.standing import REFUSALS, STRANGER_LEFT, Outcome, outcome_of
from giftpulse.ground import phone as phones
from giftpulse.ground.bulk import is_sqlite
from giftpulse.ground.database import announce
from giftpulse.ground.errors import ConflictError, InvalidInputError
from giftpulse.ground.site import Site

CHANGED = "subscribers.changed"
"""The announcement that somebody became active, or that their place or window changed."""

ASK = "subscribers.ask"
"""The announcement that somebody is pending, and waits to be asked whether it was they who joined."""

_KINDS: dict[Outcome, Kind] = {"joined": "opt_in", "pending": "opt_in", "returned": "return", "confirmed": "confirmed"}

NO_CONSENT = "a subscriber needs a consent, and one who is to be asked as well: who agreed to what, when and how"


@dataclass(frozen=True, slots=True)
class Joined:
    """Who it is, and what came of it."""

    subscriber: Subscriber
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class About:
    """What is known of a person beside their number. None: not said, which changes nothing for somebody known."""

    place: Place | None = None
    first_name: str | None = None
    window: Window | None = None
    language: str | None = None
    theme: str | None = None


def join(
    session: Session,
    site: Site,
    program: Program,
    phone: str,
    consent: Consent | None,
    now: datetime,
    *,
    place: Place | None = None,
    first_name: str | None = None,
    window: Window | None = None,
    language: str | None = None,
    theme: str | None = None,
    status: Literal["active", "pending"] = "active",
    own_act: bool | None = None,
) -> Joined:
    """Take a person into a program. Joining twice is harmless; the ledger gets a line for everything but "already".

    ``pending``: they still have to be asked. A person who opted out, cannot be reached or was erased comes back by
    their own act only; for anybody else, and a form, that raises ConflictError. ``own_act``: whether it is, by default
    as ``consent.source`` says. Raises InvalidInputError at ``phone`` for what is no number, and at ``consent`` where
    there is none: the question to a pending one is a text already.
    """
    number = phones.normalise(phone)
    if consent is None:
        raise InvalidInputError.at("consent", NO_CONSENT)
    source = consent.source
    theirs = source in OWN_ACT if own_act is None else own_act
    hashed = number_hash(site, number)
    known = _locked(session, program.id, hashed)
    about = About(place, first_name, window, language, theme)
    if known is None:
        if not theirs and strangers_who_left(session, [hashed]):
            raise ConflictError(STRANGER_LEFT)
        made = _insert(session, program, number, hashed, about, status, source, now)
        if made is not None:
            return _told(session, made, consent, "joined" if status == ACTIVE else "pending", now)
        known = _locked(session, program.id, hashed)  # somebody else was quicker
        assert known is not None
    outcome = outcome_of(known.status, status, own_act=theirs, form=own_act is None and source == "form")
    if outcome is None:
        raise ConflictError(REFUSALS[known.status])
    if outcome != "already":
        _enter(session, known, number, about, status, outcome, source, now)
    return _told(session, known, consent, outcome, now)


def confirm(session: Session, subscriber: Subscriber, consent: Consent, now: datetime) -> Joined:
    """Make a pending person active by their own word. Harmless for an active one; raises ConflictError for anybody
    else, who has to join anew."""
    session.refresh(subscriber, with_for_update=True)  # they may be saying STOP at the same moment
    if subscriber.status == ACTIVE:
        return Joined(subscriber, "already")
    if subscriber.status != PENDING:
        raise ConflictError(f"nothing is waiting for this person's word: they are {subscriber.status}")
    _set_status(subscriber, ACTIVE, f"confirmed by {consent.source}", now)
    return _told(session, subscriber, consent, "confirmed", now)


def _locked(session: Session, program_id: int, hashed: bytes) -> Subscriber | None:
    wanted = select(Subscriber).where(Subscriber.program_id == program_id, Subscriber.number_hash == hashed)
    return session.scalar(wanted.with_for_update().execution_options(populate_existing=True))


def _insert(
    session: Session,
    program: Program,
    number: str,
    hashed: bytes,
    about: About,
    status: str,
    source: str,
    now: datetime,
) -> Subscriber | None:
    """A new row; None when there is one already, committed since we looked."""
    place = about.place or places.from_number(number)
    window = about.window
    values = {
        "program_id": program.id, "phone": number, "number_hash": hashed, "first_name": about.first_name,
        "status": status, "status_reason": f"joined by {source}", "status_at": now,
        "timezone": ",".join(place.zones), "timezone_source": place.source,
        "state": place.state, "country": place.country,
        "window_start": window.start_minute if window else None, "window_end": window.end_minute if window else None,
        "audience_id": audiences.audience_for(session, program.id, audiences.key_for(place, number, window)),
        "share": share_of(program.id, number), "language": about.language, "theme": about.theme,
        "moved": status == ACTIVE, "failures": 0, "created_at": now, "updated_at": now,
    }  # fmt: skip
    insert = sqlite.insert if is_sqlite(session) else postgresql.insert
    adding = insert(Subscriber).values(values).on_conflict_do_nothing().returning(Subscriber.id)
    made = session.scalar(adding)
    return None if made is None else session.get_one(Subscriber, made)


def _enter(
    session: Session,
    known: Subscriber,
    number: str,
    about: About,
    status: str,
    outcome: Outcome,
    source: str,
    now: datetime,
) -> None:
    """Bring somebody back, or on: with what they say about themselves now, and without what is over."""
    erased = known.phone is None
    if erased:
        known.phone, known.created_at, known.share = number, now, share_of(known.program_id, number)
    if about.place or erased:
        put_place(known, about.place or places.from_number(number))
    if about.window:
        put_window(known, about.window)
    known.first_name = about.first_name or known.first_name
    known.language = about.language or known.language
    known.theme = about.theme or known.theme
    if outcome == "returned":
        known.paused_until = None
    regroup(session, known)
    _set_status(known, status, f"{outcome} by {source}", now)


def _set_status(subscriber: Subscriber, status: str, reason: str, now: datetime) -> None:
    subscriber.status, subscriber.status_reason, subscriber.status_at = status, reason, now
    subscriber.failures, subscriber.failure_code = 0, None
    subscriber.updated_at = now
    # Their audience's days may be planned already: whoever becomes active later is planned by this mark.
    subscriber.moved = status == ACTIVE


def _told(session: Session, subscriber: Subscriber, consent: Consent, outcome: Outcome, now: datetime) -> Joined:
    """The line in the ledger, and the word to those who wait for it."""
    session.flush()
    if outcome != "already":
        record(session, subscriber, consent.as_kind(_KINDS[outcome]), now)
        if outcome == "pending":
            announce(session, ASK)
        else:
            announce(session, CHANGED)
    return Joined(subscriber, outcome)
