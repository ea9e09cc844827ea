"""What held a text up, and what a text waits for now, as lines of a story."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from giftpulse.daily.outbox.gate import Candidate, Skip, Wait, gate
from giftpulse.daily.outbox.models import PLANNED, Delivery
from giftpulse.daily.outbox.spent import Spent
from giftpulse.daily.outbox.states import MAY_HAVE_GONE
from giftpulse.daily.outbox.waiting import waits_for
from giftpulse.daily.programs import holds
from giftpulse.daily.programs.models import Hold, Program
from giftpulse.daily.story.line import Line
from giftpulse.daily.subscribers.models import Subscriber
from giftpulse.ground.settings import Settings

_MOST = 50


def holds_of(session: Session, program: Program, settings: Settings, rows: Iterable[Delivery]) -> Sequence[Hold]:
    """Holds that stood while one of these texts could have gone, the oldest first."""
    spans = [(row.send_at, row.posted_at or row.window_end) for row in rows]
    if not spans:
        return []
    start, end = min(first for first, _ in spans), max(last for _, last in spans)
    lasted = or_(Hold.lifted_at.is_(None), Hold.lifted_at >= start)
    asked = select(Hold).where(Hold.since <= end, lasted, or_(Hold.until.is_(None), Hold.until >= start))
    found = holds.of(session.scalars(asked.order_by(Hold.id.desc()).limit(_MOST)), program, settings)
    stood = [held for held in found if any(_stood(held, *span) for span in spans)]
    return sorted(stood, key=lambda held: held.id)


def _stood(held: Hold, start: datetime, end: datetime) -> bool:
    ended = min((at for at in (held.lifted_at, held.until) if at is not None), default=None)
    return held.since <= end and (ended is None or ended >= start)


def hold_lines(found: Iterable[Hold]) -> Iterator[Line]:
    """When each hold was set, and when it ended."""
    for held in found:
        until = f", until {held.until:%Y-%m-%d %H:%M} UTC" if held.until else ""
        yield Line(held.since, "hold", f"{held.scope} is held", f"{held.reason} (by {held.cause}{until})")
        if held.lifted_at is not None:
            yield Line(held.lifted_at, "hold", f"{held.scope} goes on", f"lifted by {held.lifted_by or 'nobody known'}")


def waiting_line(
    session: Session,
    program: Program,
    settings: Settings,
    subscriber: Subscriber,
    rows: Mapping[date, Delivery],
    row: Delivery,
    now: datetime,
) -> Line | None:
    """What a planned text waits for now, or what would become of it if nothing changed; None for one not yet due that
    will go."""
    if row.state != PLANNED:
        return None
    verdict = gate(_candidate(session, program, subscriber, rows, row, now), max(now, row.send_at))
    at = max(now, row.send_at)
    if isinstance(verdict, Skip):
        return Line(at, "text", "will be skipped", verdict.reason, row.local_date, row.id)
    if isinstance(verdict, Wait):
        return Line(at, "text", "will be put off", verdict.reason, row.local_date, row.id)
    if row.send_at > now:
        return None
    open_now = holds.open_holds(session, now)
    why = waits_for(session, program, settings, open_now, now, row.local_date)
    return Line(now, "text", "waits", why or "its turn: the next run of `send` takes it", row.local_date, row.id)


def _candidate(
    session: Session,
    program: Program,
    subscriber: Subscriber,
    rows: Mapping[date, Delivery],
    row: Delivery,
    now: datetime,
) -> Candidate:
    copied = holds.standing(session, now).copied
    spent = None if copied is None else Spent(session, program, copied, [subscriber.id])
    others = [each.posted_at for each in rows.values() if each.id != row.id and each.state in MAY_HAVE_GONE]
    return Candidate(
        local_date=row.local_date,
        send_at=row.send_at,
        window_end=row.window_end,
        phone=subscriber.phone,
        status=subscriber.status,
        status_reason=subscriber.status_reason,
        paused_until=subscriber.paused_until,
        last_text_at=max((at for at in others if at is not None), default=None),
        sends_from=None if copied is None else copied.sends_from,
        spent_until=None if spent is None else spent.until(subscriber.id, subscriber.audience_id),
    )
