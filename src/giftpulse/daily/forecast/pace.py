"""How a sender gets through a day at its pace: texts queue, and what comes too late for its window is lost. Pure.

A fluid model in cells of a minute: in each, texts come in evenly, and the sender works one second a second.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

CELL = 60
"""Seconds of a cell."""


@dataclass(frozen=True, slots=True)
class Load:
    """Texts that come due evenly from ``first`` to ``last`` (seconds of the epoch). ``seconds``: what they take the
    sender. ``deadline``: after it they are worth nothing."""

    first: float
    last: float
    deadline: int
    seconds: float
    texts: float


@dataclass(frozen=True, slots=True)
class Run:
    """What becomes of a day. ``finish``: when the last text has gone, in seconds of the epoch; None if there is none.
    ``late``: texts that find their window over. ``longest``: seconds that a text waited for its turn at most."""

    finish: float | None
    late: int
    longest: float


def run(loads: Iterable[Load]) -> Run:
    """Work through all loads of one sender."""
    backlog, late, longest, at = 0.0, 0.0, 0.0, 0.0
    finish: float | None = None
    for start, together in _cells(loads):
        backlog = max(0.0, backlog - (start - at))
        lost = [_lost(load, together, backlog, start) for load in together]
        late += sum(load.texts * share for load, share in zip(together, lost, strict=True))
        work = sum(load.seconds * (1 - share) for load, share in zip(together, lost, strict=True))
        last = max(load.last for load in together)
        waits = max(0.0, backlog + work - (last - start))
        longest = max(longest, min(backlog, waits) if not work else waits)
        finish = last + waits if work else finish
        backlog, at = max(0.0, backlog + work - CELL), start + CELL
    return Run(finish, round(late), longest)


def _cells(loads: Iterable[Load]) -> Iterator[tuple[float, Sequence[Load]]]:
    """The loads cut into cells, in order; in a cell, those of one deadline are one."""
    cells: dict[int, dict[int, Load]] = {}
    for load in loads:
        for number, piece in _cut(load):
            cell = cells.setdefault(number, {})
            known = cell.get(piece.deadline)
            cell[piece.deadline] = piece if known is None else _both(known, piece)
    for number in sorted(cells):
        yield float(number * CELL), list(cells[number].values())


def _cut(load: Load) -> Iterator[tuple[int, Load]]:
    length = load.last - load.first
    for number in range(int(load.first // CELL), int(load.last // CELL) + 1):
        first, last = max(load.first, number * CELL), min(load.last, (number + 1) * CELL)
        share = (last - first) / length if length else 1.0
        if share:
            yield number, Load(first, last, load.deadline, load.seconds * share, load.texts * share)


def _both(one: Load, other: Load) -> Load:
    return Load(
        min(one.first, other.first), max(one.last, other.last), one.deadline, one.seconds + other.seconds,
        one.texts + other.texts,
    )  # fmt: skip


def _lost(load: Load, together: Sequence[Load], backlog: float, start: float) -> float:
    """The share of a load that is too late. A text that comes ``x`` seconds into the cell has gone when the backlog
    and all that came before it have: at ``x``, or at ``backlog + work * x / CELL`` if that is later."""
    work = sum(each.seconds for each in together)
    room = load.deadline - start
    in_time = min(room, (room - backlog) * CELL / work) if work else room
    first, last = load.first - start, load.last - start
    if last <= in_time:
        return 0.0
    return 1.0 if first >= in_time else (last - in_time) / (last - first)
