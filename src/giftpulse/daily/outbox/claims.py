"""Claiming for all programs and senders: each in its turn and in a transaction of its own, so that one that fails holds
up no other."""

import logging
import sqlite3
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

import psycopg
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from giftpulse.daily.outbox import notes
from giftpulse.daily.outbox.claim import Claimed, claim
from giftpulse.daily.outbox.models import PLANNED, Delivery
from giftpulse.daily.programs import holds
from giftpulse.daily.programs.models import Program
from giftpulse.daily.programs.senders import sender_of
from giftpulse.ground import clock
from giftpulse.ground.site import Site

log = logging.getLogger(__name__)

_SOON = timedelta(minutes=2)  # a longer wait is none for a run that is to end
_KNOWN_FOR = 0.5  # seconds; what holds a program is looked at with each claim


class Claims:
    """What may go now, of any program of a site."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._programs: Sequence[tuple[int, str]] = ()
        self._asked_at = -_KNOWN_FOR
        self._turn = time.monotonic_ns() % 997  # not the same program first in each process

    def claim(self, places: int) -> list[Claimed]:
        """Claim up to so many texts, of one program after the other. Raises what the database raises, if nothing was
        claimed at all."""
        claims: list[Claimed] = []
        failed: Exception | None = None
        if time.monotonic() - self._asked_at > _KNOWN_FOR:
            self._programs, self._asked_at = self._that_send(), time.monotonic()
        # Another program is the first each time, so that none waits behind a large one on the same sender.
        self._turn += 1
        first = self._turn % max(1, len(self._programs))
        for program_id, sender in (*self._programs[first:], *self._programs[:first]):
            if places <= 0:
                break
            try:
                with self._site.database.begin() as session:
                    done = claim(session, self._site.settings, program_id, sender, places)
            except (SQLAlchemyError, psycopg.Error, sqlite3.Error) as error:
                log.warning("a claim failed; the others go on", extra={"program_id": program_id}, exc_info=error)
                failed = error
                continue  # what was claimed must not be lost with it, and no program starve for another
            places -= len(done.tasks)
            claims.append(done)
        if failed is not None and not any(done.tasks for done in claims):
            raise failed
        return claims

    def claim_notes(self) -> list[notes.NoteTask]:
        """The same for notes, of one sender after the other."""
        claimed: list[notes.NoteTask] = []
        failed: Exception | None = None
        with self._site.database.read() as session:
            senders = notes.senders_due(session, clock.now())
        for sender in senders:
            if len(claimed) >= notes.AT_ONCE:
                break
            try:
                with self._site.database.begin() as session:
                    claimed += notes.claim(session, sender, notes.AT_ONCE - len(claimed))
            except (SQLAlchemyError, psycopg.Error, sqlite3.Error) as error:
                log.warning("a claim of notes failed; the others go on", extra={"sender": sender}, exc_info=error)
                failed = error
        if failed is not None and not claimed:
            raise failed
        return claimed

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
