"""Finding entries: the conditions of a list as one statement, and one entry with its history."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from giftpulse.ground import bulk
from giftpulse.ground.access import Role
from giftpulse.ground.errors import NotFoundError
from giftpulse.logs.models import POSITION_BITS, LogChange, LogEntry, LogOwed
from giftpulse.logs.schemas import LogQuery

MOST_CHANGES = 100

_KINDS = ("message", "call", "alert")


def listed(query: LogQuery, role: Role = "admin") -> Select[LogEntry]:
    """The statement that lists what a query asks for. Words in numbers and bodies are for those who may see them."""
    statement = select(LogEntry)
    if query.log_type in _KINDS:
        statement = statement.where(LogEntry.kind == query.log_type)
    elif query.log_type is not None:
        statement = statement.where(LogEntry.kind == "alert", LogEntry.log_level == query.log_type)
    if query.status:
        statement = statement.where(LogEntry.status.in_([s.strip().lower() for s in query.status.split(",")]))
    if query.error_code:
        statement = statement.where(LogEntry.error_code.in_([int(code) for code in query.error_code.split(",")]))
    if query.since is not None:
        statement = statement.where(LogEntry.event_at >= query.since)
    if query.until is not None:
        statement = statement.where(LogEntry.event_at < query.until)
    for name in ("sid", "account_sid", "resource_sid", "messaging_service_sid"):
        if (value := getattr(query, name)) is not None:
            statement = statement.where(getattr(LogEntry, name) == value)
    if query.from_number is not None:
        statement = statement.where(LogEntry.from_ == query.from_number)
    if query.to_number is not None:
        statement = statement.where(LogEntry.to == query.to_number)
    if query.processed is not None:
        owed = _batch_is_owed()
        statement = statement.where(~owed if query.processed else owed)
    return _containing(statement, query.q, role) if query.q else statement


def _batch_is_owed() -> Any:
    batch = LogEntry.last_change_id // (1 << POSITION_BITS)
    return select(LogOwed.batch_id).where(LogOwed.batch_id == batch).exists()


def _containing(statement: Select[LogEntry], words: str, role: Role) -> Select[LogEntry]:
    for word in words.split():
        columns = [LogEntry.sid, LogEntry.resource_sid]
        if role == "admin":
            columns += [LogEntry.from_, LogEntry.to, LogEntry.text, LogEntry.body]
        elif not any(letter.isdigit() for letter in word):  # Twilio's words may name a number, which is masked
            columns.append(LogEntry.text)
        statement = statement.where(or_(*(column.icontains(word, autoescape=True) for column in columns)))
    return statement


def owed_batches(session: Session, entries: Sequence[LogEntry]) -> set[int]:
    """The batches of these entries' newest changes that some reader has not worked on yet."""
    batches = {entry.last_change_id >> POSITION_BITS for entry in entries}
    return set(session.scalars(select(LogOwed.batch_id).where(bulk.among(session, LogOwed.batch_id, batches))))


def get(session: Session, log_id: int) -> LogEntry:
    """One entry. Raises NotFoundError."""
    entry = session.get(LogEntry, log_id)
    if entry is None:
        raise NotFoundError(f"there is no log {log_id}")
    return entry


def by_sid(session: Session, sid: str) -> LogEntry | None:
    """One entry by Twilio's SID."""
    return session.scalar(select(LogEntry).where(LogEntry.sid == sid).limit(1))


def changes_of(session: Session, entry: LogEntry) -> Sequence[LogChange]:
    """What was seen of an entry, oldest first; the last 100 transitions."""
    changes: list[LogChange] = []
    at: int | None = entry.last_change_id
    while at is not None and len(changes) < MOST_CHANGES:
        change = session.get(LogChange, at)
        if change is None:  # retention has taken it
            break
        changes.append(change)
        at = change.previous_id
    return changes[::-1]


def related_to(session: Session, entry: LogEntry) -> Sequence[LogEntry]:
    """Alerts whose resource is this entry; and, for an alert, the message or call it is about."""
    about = LogEntry.resource_sid == entry.sid
    if entry.resource_sid:
        about = or_(about, LogEntry.sid == entry.resource_sid)
    same_account = LogEntry.account_sid == entry.account_sid
    statement = select(LogEntry).where(same_account, about, LogEntry.id != entry.id)
    return session.scalars(statement.order_by(LogEntry.id).limit(50)).all()


def raw_of(entry: LogEntry) -> Any:
    """Twilio's own record, parsed; as text if it is no JSON; None once retention has removed it."""
    if entry.raw is None:
        return None
    try:
        return json.loads(entry.raw)
    except ValueError:
        return entry.raw
