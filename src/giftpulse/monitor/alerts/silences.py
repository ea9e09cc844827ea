"""Silences kept and asked for. Setting and lifting one makes the waiting alerts be decided anew."""

import json
from datetime import datetime

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from giftpulse.ground.errors import InvalidInputError, NotFoundError
from giftpulse.monitor.alerts.models import RESOLVED, Alert, Silence
from giftpulse.monitor.alerts.schemas import SilenceIn


def create(session: Session, data: SilenceIn, now: datetime) -> Silence:
    """Set a silence. Raises InvalidInputError if it would be over already."""
    if data.ends_at <= now:
        raise InvalidInputError.at("ends_at", "expected an instant that is still to come")
    silence = Silence(
        rule_id=data.rule_id,
        severity=data.severity,
        group=json.dumps(data.group),
        starts_at=data.starts_at or now,
        ends_at=data.ends_at,
        comment=data.comment,
        created_by=data.created_by,
        created_at=now,
    )
    session.add(silence)
    session.flush()
    return silence


def delete(session: Session, silence_id: int, now: datetime) -> None:
    """Lift a silence. Alerts that it kept quiet are told of now, if nothing else keeps them so."""
    silence = session.get(Silence, silence_id)
    if silence is None:
        raise NotFoundError(f"there is no silence {silence_id}")
    session.delete(silence)
    waiting = update(Alert).where(Alert.state != RESOLVED, Alert.notice_due_at.is_not(None))
    session.execute(waiting.values(notice_due_at=now))


def listed(now: datetime, *, expired: bool = False) -> Select[Silence]:
    """Silences that hold or will hold; with ``expired`` the past ones too."""
    statement = select(Silence)
    return statement if expired else statement.where(Silence.ends_at > now)
