"""How the interpreter itself is set, for a process of many threads that lives long. Measured by ``bench``."""

import gc
import sys

SWITCH = 0.002
"""Seconds after which a busy thread lets another run. A thread that has an answer of the database waits this long for
the one that reads requests; at Python's own 5 ms a transaction of ten statements waits 50 ms more than it works."""

_THRESHOLDS = (20_000, 20, 20)
"""How many new objects start a search for garbage. Batches make thousands of rows at once, all of them still in use."""


def tune() -> None:
    """Once, when everything is loaded: what exists now stays for good, and is not searched for garbage again."""
    sys.setswitchinterval(SWITCH)
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
