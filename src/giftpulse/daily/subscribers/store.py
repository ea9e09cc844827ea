"""People asked for, taken in and changed through the API."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from giftpulse.daily.programs import store as programs
from giftpulse.daily.programs.models import Program
from giftpulse.daily.subscribers import change
from giftpulse.daily.subscribers.join import join
from giftpulse.daily.subscribers.leave import leave
from giftpulse.daily.subscribers.ledger import Consent, lines_of
from giftpulse.daily.subscribers.models import ERASED, OPTED_OUT, SUPPRESSED, ConsentEvent, Subscriber
from giftpulse.daily.subscribers.own_window import window_from
from giftpulse.daily.subscribers.schemas import (
    ConsentIn,
    SubscriberIn,
    SubscriberPatch,
    SubscriberQuery,
    consent_out,
    subscriber_out,
)
from giftpulse.daily.subscribers.whereabouts import place_from
from giftpulse.ground import phone as phones
from giftpulse.ground.access import Role, may_name_numbers
from giftpulse.ground.errors import ConflictError, InvalidInputError, NotFoundError
from giftpulse.ground.site import Site

_CLOCKS_DIFFER = timedelta(minutes=5)


def create(session: Session, site: Site, data: SubscriberIn, by: str, now: datetime) -> Subscriber:
    """Take a person in. Raises InvalidInputError with the field at fault, and ConflictError for somebody who is there
    already, or has left: whatever source a caller names, they are not the person themselves."""
    program = _program(session, data.program_id)
    phone = phones.normalise(data.phone)
    check_theme(program, data.theme)
    done = join(
        session,
        site,
        program,
        phone,
        None if data.consent is None else consent_from(data.consent, by, now),
        now,
        place=place_from(data.timezone, data.zip, data.state, phone),
        first_name=data.first_name,
        window=window_from(data.window_start, data.window_end),
        language=data.language,
        theme=data.theme,
        status=data.status,
        own_act=False,
    )
    if done.outcome == "already":
        one = done.subscriber
        raise ConflictError(f"this number is in the program already: subscriber {one.id}, {one.status}")
    return done.subscriber


def consent_from(said: ConsentIn, by: str, now: datetime) -> Consent:
    """A consent as a caller tells it. Raises InvalidInputError at ``consent.at`` for one that is still to come."""
    if said.at is not None and said.at > now + _CLOCKS_DIFFER:
        raise InvalidInputError.at("consent.at", "expected an instant in the past")
    told = said.model_dump(exclude={"source", "at"})
    return Consent(kind="opt_in", source=said.source, by=by, at=said.at or now, **told)


def change_fields(session: Session, subscriber_id: int, data: SubscriberPatch, by: str, now: datetime) -> Subscriber:
    """Change what was sent of a person. Raises InvalidInputError, and ConflictError for one who was erased."""
    one = get(session, subscriber_id, lock=True)
    if one.status == ERASED:
        raise ConflictError("this person was erased; there is nothing left to change")
    sent = data.model_dump(exclude_unset=True)
    _change_place(session, one, sent, now)
    if {"window_start", "window_end"} & set(sent):
        known = subscriber_out(one)
        start, end = sent.get("window_start", known.window_start), sent.get("window_end", known.window_end)
        change.set_window(session, one, window_from(start, end), now)
    if "first_name" in sent:
        change.rename(session, one, data.first_name, now)
    if "language" in sent:
        change.set_language(session, one, data.language, now)
    if "theme" in sent:
        check_theme(session.get_one(Program, one.program_id), data.theme)
        change.set_theme(session, one, data.theme, now)
    if data.paused_until is not None:
        change.pause(session, one, data.paused_until, now)
    elif "paused_until" in sent:
        change.resume(session, one, now)
    if data.status is not None and data.status != one.status:
        _leave_by_hand(session, one, data, by, now)
    return one


def get(session: Session, subscriber_id: int, *, lock: bool = False) -> Subscriber:
    """One person. Raises NotFoundError."""
    statement = select(Subscriber).where(Subscriber.id == subscriber_id)
    one = session.scalar(statement.with_for_update() if lock else statement)
    if one is None:
        raise NotFoundError(f"there is no subscriber {subscriber_id}")
    return one


def listed(query: SubscriberQuery, role: Role) -> Select[Subscriber]:
    """The people that a query asks for. Parts of numbers are for those who may see numbers; a whole one is refused to
    the others with ForbiddenError."""
    wanted: list[ColumnElement[bool]] = []
    if query.program_id is not None:
        wanted.append(Subscriber.program_id == query.program_id)
    if query.status is not None:
        wanted.append(Subscriber.status == query.status)
    if query.phone:
        may_name_numbers(role, "phone")
        # A bare + in a query string is a space, and was taken away.
        wanted.append(Subscriber.phone == (query.phone if query.phone.startswith("+") else f"+{query.phone}"))
    if query.timezone:
        wanted.append(Subscriber.timezone.icontains(query.timezone.replace(" ", "_"), autoescape=True))
    if query.q:
        name = Subscriber.first_name.icontains(query.q, autoescape=True)
        wanted.append(or_(name, Subscriber.phone.contains(query.q, autoescape=True)) if role == "admin" else name)
    return select(Subscriber).where(*wanted)


def export(session: Session, subscriber: Subscriber, role: Role = "admin") -> dict[str, Any]:
    """What is kept of a person in this room, as JSON; ``daily/export.py`` adds the others'."""
    program = session.get_one(Program, subscriber.program_id)
    lines = session.scalars(lines_of(subscriber).order_by(ConsentEvent.id))
    return {
        "program": {"id": str(program.id), "name": program.name},
        "subscription": subscriber_out(subscriber, role).model_dump(mode="json"),
        "consent": [consent_out(line, role).model_dump(mode="json") for line in lines],
    }


def check_theme(program: Program, theme: str | None) -> None:
    """Raises InvalidInputError for a theme that the program does not have."""
    if theme is not None and theme not in (known := json.loads(program.themes)):
        raise InvalidInputError.at("theme", f"expected one of {', '.join(known)}" if known else "there are no themes")


def _program(session: Session, program_id: int) -> Program:
    try:
        return programs.get(session, program_id)
    except NotFoundError as error:
        raise InvalidInputError.at("program_id", str(error)) from None


def _change_place(session: Session, one: Subscriber, sent: Mapping[str, Any], now: datetime) -> None:
    """A place that is the stored one, as an answer of ours tells it, is left alone."""
    said = {name: sent[name] for name in ("timezone", "zip", "state") if sent.get(name)}
    same = {"timezone": one.timezone, "state": one.state}
    if all(same.get(name) == text for name, text in said.items()):
        return
    assert one.phone is not None, "erased people are not changed"
    change.move(session, one, place_from(said.get("timezone"), said.get("zip"), said.get("state"), one.phone), now)


def _leave_by_hand(session: Session, one: Subscriber, data: SubscriberPatch, by: str, now: datetime) -> None:
    if data.status not in (OPTED_OUT, SUPPRESSED):
        reason = "by hand a person can only be made opted_out or suppressed; they come back by their own act"
        raise InvalidInputError.at("status", reason)
    said = Consent(kind="opt_out", source="api", by=by, at=now, detail=data.reason or f"by hand, {by}")
    if not leave(session, [one], said, now, status="opted_out" if data.status == OPTED_OUT else "suppressed"):
        raise ConflictError(f"a person who is {one.status} cannot be made {data.status}")
