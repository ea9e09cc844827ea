"""What ``make test`` runs: ``python -m tests.run [pytest arguments]``.

Without arguments it is the whole suite on all cores (at most four workers); with arguments it is what
pytest makes of them, on as many workers. pytest has the last word, both in the terminal and with its
exit code. ``make cover`` asks for the coverage of ``src``, its threads included, with a floor under it.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parent.parent
_MEMORY = Path("/dev/shm")  # a folder of our own is made in it
_ENOUGH = 4 * 1024**3  # bytes


@contextmanager
def _in_memory() -> Iterator[None]:
    """Databases and files of the tests lie in memory, where the machine has enough: nothing of them must last."""
    if not _MEMORY.is_dir() or shutil.disk_usage(_MEMORY).free < _ENOUGH:
        yield
        return
    folder = tempfile.mkdtemp(prefix="giftpulse-tests-", dir=_MEMORY)
    Path(folder).chmod(0o755)  # Postgres runs as nobody where we are root
    os.environ["TMPDIR"] = tempfile.tempdir = folder
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main(arguments: list[str]) -> int:
    """Run pytest; answers its exit code."""
    os.chdir(HOUSE)
    with _in_memory():
        return _run(arguments)


def _run(arguments: list[str]) -> int:
    # A file stays on one worker: its tests share what is costly, and each worker has one Postgres for the session. They
    # wait for processes and servers half of the time, so one more than there are cores.
    workers = ["-n", str(min(4, (os.cpu_count() or 2) + 1)), "--dist", "loadfile", "--no-loadscope-reorder"]
    return int(pytest.main([*workers, *arguments]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
