"""``python -m giftpulse`` and the command ``giftpulse``."""

from giftpulse.cli import (
    backfill,
    check_message,
    cleanup,
    database,
    demo,
    doctor,
    poll,
    rounds,
    rules,
    seed,
    send_test,
    serve,
    simulator,
    subscribers,
    tokens,
)
from giftpulse.cli.app import main

COMMANDS = (
    demo,
    serve,
    poll,
    backfill,
    check_message,
    send_test,
    seed,
    subscribers,
    rules,
    rounds,
    cleanup,
    tokens,
    database,
    doctor,
    simulator,
)
"""The modules whose import adds their commands."""

if __name__ == "__main__":
    main()
