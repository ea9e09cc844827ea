"""What is asked of a writing service, what it answers, and how it can fail.

The service itself is in ``openai_writer.py``, whose library takes longer to import than most commands to run: it is
loaded when the first text is to be written, and by nobody else.
"""

from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from typing import Literal, Protocol, cast

from giftpulse.ground.errors import GiftPulseError
from giftpulse.ground.settings import Settings

Kind = Literal["down", "slow", "limited", "key", "request", "refused", "flagged", "junk", "empty"]

OUTAGES: frozenset[str] = frozenset({"down", "slow", "limited", "key", "request"})
"""Kinds of failure that say something about the service; the others say something about one text."""


@dataclass(frozen=True, slots=True)
class WritingRequest:
    """What the service is told: standing ``instructions``, and the ``task`` of the day."""

    instructions: str
    task: str


@dataclass(frozen=True, slots=True)
class Used:
    """What an answer took: tokens of the prompt and of the answer, the model that wrote, and how long we waited."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    model: str = ""
    milliseconds: int = 0


@dataclass(frozen=True, slots=True)
class Written:
    """A text as the service wrote it. ``note`` says what was unusual, such as that nobody moderated it."""

    text: str
    used: Used
    note: str = ""


class WritingError(GiftPulseError):
    """No text, and why, in our own words: never those of the service where they might repeat a key.

    ``kind``: the service was ``down`` (or not reached), ``slow``, ``limited`` us (``retry_after``), did not take our
    ``key`` or ``request`` (model, address); the text was ``refused``, ``flagged`` by moderation, ``junk`` (not in the
    form that was asked for) or ``empty``.
    """

    title = "The writing service gave no text"

    def __init__(self, kind: Kind, reason: str, used: Used, retry_after: timedelta | None = None) -> None:
        self.kind, self.reason, self.used, self.retry_after = kind, reason, used, retry_after
        super().__init__(reason)

    @property
    def is_outage(self) -> bool:
        """Whether the next text would fare no better now."""
        return self.kind in OUTAGES


class Writer(Protocol):
    """Whoever can write a text."""

    def write(self, request: WritingRequest) -> Written:
        """Write one text; takes seconds. Raises :class:`WritingError`. No database session may be open."""
        ...


def open_writer(settings: Settings) -> Writer | None:
    """The writing service of an installation, or None if it has no key."""
    key = settings.openai_api_key
    if key is None or not key.get_secret_value():
        return None
    return cast(Writer, import_module("giftpulse.daily.editions.openai_writer").OpenAiWriter(settings))
