"""What ``make test`` runs: ``python -m tests.run [pytest arguments]``.

Without arguments it is the whole suite on all cores (at most four workers), with the coverage of
``src``, its threads and subprocesses included, and a floor under that coverage. With arguments it is what pytest makes
of them, on as many workers. pytest has the last word, both in the terminal and with its exit code.
"""

import os
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parent.parent
COVERED = 90
"""Percent of lines and branches that a full run must reach."""


def main(arguments: list[str]) -> int:
    """Run pytest; answers its exit code."""
    os.chdir(HOUSE)
    # A file stays on one worker: its tests share what is costly, and each worker has one Postgres for the session. They
    # wait for processes and servers half of the time, so one more than there are cores.
    workers = ["-n", str(min(4, (os.cpu_count() or 2) + 1)), "--dist", "loadfile", "--no-loadscope-reorder"]
    covered = ["--cov", "--cov-report=term", f"--cov-fail-under={COVERED}"]
    return int(pytest.main([*workers, *(arguments or covered)]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
