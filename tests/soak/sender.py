"""Senders to be killed: ``python -m tests.soak.sender``. The environment has the settings.

A process that imports everything once and forks a sender for each line it reads, telling its process id: so that a new
sender is at work at once, and a kill meets one that sends and not one that is still loading.
"""

import os
import signal
import sys
import threading

from giftpulse.daily.outbox import send
from giftpulse.ground import settings
from giftpulse.ground.site import open_site


def main() -> None:
    """Fork a sender for each line; end with the input."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the dead
    tell("ready")
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            send.serve(open_site(settings.load(_env_file=None)), threading.Event(), lambda: None)
        tell(str(child))


def tell(word: str) -> None:
    """One line to whoever started us."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
