"""Programs and people for the tests of editions, made without the code that usually makes them."""

import json
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from giftpulse.daily.editions.models import Edition, WritingAttempt
from giftpulse.daily.programs.models import Program
from giftpulse.daily.subscribers.models import Audience, Subscriber
from giftpulse.ground.site import Site
from tests.make import NOON


def program(site: Site, **changes: Any) -> Program:
    """A program with a window from 12:00 to 17:00, on every day."""
    lists = {name: json.dumps(changes.pop(name, [])) for name in ("holidays", "themes", "banned_words")}
    values = {
        "slug": "daily", "name": "Daily", "brand": "Daily Positivity", "description": "", "sender": None,
        "segments_per_second": 1.0, "join_keyword": None, "window_start": 720, "window_end": 1020, "weekdays": 127,
        "quiet_hours": True, "canary": False, "approval": "none", "approval_hours": 2, "prompt": "Be warm.",
        "language": "en", "max_segments": 1, "footer": "", "footer_every": 0, "help_contact": "", "helpline": "",
        "daily_cap": None, "created_at": NOON, "updated_at": NOON, "deleted_at": None,
    }  # fmt: skip
    made = Program(**{**values, **lists, **changes})
    with site.database.begin() as session:
        session.add(made)
    return made


def subscriber(site: Site, program: Program, number: int, zones: str = "America/New_York", **changes: Any) -> None:
    """An active person, and the audience they are in."""
    values = {
        "phone": f"+1555010{number:04}", "number_hash": number.to_bytes(8), "first_name": None, "status": "active",
        "status_reason": "", "status_at": NOON, "timezone": zones, "timezone_source": "stated", "state": None,
        "country": "US", "share": number, "language": None, "theme": None, "created_at": NOON, "updated_at": NOON,
    }  # fmt: skip
    with site.database.begin() as session:
        audience = Audience(program_id=program.id, digest=number.to_bytes(8), zones=zones, jurisdictions="US")
        session.add(audience)
        session.flush()
        session.add(Subscriber(program_id=program.id, audience_id=audience.id, **{**values, **changes}))


def editions(site: Site, *, live: bool = True) -> list[Edition]:
    """The editions in their order; ``live``: without the rejected ones."""
    with site.database.read() as session:
        found = list(session.scalars(select(Edition).order_by(Edition.id)))
    return [edition for edition in found if not live or edition.state != "rejected"]


def attempts(site: Site) -> list[WritingAttempt]:
    """The attempts at writing, in their order."""
    with site.database.read() as session:
        return list(session.scalars(select(WritingAttempt).order_by(WritingAttempt.id)))


def fill_history(session: Session, program_id: int, texts: list[str], at: datetime = NOON) -> None:
    """Texts that were said on the days before."""
    for number, text in enumerate(texts, start=1):
        on = (at - timedelta(days=number)).date()
        session.add(edition(program_id, text, local_date=on, created_at=at))


def edition(program_id: int, text: str, **changes: Any) -> Edition:
    """An approved edition by a person, not stored."""
    values = {
        "program_id": program_id, "local_date": NOON.date(), "language": "en", "theme": "", "text": text,
        "encoding": "GSM-7", "segments": 1, "source": "human", "library_key": None, "state": "approved", "reason": "",
        "decided_by": None, "decided_at": None, "approve_by": None, "created_at": NOON,
    }  # fmt: skip
    return Edition(**{**values, **changes})
