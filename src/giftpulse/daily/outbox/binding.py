"""Twilio said late that it has a text: in a callback that names the row, or in an answer to a claim given up since."""

import logging
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from giftpulse.daily.outbox.models import ACCEPTED, Delivery, DeliveryEvent
from giftpulse.daily.outbox.states import MAY_HAVE_GONE
from giftpulse.ground import bulk

log = logging.getLogger(__name__)


def bind(session: Session, named: Mapping[int, str], now: datetime) -> None:
    """A row without a message gets the one that is known to be its own, whatever we thought had become of it."""
    if not named:
        return
    rows = select(Delivery).where(bulk.among(session, Delivery.id, named)).order_by(Delivery.id)
    for row in session.scalars(rows.with_for_update().execution_options(populate_existing=True)):
        sid = named[row.id]
        if row.sid == sid:
            continue
        if row.sid is not None:
            log.error("a delivery has two messages", extra={"delivery_id": row.id, "sids": [row.sid, sid]})
            session.add(DeliveryEvent(delivery_id=row.id, at=now, what="a second message", why=sid))
            continue
        if row.state not in MAY_HAVE_GONE:
            why = f"it was {row.state}, but Twilio had it: {sid}"
            session.add(DeliveryEvent(delivery_id=row.id, at=now, what="settled by a late word of Twilio", why=why))
        row.sid, row.claimed_until = sid, None
        row.posted_at = row.posted_at or now
        row.state = ACCEPTED
    session.flush()
