"""People who text, for the tests of what is answered."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from giftpulse.daily.inbound.answer import Answer, Way, answer
from giftpulse.daily.inbound.hear import Heard
from giftpulse.daily.inbound.models import InboundText
from giftpulse.daily.programs import store
from giftpulse.daily.programs.models import Program
from giftpulse.daily.subscribers.join import join
from giftpulse.daily.subscribers.ledger import Consent
from giftpulse.daily.subscribers.models import ConsentEvent, Subscriber
from giftpulse.ground.site import Site
from tests import make

ANN, BEN = "+13035550123", "+12125550123"  # Denver, New York
LONG_CODE, OTHER, TOLL_FREE, SHORT_CODE = "+15005550006", "+15005550007", "+18885550006", "24365"
SERVICE = "MG" + "b" * 32


def program(site: Site, **data: Any) -> Program:
    """A program that texts from the long code and is joined by SMILE."""
    given = {"name": "Daily Smile", "join_keyword": "SMILE", "sender": LONG_CODE, "help_contact": "ann@example.org"}
    with site.database.begin() as session:
        return store.create(session, {**given, **data}, make.NOON)


def subscribe(site: Site, to: Program, phone: str = ANN, status: Any = "active", **more: Any) -> Subscriber:
    """A person who is in a program already, by a form."""
    with site.database.begin() as session:
        consent = Consent(kind="opt_in", source="form", by="test", at=make.NOON)
        return join(session, site, to, phone, consent, make.NOON, status=status, **more).subscriber


def heard(body: str, phone: str = ANN, to: str = LONG_CODE, at: datetime = make.NOON, **more: Any) -> Heard:
    """A text as the webhook tells it."""
    given = {"account_sid": make.ACCOUNT, "message_sid": make.sid(), "messaging_service_sid": None}
    return Heard(**{**given, "phone": phone, "to": to, "body": body, "received_at": at, **more})


def say(site: Site, body: str, phone: str = ANN, to: str = LONG_CODE, way: Way = "twiml", **more: Any) -> Answer:
    """Somebody texts; answers what came of it."""
    now = more.pop("now", more.get("at", make.NOON))
    return told(site, heard(body, phone, to, **more), way, now)


def told(site: Site, text: Heard, way: Way = "twiml", now: datetime = make.NOON) -> Answer:
    """We hear a text."""
    with site.database.begin() as session:
        return answer(session, site, text, now, way=way)


def statuses(site: Site, phone: str = ANN) -> list[str]:
    """What a number is in its programs, the oldest subscription first."""
    with site.database.read() as session:
        found = select(Subscriber.status).where(Subscriber.phone == phone).order_by(Subscriber.id)
        return list(session.scalars(found))


def person(site: Site, phone: str = ANN) -> Subscriber:
    """The one subscription of a number."""
    with site.database.read() as session:
        return session.scalars(select(Subscriber).where(Subscriber.phone == phone)).one()


def ledger(site: Site) -> list[str]:
    """The kinds of lines of the ledger, in order."""
    with site.database.read() as session:
        return list(session.scalars(select(ConsentEvent.kind).order_by(ConsentEvent.id)))


def rows(site: Site) -> list[InboundText]:
    """All texts that we have, in order."""
    with site.database.read() as session:
        return _rows(session)


def _rows(session: Session) -> list[InboundText]:
    return list(session.scalars(select(InboundText).order_by(InboundText.id)))
