"""``python -m giftpulse`` and the command ``giftpulse``."""

from giftpulse.cli import serve
from giftpulse.cli.app import main

COMMANDS = (serve,)
"""The modules whose import adds their commands."""

if __name__ == "__main__":
    main()
