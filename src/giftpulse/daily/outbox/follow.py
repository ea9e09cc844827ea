"""Bringing deliveries up to what the record says of their messages: by sets, forwards only, as often as one likes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from giftpulse.daily.outbox.models import Delivery
from giftpulse.daily.outbox.states import ENDS, moved
from giftpulse.ground import bulk
from giftpulse.ground.database import instant_text
from giftpulse.logs.models import LogEntry

_DELIVERIES = cast(Table, Delivery.__table__)
_COLUMNS = (
    "state", "status", "error_code", "billed_segments", "price_micros", "price_unit", "finished_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Moved:
    """A delivery that came to another state."""

    delivery_id: int
    program_id: int
    subscriber_id: int
    sid: str
    state: str
    error_code: int | None


def follow(session: Session, sids: Iterable[str], now: datetime) -> list[Moved]:
    """Apply what the record knows of these messages; answers the deliveries whose state changed."""
    rows, news = [], []
    for delivery, entry in _pairs(session, set(sids)):
        state = moved(delivery.state, entry.status)
        code = entry.error_code if entry.error_code is not None else delivery.error_code
        told = (entry.status, code, entry.segments or delivery.billed_segments, entry.price_micros, entry.price_unit)
        known = (
            delivery.status, delivery.error_code, delivery.billed_segments, delivery.price_micros, delivery.price_unit,
        )  # fmt: skip
        if state is None and told == known:
            continue
        ended = instant_text(now) if state in ENDS else delivery.finished_at and instant_text(delivery.finished_at)
        rows.append((delivery.id, state or delivery.state, *told, ended))
        if state is not None:
            news.append(Moved(delivery.id, delivery.program_id, delivery.subscriber_id, delivery.sid, state, code))
    bulk.update(session, _DELIVERIES, "id", _COLUMNS, rows)
    return news


def _pairs(session: Session, sids: set[str]) -> Iterable[tuple[Any, Any]]:
    """Deliveries, locked in the order of their ids, each with its message."""
    if not sids:
        return []
    statement = (
        select(Delivery, LogEntry)
        .join(LogEntry, LogEntry.sid == Delivery.sid)
        .where(bulk.among(session, Delivery.sid, sids), LogEntry.kind == "message")
        .order_by(Delivery.id)
        .with_for_update(of=Delivery)
        .execution_options(populate_existing=True)
    )
    return cast("Iterable[tuple[Any, Any]]", session.execute(statement).all())
