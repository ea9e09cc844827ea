"""A sender in a process of its own, to be killed: ``python -m tests.soak.sender``. The environment has its settings."""

import sys
import threading

from giftpulse.daily.outbox import send
from giftpulse.ground import settings
from giftpulse.ground.site import open_site


def main() -> None:
    """Send until the end of the world."""
    site = open_site(settings.load(_env_file=None))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    send.serve(site, threading.Event(), lambda: None)


if __name__ == "__main__":
    main()
