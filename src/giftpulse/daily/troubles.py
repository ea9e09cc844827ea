"""What is wrong with the daily half at present, in words that an operator can act on. For health."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from giftpulse.daily.outbox.models import POSTING, UNKNOWN, Delivery
from giftpulse.daily.outbox.waiting import waiting
from giftpulse.daily.programs import holds
from giftpulse.ground.settings import Settings

UNSETTLED_AFTER = timedelta(minutes=30)
"""A text whose answer was lost is looked for in Twilio's list within minutes."""

UNSENT_AFTER = timedelta(minutes=15)
"""A due text that nothing holds goes within seconds."""


HELD = "all texts are held since"
"""How the trouble begins that everything is held, for an installation that is a copy or whose account has trouble."""


def troubles(session: Session, settings: Settings, now: datetime) -> list[str]:
    """Everything that is wrong; empty when all is well."""
    return [*_held(session, now), *_unsettled(session, now), *_unsent(session, settings, now)]


def _held(session: Session, now: datetime) -> list[str]:
    found = [held for held in holds.open_holds(session, now) if held.cause in (holds.ACCOUNT, holds.COPIED)]
    return [f"{HELD} {held.since:%Y-%m-%d %H:%M} UTC: {held.reason}" for held in found]


def _unsettled(session: Session, now: datetime) -> list[str]:
    long_ago = select(func.count()).where(
        Delivery.state.in_((POSTING, UNKNOWN)), Delivery.posted_at < now - UNSETTLED_AFTER
    )
    number = session.scalar(long_ago) or 0
    minutes = UNSETTLED_AFTER // timedelta(minutes=1)
    return [f"of {number} texts nobody knows for {minutes} minutes whether Twilio has them"] if number else []


def _unsent(session: Session, settings: Settings, now: datetime) -> list[str]:
    found = []
    for each in waiting(session, settings, now, UNSENT_AFTER):
        if each.why is None:
            minutes = (now - each.oldest) // timedelta(minutes=1)
            found.append(
                f"{each.due} texts of {each.program.name} are due for up to {minutes} minutes, and nothing holds them"
            )
    return found
