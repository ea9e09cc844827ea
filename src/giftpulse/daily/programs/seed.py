"""The program that an installation begins with."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from giftpulse.daily.programs import store
from giftpulse.daily.programs.models import Program
from giftpulse.ground.settings import Settings

_SEED: dict[str, Any] = {
    "name": "Daily Positivity",
    "description": "One fresh, kind text a day.",
    "join_keyword": "DAILY",
    "window_start": "12:00",
    "window_end": "17:00",
    "weekdays": "daily",
    "language": "en",
    "prompt": "Write one short, warm and encouraging thought for the day. Be concrete, not grand; promise nothing.",
    "footer": "Reply STOP to opt out.",
    "footer_every": 30,
    "helpline": "If you are in danger or think of hurting yourself, please call your local emergency number now. In"
    " the US call or text 988, day and night.",
}


def seed(session: Session, settings: Settings, now: datetime) -> Program:
    """The program "Daily Positivity", made once. A keyword that
    another program has is left out."""
    there = session.scalar(store.listed().where(Program.name == _SEED["name"]).order_by(Program.id).limit(1))
    if there is not None:
        return there
    taken = session.scalar(store.listed().where(Program.join_keyword == _SEED["join_keyword"]))
    own = {
        "join_keyword": None if taken else _SEED["join_keyword"],
        "help_contact": settings.smtp_from or settings.public_url or "",
    }
    return store.create(session, {**_SEED, **own}, now, "seed")
