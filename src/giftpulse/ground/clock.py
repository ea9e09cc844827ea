"""The one clock. Everything that asks for the time asks here, so that a test can move it.

All times are UTC and aware. Local dates exist only where a person's delivery window is computed.
Deciders do not call this: they take ``now`` as an argument.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta


def _system() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _system
_unmoved: Callable[[], datetime] = _system


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return _source()


def unmoved() -> datetime:
    """The same, but for what other processes ask of as well: a command that goes by another time (:func:`moved`) does
    so alone."""
    return _unmoved()


class Stopped:
    """A clock that stands still until it is moved. For tests."""

    def __init__(self, at: datetime) -> None:
        self.at = at.astimezone(UTC)

    def __call__(self) -> datetime:
        return self.at

    def move(self, **by: float) -> datetime:
        """Go forward by ``timedelta(**by)``; answers the new instant."""
        self.at += timedelta(**by)
        return self.at


@contextmanager
def stopped(at: datetime) -> Iterator[Stopped]:
    """Stop the one clock at an instant while the block runs."""
    global _source, _unmoved
    before, clock = (_source, _unmoved), Stopped(at)
    _source = _unmoved = clock
    try:
        yield clock
    finally:
        _source, _unmoved = before


@contextmanager
def moved(by: timedelta) -> Iterator[None]:
    """Let the one clock run that much ahead (or behind) while the block runs."""
    global _source
    before = _source

    def source() -> datetime:
        return before() + by

    _source = source
    try:
        yield
    finally:
        _source = before
