"""GiftPulse: a daily text program on Twilio, and a monitor of everything Twilio does for the account."""

__version__ = "0.1.0"
