"""Lists: ``{"items": [...], "total": n|null, "page": 1, "page_size": 50, "next_cursor": "..."}``, newest first.

Underneath, pages are cut by key (``id < cursor``) and not by counting rows. ``page=N`` is kept for people and for
callers of the source projects; it skips rows and therefore ends at a depth where a cursor must be used.
"""

import re
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

_ID = re.compile(r"[1-9][0-9]{0,17}\Z")
_CURSOR = re.compile(r"[0-9]{1,18}\Z")
_ID_TEXT: dict[str, Any] = {"type": "string", "pattern": "^[1-9][0-9]{0,17}$", "examples": ["17"]}
_ID_NUMBER: dict[str, Any] = {"type": "integer", "minimum": 1, "maximum": 10**18 - 1}


def _id(value: object) -> int:
    if not isinstance(value, bool) and isinstance(value, str | int) and _ID.match(str(value)):
        return int(value)
    raise ValueError('expected an id such as "17"')


def _id_or_zero(value: object) -> int:
    return 0 if value == "0" or (type(value) is int and value == 0) else _id(value)


Id = Annotated[
    int,
    BeforeValidator(_id),
    PlainSerializer(str, return_type=str, when_used="json"),
    WithJsonSchema({"anyOf": [_ID_TEXT, _ID_NUMBER]}, mode="validation"),
    WithJsonSchema(_ID_TEXT, mode="serialization"),
]
"""An id in JSON: a string of digits, because JavaScript cannot hold 64 bits. Numbers are accepted too."""

_ZERO_TEXT = _ID_TEXT | {"pattern": "^(0|[1-9][0-9]{0,17})$"}

IdOrZero = Annotated[
    int,
    BeforeValidator(_id_or_zero),
    PlainSerializer(str, return_type=str, when_used="json"),
    WithJsonSchema({"anyOf": [_ZERO_TEXT, _ID_NUMBER | {"minimum": 0}]}, mode="validation"),
    WithJsonSchema(_ZERO_TEXT, mode="serialization"),
]
"""The same where there is one of our own beside those of the user: it has the id 0."""


def _cursor(value: object) -> object:
    if value is not None and not (isinstance(value, str) and _CURSOR.match(value)):
        raise ValueError("expected next_cursor of an earlier answer")
    return value


Cursor = Annotated[
    str | None,
    BeforeValidator(_cursor),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": "^[0-9]{1,18}$"}, {"type": "null"}]}),
]


class Page(BaseModel, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    total: int | None = Field(description=f"How many there are in all; null if more than {COUNTED_TO}")
    page: int
    page_size: int
    next_cursor: str | None = Field(description="Pass as `cursor` for the next page; null at the end")


class Paging(BaseModel):
    """The paging parameters of a list."""

    page: int = Field(1, ge=1, le=DEEPEST + 1)
    page_size: int = Field(50, ge=1, le=1000)
    cursor: Cursor = Field(None, description="`next_cursor` of the page before; wins over `page`")
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
        ordered = ordered.where(key < int(paging.cursor))
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
        next_cursor=str(getattr(rows[-1], key.key)) if more else None,
    )


def _count(session: Session, statement: Select[Any]) -> int | None:
    capped = statement.order_by(None).limit(COUNTED_TO + 1).subquery()
    counted = session.scalar(select(func.count()).select_from(capped)) or 0
    return counted if counted <= COUNTED_TO else None
