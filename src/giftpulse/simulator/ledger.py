"""The records of one kind of one account: newest first, in pages, and not without end."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Generic, Protocol, TypeVar


class Row(Protocol):
    """What a ledger needs to know of a record."""

    sid: str
    created: datetime


T = TypeVar("T", bound=Row)
Key = tuple[float, int]


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows, newest first. A token is None where there is nothing further in that direction."""

    rows: list[T]
    next_token: str | None
    previous_token: str | None


class Ledger(Generic[T]):
    """Rows ordered by when they were created, the oldest forgotten above ``cap``.

    A page token is ``PA`` and the last row's SID, or ``PB`` and the first row's (twilio-oai, the list examples):
    a cursor, so rows that arrive while somebody walks the pages neither repeat nor shift anything.
    """

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self._order: list[tuple[float, int, T]] = []
        self._rows: dict[str, T] = {}
        self._keys: dict[str, Key] = {}
        self._number = count()

    def add(self, row: T) -> None:
        """Put one row in its place, which is most often the end."""
        key = (row.created.timestamp(), next(self._number))
        insort(self._order, (*key, row))
        self._note(row, key)
        self._forget()

    def add_many(self, rows: Iterable[T]) -> None:
        """Put in many at once, such as a history."""
        for row in rows:
            key = (row.created.timestamp(), next(self._number))
            self._order.append((*key, row))
            self._note(row, key)
        self._order.sort(key=_key)
        self._forget()

    def get(self, sid: str) -> T | None:
        """The row, if there is one."""
        return self._rows.get(sid)

    def remove(self, sid: str) -> bool:
        """Take a row out; False when it was not there. Its page token stays good, for walkers on their way."""
        if self._rows.pop(sid, None) is None:
            return False
        del self._order[bisect_left(self._order, self._keys[sid], key=_key)]
        return True

    def page(self, wanted: Callable[[T], bool], size: int, token: str | None = None) -> Page[T]:
        """Up to ``size`` wanted rows, from the newest or from where a token points. KeyError: an unknown token."""
        if token is not None and token.startswith("PB"):
            return self._page_before(wanted, size, self._keys[token[2:]])
        start = len(self._order)
        if token is not None:
            start = bisect_left(self._order, self._keys[token.removeprefix("PA")], key=_key)
        older = _take((self._order[n][2] for n in range(start - 1, -1, -1)), wanted, size + 1)
        rows = older[:size]
        return Page(rows, _token("PA", rows[-1:], len(older) > size), _token("PB", rows[:1], token is not None))

    def _page_before(self, wanted: Callable[[T], bool], size: int, key: Key) -> Page[T]:
        start = bisect_right(self._order, key, key=_key)
        newer = _take((self._order[n][2] for n in range(start, len(self._order))), wanted, size + 1)
        rows = newer[:size][::-1]
        return Page(rows, _token("PA", rows[-1:], True), _token("PB", rows[:1], len(newer) > size))

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[T]:
        return (entry[2] for entry in reversed(self._order))

    def _note(self, row: T, key: Key) -> None:
        self._rows[row.sid] = row
        self._keys[row.sid] = key

    def _forget(self) -> None:
        # A tenth at a time, for taking from the front of a list costs the whole list.
        if len(self._order) <= self._cap + self._cap // 10:
            return
        extra = len(self._order) - self._cap
        for _, _, row in self._order[:extra]:
            self._rows.pop(row.sid, None)
        del self._order[:extra]
        self._keys = {sid: self._keys[sid] for sid in self._rows}


def _key(entry: tuple[float, int, object]) -> Key:
    return entry[:2]


def _take(rows: Iterable[T], wanted: Callable[[T], bool], most: int) -> list[T]:
    taken: list[T] = []
    for row in rows:
        if wanted(row):
            taken.append(row)
            if len(taken) == most:
                break
    return taken


def _token(prefix: str, rows: list[T], more: bool) -> str | None:
    return prefix + rows[0].sid if rows and more else None
