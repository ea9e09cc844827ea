"""One thing that happens to the program, as it is told to whoever watches."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Kind = Literal["ordered", "person", "text", "outbox", "hold"]
"""``ordered``: by the demo itself. ``person``: somebody texted. ``text``: one was written, or the library stepped in.
``outbox``: out of the ordinary on the way to Twilio. ``hold``: texts are held up, or go on."""


@dataclass(frozen=True, slots=True)
class Scene:
    """``says`` is one line, without numbers of people."""

    at: datetime
    kind: Kind
    says: str
