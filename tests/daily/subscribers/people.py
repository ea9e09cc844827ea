"""Programs and people for the tests of the daily half."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from giftpulse.daily.programs import store
from giftpulse.daily.programs.models import Program
from giftpulse.daily.subscribers.join import Joined, join
from giftpulse.daily.subscribers.ledger import Consent
from giftpulse.daily.subscribers.models import ConsentEvent
from giftpulse.ground.site import Site
from tests import make

DENVER, NEW_YORK, BERLIN = "+13035550123", "+12125550123", "+4930123456"


def program(session: Session, now: datetime = make.NOON, **data: Any) -> Program:
    """A program that sends to everybody from 12:00 to 17:00."""
    return store.create(session, {"name": "Daily Positivity", **data}, now)


def consent(source: Any = "keyword", at: datetime = make.NOON, **more: Any) -> Consent:
    """A consent as somebody gives it."""
    return Consent(**{"kind": "opt_in", "source": source, "by": "test", "at": at, **more})


def joined(session: Session, site: Site, to: Program, phone: str = DENVER, **more: Any) -> Joined:
    """Somebody who joins, by keyword unless said otherwise."""
    source, now = more.pop("source", "keyword"), more.pop("now", make.NOON)
    return join(session, site, to, phone, consent(source), now, **more)


def kinds(session: Session) -> list[str]:
    """What the ledger says, in order."""
    return list(session.scalars(select(ConsentEvent.kind).order_by(ConsentEvent.id)))


def programs_first(session: Session) -> Program:
    """The program that was made first."""
    return session.scalars(select(Program).order_by(Program.id).limit(1)).one()
