"""Whom a program's texts come from."""

from giftpulse.daily.programs.models import Program
from giftpulse.ground.settings import Settings


def sender_of(program: Program, settings: Settings) -> str | None:
    """The number, short code or messaging service (``MG...``) of a program: its own, or that of the settings."""
    return program.sender or settings.twilio_messaging_service_sid or settings.twilio_from_number


def sender_parameters(sender: str) -> dict[str, str]:
    """How a sender is named in a request to Twilio."""
    return {"MessagingServiceSid" if sender.startswith("MG") else "From": sender}
