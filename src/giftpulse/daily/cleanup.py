"""Retention of the daily half: texts and plans of long ago go, words go sooner, and consent is never forgotten."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.orm import Session

from giftpulse.daily.editions.models import WritingAttempt
from giftpulse.daily.inbound import forgetting
from giftpulse.daily.inbound.models import InboundText
from giftpulse.daily.outbox import retention
from giftpulse.daily.outbox.models import PLANNED, POSTING, DeliveryEvent, Note, Plan, Reconciliation
from giftpulse.daily.programs.models import ProgramDay
from giftpulse.ground import bulk, clock
from giftpulse.ground.site import Site

AT_ONCE = forgetting.AT_ONCE
"""Rows of one transaction."""

_FIRST = date(2020, 1, 1)
_SETTLED = Note.state.not_in((PLANNED, POSTING))


def cleanup(site: Site, *, days: int | None = None, dry_run: bool = False) -> dict[str, int]:
    """Remove texts with their events and plans, notes and the inbox older than ``days`` (default RETENTION_DAYS), and
    words older than BODY_RETENTION_DAYS. Says how many of what.

    Editions stay, for nothing is said twice, and so does the consent ledger.
    """
    now = clock.now()
    kept_days = site.settings.retention_days if days is None else days
    words_days = min(site.settings.body_retention_days, kept_days)
    oldest, words = now - timedelta(days=kept_days), now - timedelta(days=words_days)
    removed = {"daily texts": retention.remove_texts(site, max(oldest.date(), _FIRST), dry_run)}
    for name, condition, step in (*_of_age(oldest), *_of_words(now, words, words_days)):
        removed[name] = _count(site, condition) if dry_run else _repeat(site, step)
    return removed


_Part = tuple[str, ColumnElement[bool], Callable[[Session], int]]
"""What is removed: its name, which rows it is, and a step that removes some of them and says how many."""


def _of_age(oldest: datetime) -> list[_Part]:
    # Ids of events grow with time: what is older than the first young one is a range of the primary key.
    young = select(func.min(DeliveryEvent.id)).where(DeliveryEvent.at >= oldest).scalar_subquery()
    rows = [
        ("events of texts", DeliveryEvent.id, DeliveryEvent.id < func.coalesce(young, 2**62)),
        ("notes", Note.id, (Note.created_at < oldest) & _SETTLED),
        ("inbox", InboundText.id, InboundText.received_at < oldest),
        ("reconciliations", Reconciliation.id, Reconciliation.at < oldest),
        ("attempts to write", WritingAttempt.id, WritingAttempt.at < oldest),
    ]
    days: list[tuple[str, Any]] = [("days of programs", ProgramDay), ("plans", Plan)]
    return [
        *((name, old, _some(key, old)) for name, key, old in rows),
        *((name, table.local_date < oldest.date(), _all(table, table.local_date < oldest.date()))
          for name, table in days),
    ]  # fmt: skip


def _of_words(now: datetime, words: datetime, words_days: int) -> list[_Part]:
    said = (InboundText.received_at < words) & or_(InboundText.body.is_not(None), InboundText.reply.is_not(None))
    written = (Note.created_at < words) & Note.body.is_not(None) & _SETTLED

    def blank(session: Session) -> int:
        ids = session.scalars(select(Note.id).where(written).limit(AT_ONCE)).all()
        emptied = update(Note).where(bulk.among(session, Note.id, ids)).values(body=None)
        session.execute(emptied.execution_options(synchronize_session=False))
        return len(ids)

    return [
        ("words of people", said, lambda session: forgetting.cleanup(session, now, words_days)),
        ("words of notes", written, blank),
    ]


def _some(key: Any, old: ColumnElement[bool]) -> Callable[[Session], int]:
    def step(session: Session) -> int:
        ids = session.scalars(select(key).where(old).limit(AT_ONCE)).all()
        gone = delete(key.class_).where(bulk.among(session, key, ids))
        session.execute(gone.execution_options(synchronize_session=False))
        return len(ids)

    return step


def _all(table: Any, old: ColumnElement[bool]) -> Callable[[Session], int]:
    """For tables with a handful of rows a day. It never asks to be called again."""

    def step(session: Session) -> int:
        gone = session.execute(delete(table).where(old).execution_options(synchronize_session=False))
        return gone.rowcount  # type: ignore[attr-defined,no-any-return]  # a CursorResult

    return step


def _count(site: Site, old: ColumnElement[bool]) -> int:
    with site.database.read() as session:
        return session.scalar(select(func.count()).where(old)) or 0


def _repeat(site: Site, step: Callable[[Session], int]) -> int:
    total = 0
    while True:
        with site.database.begin() as session:
            removed = step(session)
        total += removed
        if removed != AT_ONCE:
            return total
