"""Claiming: due rows of one program pass the gate and become intents, in one transaction, before anything is sent.

The sender's row is locked first: it holds the pace for all processes, and so there is one claim at a time for a sender.
A claim that nobody finished (its process died) is settled by asking Twilio, never by sending again blindly (settle.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, cast

from sqlalchemy import Integer, Row, Select, Table, bindparam, func, select, update
from sqlalchemy.orm import Session

from giftpulse.daily.editions import store as editions
from giftpulse.daily.editions.models import Edition
from giftpulse.daily.outbox import days, pace
from giftpulse.daily.outbox.compose import Composed, compose, has_footer
from giftpulse.daily.outbox.gate import Candidate, Skip, Wait, gate, may_have_gone
from giftpulse.daily.outbox.models import PLANNED, POSTING, SKIPPED, Delivery
from giftpulse.daily.outbox.post import Task, steady
from giftpulse.daily.outbox.spent import Spent
from giftpulse.daily.outbox.states import MAY_HAVE_GONE
from giftpulse.daily.programs import holds
from giftpulse.daily.programs.models import Program
from giftpulse.daily.subscribers.join import CHANGED
from giftpulse.daily.subscribers.models import Subscriber
from giftpulse.ground import bulk, clock
from giftpulse.ground.database import announce, hurry, instant_text
from giftpulse.ground.settings import Settings

LEASE = timedelta(seconds=90)
"""Longer than one request to Twilio may take (``TWILIO_TIMEOUT_SECONDS``, 30) with all waiting around it."""

_REPLANNED_WITHIN = timedelta(minutes=2)
# Days before and after: further than 20 hours, whatever dates the zones have.
_NEIGHBOURS = (-3, -2, -1, 1, 2, 3)
_DELIVERIES = cast(Table, Delivery.__table__)
_POSTED = ("state", "attempts", "claimed_until", "posted_at", "edition_id", "body_hash", "segments", "reason")


@dataclass
class Claimed:
    """What a claim brought: texts to post, how many rows were skipped, and when to look again if nothing could go."""

    tasks: list[Task] = field(default_factory=list)
    skipped: int = 0
    put_off: int = 0
    again_at: datetime | None = None
    waits_for: str = ""


@dataclass
class _Batch:
    """The rows to write."""

    posted: list[tuple[Any, ...]] = field(default_factory=list)
    skipped: list[tuple[Any, ...]] = field(default_factory=list)
    put_off: list[tuple[Any, ...]] = field(default_factory=list)
    moved: list[int] = field(default_factory=list)


def claim(session: Session, settings: Settings, program_id: int, sender: str, at_most: int) -> Claimed | None:
    """Claim up to ``at_most`` due texts of a program, unless something holds it. None: another claim has its sender.

    The lock of the days is waited for, long if its holder hangs: who may still get a text is asked again before a
    request if that took longer than a moment.
    """
    hurry(session)
    rate = days.pace_of(session, sender, clock.now())
    if rate is None:
        return None
    now, gated = clock.now(), steady()
    program = session.get_one(Program, program_id, populate_existing=True)
    if program.moved:
        return Claimed()  # its window or its days were changed: what is planned counts no more, and is planned anew
    per_second = program.segments_per_second
    allowed = pace.allowance(rate.free_at, now, per_second)
    if not allowed.segments:
        return Claimed(again_at=allowed.again_at, waits_for=f"the pace of {sender}")
    due = _due(session, program.id, now, min(at_most, allowed.segments))
    if not due:
        return Claimed()
    claiming = _Claiming(session, program, sender, now, {row.local_date for row in due}, allowed.segments, gated)
    standing = holds.standing(session, now)  # asked with the days locked: whoever fails a first slice locks them too
    if holds.holding(standing.holds, program, settings):
        return Claimed()
    if standing.copied is not None:
        claiming.sends_from = standing.copied.sends_from
        claiming.spent = Spent(session, program, standing.copied, {row.subscriber_id for row in due})
    for row in due:
        if not claiming.take(row):
            break  # a longer text than the pace leaves room for; it is the first of the next batch
    rate.free_at = pace.taken(rate.free_at, now, per_second, allowed.segments - claiming.left)
    return claiming.written()


class _Claiming:
    """One claim: what its rows have in common is asked for once, and the counters are moved once, at the end."""

    def __init__(
        self, session: Session, program: Program, sender: str, now: datetime, dates: set[date], segments: int,
        gated: float,
    ) -> None:  # fmt: skip
        self.session, self.program, self.sender, self.now, self.left = session, program, sender, now, segments
        self.at, self.until = instant_text(now), instant_text(now + LEASE)
        self.cap, self.footer_every = program.daily_cap, program.footer_every
        self.days = {on: days.Tally(days.day_of(session, program, on)) for on in sorted(dates)}
        self.texts = editions.approved_for(session, program.id, sorted(dates))
        self.picked: dict[tuple[date, str | None, str | None], tuple[int, str, str]] = {}
        self.last_texts: dict[int, datetime] = {}
        self.sends_from: datetime | None = None
        self.spent: Spent | None = None
        self.gated = gated
        self.batch, self.done = _Batch(), Claimed()

    def take(self, row: Row[Any]) -> bool:
        """Decide about one row. Answers False when the pace has no room for it."""
        now, batch = self.now, self.batch
        candidate = self._candidate(row)
        if row.audience_id != row.theirs and not may_have_gone(candidate):
            # They moved since this was planned for another window: it is planned anew, and looked at again after that.
            batch.moved.append(row.subscriber_id)
            again = instant_text(now + _REPLANNED_WITHIN)
            batch.put_off.append((row.id, again, "the person moved; it is planned anew"))
            return True
        verdict = gate(candidate, now)
        if isinstance(verdict, Skip):
            batch.skipped.append((row.id, SKIPPED, verdict.reason, self.at))
            return True
        if isinstance(verdict, Wait):
            batch.put_off.append((row.id, instant_text(verdict.until), verdict.reason))
            return True
        day = self.days[row.local_date]
        if day.is_full:
            self.done.again_at, self.done.waits_for = now + days.CANARY_LOOK, "the outcome of the first slice"
            return True
        edition_id, composed = self._text(row)
        if self.cap is not None and day.segments + composed.segments > self.cap:
            reason = f"the budget of {self.cap} segments for {row.local_date} is used up"
            batch.skipped.append((row.id, SKIPPED, reason, self.at))
            return True
        if composed.segments > self.left and batch.posted:
            return False
        self.left -= composed.segments
        day.count(composed.segments, now)
        self._intend(row, edition_id, composed)
        return True

    def _candidate(self, row: Row[Any]) -> Candidate:
        return Candidate(
            local_date=row.local_date,
            send_at=row.send_at,
            window_end=row.window_end,
            phone=row.phone,
            status=row.status,
            status_reason=row.status_reason,
            paused_until=row.paused_until,
            last_text_at=self.last_texts.get(row.subscriber_id) or row.last_text_at,
            sends_from=self.sends_from,
            spent_until=self.spent.until(row.subscriber_id, row.theirs) if self.spent else None,
        )

    def _text(self, row: Row[Any]) -> tuple[int, Composed]:
        """The person's text of that date, and the edition it is made from."""
        key = (row.local_date, row.language, row.theme)
        found = self.picked.get(key)
        if found is None:
            edition = self._edition(*key)
            found = self.picked[key] = (edition.id, edition.text, edition.language)
        edition_id, text, language = found
        has_one = self.footer_every > 0 and has_footer(self.footer_every, row.share, row.local_date)
        return edition_id, compose(text, row.first_name, language, self.program.footer if has_one else "")

    def _edition(self, local_date: date, language: str | None, theme: str | None) -> Edition:
        """Where no text is ready, the library steps in now: nobody waits for a writer."""
        language, theme = language or self.program.language, theme or ""
        found = editions.pick(self.texts, self.program, local_date, language, theme)
        if found is None:
            found = editions.ensure(self.session, self.program, local_date, language, theme, self.now)
            self.texts[found.local_date, found.language, found.theme] = found
        return found

    def _intend(self, row: Row[Any], edition_id: int, composed: Composed) -> None:
        attempts = row.attempts + 1
        self.last_texts[row.subscriber_id] = self.now
        self.batch.posted.append(
            (row.id, POSTING, attempts, self.until, self.at, edition_id, composed.hash, composed.segments, None)
        )
        self.done.tasks.append(
            Task(
                delivery_id=row.id, program_id=self.program.id, subscriber_id=row.subscriber_id,
                local_date=row.local_date, posted_at=self.now, attempts=attempts, segments=composed.segments,
                sender=self.sender, phone=row.phone, body=composed.body, window_end=row.window_end, gated=self.gated,
            )
        )  # fmt: skip

    def written(self) -> Claimed:
        """Write everything down."""
        session, batch, done = self.session, self.batch, self.done
        for day in self.days.values():
            day.write()
        bulk.update(session, _DELIVERIES, "id", _POSTED, batch.posted)
        bulk.update(session, _DELIVERIES, "id", ("state", "reason", "finished_at"), batch.skipped)
        bulk.update(session, _DELIVERIES, "id", ("send_at", "reason"), batch.put_off)
        if batch.moved:
            self._plan_anew(batch.moved)
        done.skipped, done.put_off = len(batch.skipped), len(batch.put_off)
        return done

    def _plan_anew(self, people: list[int]) -> None:
        """Whoever is locked now is being planned or changed, and looked at again in a moment: planning locks people
        before their texts, and so must not be waited for here."""
        session = self.session
        free = select(Subscriber.id).where(bulk.among(session, Subscriber.id, people)).order_by(Subscriber.id)
        who = bulk.among(session, Subscriber.id, session.scalars(free.with_for_update(skip_locked=True)).all())
        session.execute(update(Subscriber).where(who).values(moved=True))
        announce(session, CHANGED)


def _due(session: Session, program_id: int, now: datetime, at_most: int) -> Sequence[Row[Any]]:
    """Due rows, locked, with what their people are now and when the last text went that they have, or may have."""
    values = {"program_id": program_id, "now": now, "at_most": at_most}
    return session.connection().execute(_DUE, values).all()


def _asked() -> Select[Any]:
    """A delivery's id holds person and day, so that their days around this one are its neighbours by the primary key.

    Made once, and of tables alone: making it would cost as much as reading ten rows, and the mapper as much again.
    """
    rows, near = _DELIVERIES.c, _DELIVERIES.alias("near").c
    people = cast(Table, Subscriber.__table__).c
    last_text_at = (
        select(func.max(near.posted_at))
        .where(near.id.in_([rows.id + away for away in _NEIGHBOURS]))
        .where(near.state.in_(MAY_HAVE_GONE), near.subscriber_id == rows.subscriber_id)
        .group_by(near.subscriber_id)  # else Postgres walks through all texts ever sent, the newest first
        .scalar_subquery()
    )
    due = (
        select(
            rows.id, rows.subscriber_id, rows.local_date, rows.send_at, rows.window_end, rows.attempts,
            rows.audience_id, people.audience_id.label("theirs"), people.phone, people.first_name, people.status,
            people.status_reason, people.paused_until, people.language, people.theme, people.share,
            last_text_at.label("last_text_at"),
        )
        .join_from(_DELIVERIES, Subscriber.__table__, people.id == rows.subscriber_id)
        .where(rows.program_id == bindparam("program_id"), rows.state == PLANNED, rows.send_at <= bindparam("now"))
        .order_by(rows.send_at)
        .limit(bindparam("at_most", type_=Integer()))
    )  # fmt: skip
    return due.with_for_update(skip_locked=True, of=_DELIVERIES)


_DUE = _asked()
