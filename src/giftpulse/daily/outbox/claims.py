"""Claiming for all programs and senders: each in its turn and in a transaction of its own, so that one that fails holds
up no other."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, select

from giftpulse.daily.outbox import days, notes
from giftpulse.daily.outbox.claim import Claimed, claim
from giftpulse.daily.outbox.models import PLANNED, Delivery
from giftpulse.daily.outbox.patience import Patience
from giftpulse.daily.outbox.post import steady
from giftpulse.daily.programs import holds
from giftpulse.daily.programs.models import Program
from giftpulse.daily.programs.senders import sender_of
from giftpulse.ground import clock
from giftpulse.ground.site import Site

log = logging.getLogger(__name__)

_SOON = timedelta(minutes=2)  # a longer wait is none for a run that is to end
_LONGEST_WAIT, _LONGEST_WAIT_OF_NOTES = 1.0, 0.25  # seconds, for a sender that is taken
_SOON_POSTED = 0.3  # seconds
_KNOWN_FOR = 0.5  # seconds; what holds a program is looked at with each claim


@dataclass
class ClaimedNotes:
    """Notes to post now, and when to look again, if another claim has the sender of others."""

    tasks: list[notes.NoteTask] = field(default_factory=list)
    again_at: datetime | None = None


class Claims:
    """What may go now, of any program of a site."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._programs: Sequence[tuple[int, str]] = ()
        self._asked_at = -_KNOWN_FOR
        self._turn = time.monotonic_ns() % 997  # not the same program first in each process
        self._introduced: set[str] = set()
        self._patience, self._patience_of_notes = Patience(_LONGEST_WAIT), Patience(_LONGEST_WAIT_OF_NOTES)

    def claim(self, places: int) -> list[Claimed]:
        """Claim up to so many texts, of one program after the other. Raises what went wrong, if nothing was claimed at
        all: what was must not be lost for another program's sake, whatever is wrong with that."""
        claims: list[Claimed] = []
        failed: Exception | None = None
        began = steady()
        if time.monotonic() - self._asked_at > _KNOWN_FOR:
            self._programs, self._asked_at = self._that_send(), time.monotonic()
        # Another program is the first each time, so that none waits behind a large one on the same sender.
        self._turn += 1
        first = self._turn % max(1, len(self._programs))
        for program_id, sender in (*self._programs[first:], *self._programs[:first]):
            # What was claimed first must not grow old while all others are asked: they have their turn soon.
            if places <= 0 or (any(done.tasks for done in claims) and steady() - began > _SOON_POSTED):
                break
            try:
                done = self._claim_of(program_id, sender, places)
            except Exception as error:  # the edge: one program of several
                log.warning("a claim failed; the others go on", extra={"program_id": program_id}, exc_info=error)
                failed = error
                continue
            places -= len(done.tasks)
            claims.append(done)
        if failed is not None and not any(done.tasks for done in claims):
            raise failed
        return claims

    def _claim_of(self, program_id: int, sender: str, places: int) -> Claimed:
        wait = self._patience.wait(sender, steady())
        if not wait:
            self._introduce(sender)
            with self._site.database.begin() as session:
                done = claim(session, self._site.settings, program_id, sender, places)
            if done is not None:
                self._patience.free(sender)
                return done
            wait = self._patience.taken(sender, steady())
        return Claimed(again_at=clock.now() + timedelta(seconds=wait), waits_for=f"another claim for {sender}")

    def claim_notes(self) -> ClaimedNotes:
        """The same for notes, of one sender after the other."""
        claimed = ClaimedNotes()
        failed: Exception | None = None
        began = steady()
        with self._site.database.read() as session:
            senders = notes.senders_due(session, clock.now())
        for sender in senders:
            # Whether somebody still wants a note was asked when it was claimed: it does not wait for others long.
            if len(claimed.tasks) >= notes.AT_ONCE or (claimed.tasks and steady() - began > _SOON_POSTED):
                break
            try:
                self._claim_notes_of(sender, claimed)
            except Exception as error:  # the edge: one sender of several
                log.warning("a claim of notes failed; the others go on", extra={"sender": sender}, exc_info=error)
                failed = error
        if failed is not None and not claimed.tasks:
            raise failed
        return claimed

    def _claim_notes_of(self, sender: str, claimed: ClaimedNotes) -> None:
        wait = self._patience_of_notes.wait(sender, steady())
        if not wait:
            self._introduce(sender)
            with self._site.database.begin() as session:
                tasks = notes.claim(session, sender, notes.AT_ONCE - len(claimed.tasks))
            if tasks is not None:
                self._patience_of_notes.free(sender)
                claimed.tasks += tasks
                return
            wait = self._patience_of_notes.taken(sender, steady())
        again_at = clock.now() + timedelta(seconds=wait)
        claimed.again_at = min(claimed.again_at or again_at, again_at)

    def _introduce(self, sender: str) -> None:
        if sender not in self._introduced:
            with self._site.database.begin() as session:
                days.introduce(session, sender, clock.now())
            self._introduced.add(sender)

    def _that_send(self) -> Sequence[tuple[int, str]]:
        with self._site.database.read() as session:
            open_now = holds.open_holds(session, clock.now())
            programs = session.scalars(select(Program).where(Program.deleted_at.is_(None)).order_by(Program.id)).all()
            return [
                (program.id, sender)
                for program in programs
                if (sender := sender_of(program, self._site.settings)) is not None
                and holds.holding(open_now, program, self._site.settings) is None
            ]

    def next_try(self, looked_at: datetime) -> datetime | None:
        """When the next text is due that Twilio did not take before, if that is soon. What was due when we looked and
        was not claimed waits for something else than time."""
        open_to = [program_id for program_id, _ in self._that_send()]
        with self._site.database.read() as session:
            soon = select(func.min(Delivery.send_at)).where(
                Delivery.state == PLANNED,
                Delivery.program_id.in_(open_to),
                Delivery.attempts > 0,
                Delivery.send_at > looked_at,
                Delivery.send_at <= clock.now() + _SOON,
            )
            return session.scalar(soon)
