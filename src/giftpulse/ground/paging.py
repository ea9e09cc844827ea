"""Lists: ``{"items": [...], "total": n|null, "page": 1, "page_size": 50, "next_cursor": "..."}``, newest first.

Underneath, pages are cut by key (``id < cursor``) and not by counting rows. ``page=N`` is kept for people and for
callers of the source projects; it skips rows and therefore ends at a depth where a cursor must be used.
"""

import base64
import binascii
from collections.abc import Callable
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, BeforeValidator, Field, PlainSerializer, WithJsonSchema
from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from giftpulse.ground.errors import InvalidInputError

Item = TypeVar("Item")

DEEPEST = 10_000
"""Rows that ``page=N`` may skip."""

COUNTED_TO = 100_000
"""``total`` is counted up to here, and null beyond: nobody reads the difference, and everybody would wait for it."""

Id = Annotated[
    int,
    BeforeValidator(
        lambda value: int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value
    ),
    Field(ge=1, le=2**63 - 1),
    PlainSerializer(str, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]+$", "maxLength": 19, "examples": ["17"]}),
]
"""An id in JSON: a string of digits, because JavaScript cannot hold 64 bits. Numbers are accepted too."""


class Page(BaseModel, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    total: int | None = Field(description=f"How many there are in all; null if more than {COUNTED_TO}")
    page: int
    page_size: int
    next_cursor: str | None = Field(description="Pass as `cursor` for the next page; null at the end")


class Paging(BaseModel):
    """The paging parameters of a list."""

    page: int = Field(1, ge=1, le=2**31)
    page_size: int = Field(50, ge=1, le=1000)
    cursor: str | None = Field(None, max_length=64, description="`next_cursor` of the page before; wins over `page`")
    limit: int | None = Field(None, ge=1, le=1000, description="Another name for `page_size`, for use with `cursor`")

    @property
    def size(self) -> int:
        """Rows on a page."""
        return self.limit or self.page_size


PagingQuery = Annotated[Paging, Query()]


def page_of(
    session: Session,
    statement: Select[Any],
    key: InstrumentedAttribute[int],
    paging: Paging,
    show: Callable[[Any], Item],
) -> Page[Item]:
    """Run a statement newest first by ``key`` and cut the page that was asked for."""
    ordered = statement.order_by(key.desc()).limit(paging.size + 1)
    if paging.cursor is not None:
        ordered = ordered.where(key < _from_cursor(paging.cursor))
    elif paging.page > 1:
        skipped = (paging.page - 1) * paging.size
        if skipped > DEEPEST:
            raise InvalidInputError.at("page", f"pages end after {DEEPEST} rows; follow next_cursor instead")
        ordered = ordered.offset(skipped)
    rows = list(session.scalars(ordered))
    more = len(rows) > paging.size
    rows = rows[: paging.size]
    return Page[Any](
        items=[show(row) for row in rows],
        total=_count(session, statement) if paging.cursor is None else None,
        page=paging.page,
        page_size=paging.size,
        next_cursor=_to_cursor(getattr(rows[-1], key.key)) if more else None,
    )


def _count(session: Session, statement: Select[Any]) -> int | None:
    capped = statement.order_by(None).limit(COUNTED_TO + 1).subquery()
    counted = session.scalar(select(func.count()).select_from(capped)) or 0
    return counted if counted <= COUNTED_TO else None


def _to_cursor(key: int) -> str:
    return base64.urlsafe_b64encode(str(key).encode()).decode().rstrip("=")


def _from_cursor(cursor: str) -> int:
    try:
        key = int(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error):
        key = -1
    if not 0 <= key < 2**63:
        raise InvalidInputError.at("cursor", "expected next_cursor of an earlier answer")
    return key
