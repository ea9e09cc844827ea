"""``python -m giftpulse`` and the command ``giftpulse``."""

from giftpulse.cli import (
    backfill,
    backup,
    check_message,
    cleanup,
    database,
    database_copy,
    demo,
    doctor,
    keys,
    many,
    poll,
    process_messages,
    reconcile,
    rounds,
    rules,
    schedule_messages,
    seed,
    send_test,
    serve,
    simulate,
    simulator,
    subscribers,
    tokens,
    why,
)
from giftpulse.cli.app import main

COMMANDS = (
    demo,
    serve,
    many,
    poll,
    backfill,
    schedule_messages,
    process_messages,
    simulate,
    why,
    check_message,
    send_test,
    reconcile,
    seed,
    subscribers,
    rules,
    rounds,
    cleanup,
    tokens,
    database,
    database_copy,
    backup,
    keys,
    doctor,
    simulator,
)
"""The modules whose import adds their commands."""

if __name__ == "__main__":
    main()
