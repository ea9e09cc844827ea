"""GiftPulse: a daily text program on Twilio, and a monitor of everything Twilio does for the account."""

from importlib.metadata import version

__version__ = version("giftpulse")
