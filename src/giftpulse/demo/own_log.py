"""Our own log goes into a file while the demo runs, so that it does not run through the picture; troubles are noted."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from giftpulse.demo.caught import Caught, Trouble
from giftpulse.ground import journal

_NOISY = ("aiosmtpd", "mail.log", "asyncio", "uvicorn.access", "alembic")


class _Troubles(logging.Handler):
    def __init__(self, caught: Caught) -> None:
        super().__init__(logging.WARNING)
        self._caught = caught

    def emit(self, record: logging.LogRecord) -> None:
        at = datetime.fromtimestamp(record.created, UTC)
        self._caught.add(Trouble(at, journal.masked(f"{record.name}: {record.getMessage()}")))


@contextmanager
def own_log(path: Path, caught: Caught) -> Iterator[None]:
    """Write the log of the process to this file while the block runs."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in _NOISY}
    file = logging.FileHandler(path, encoding="utf-8")
    file.setFormatter(journal.JsonLines())
    root.handlers[:] = [file, _Troubles(caught)]
    root.setLevel(logging.INFO)
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        yield
    finally:
        root.handlers[:] = before
        root.setLevel(level)
        for name, was in levels.items():
            logging.getLogger(name).setLevel(was)
        file.close()
