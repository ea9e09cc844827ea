"""What we have to say to a text, and why."""

from dataclasses import dataclass

from giftpulse.daily.programs.models import Program
from giftpulse.daily.subscribers.models import Subscriber


@dataclass(frozen=True, slots=True)
class Said:
    """``reply`` None: nothing is to be said. ``program`` and ``subscriber``: whom the text was about.

    ``all_the_same``: to be said even where Twilio has answered. ``for_people``: nobody of us has answered, so that a
    person should read it.
    """

    reply: str | None
    reason: str
    program: Program | None = None
    subscriber: Subscriber | None = None
    all_the_same: bool = False
    for_people: bool = False
