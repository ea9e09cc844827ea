"""The consent ledger as lines of a story."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from giftpulse.daily.story.line import Line
from giftpulse.daily.subscribers.ledger import lines_of
from giftpulse.daily.subscribers.models import ConsentEvent, Subscriber

_MOST = 500
_SAID = {
    "requested": "asked to confirm", "opt_in": "opted in", "confirmed": "confirmed", "opt_out": "opted out",
    "return": "came back", "suppressed": "suppressed", "erased": "erased",
}  # fmt: skip


def consent_lines(session: Session, subscriber: Subscriber) -> Iterator[Line]:
    """Every line of the ledger about a person; of very many, the newest."""
    newest = lines_of(subscriber).order_by(ConsentEvent.id.desc()).limit(_MOST)
    for event in reversed(session.scalars(newest).all()):
        yield Line(event.at, "consent", _SAID.get(event.kind, event.kind), _why(event), sid=event.message_sid)


def _why(event: ConsentEvent) -> str:
    by = "" if event.by == event.source else f", {event.by}"
    parts = [f"by {event.source}{by}", event.detail]
    if event.wording_version:
        parts.append(f"wording {event.wording_version}")
    if event.ip:
        parts.append(f"from {event.ip}")
    if event.recorded_at != event.at:
        parts.append(f"recorded at {event.recorded_at:%Y-%m-%d %H:%M} UTC")
    return "; ".join(part for part in parts if part)
