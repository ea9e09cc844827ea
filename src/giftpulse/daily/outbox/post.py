"""One request to Twilio and what its answer means. Nothing here touches the database."""

import sys
import time
from datetime import date, datetime
from typing import Literal

import msgspec

from giftpulse.daily.programs.senders import sender_parameters
from giftpulse.twilio.failures import TwilioError

LONGEST_VALIDITY = 36_000
"""Seconds; https://www.twilio.com/docs/messaging/api/message-resource (ValidityPeriod)."""

RESERVE = 30
"""Seconds between the end of Twilio's queueing and the end of the hours in which a text may arrive."""

Answer = Literal["accepted", "not_taken", "unknown", "refused", "late"]


class Task(msgspec.Struct, frozen=True):
    """One text to hand over. ``posted_at`` is the instant of its claim, by which an outcome is known to be of this
    claim and no other; ``gated``: :func:`steady` when the gate let it pass."""

    delivery_id: int
    program_id: int
    subscriber_id: int
    local_date: date
    posted_at: datetime
    attempts: int
    segments: int
    sender: str
    phone: str
    body: str
    window_end: datetime
    gated: float


class Outcome(msgspec.Struct, frozen=True):
    """What came of it. ``accepted``: Twilio has it (``raw`` is its record). ``not_taken``: surely not, and it may be
    tried again. ``unknown``: nobody knows. ``refused``: it will not be sent, ``code`` says why. ``late``: we held it
    back."""

    task: Task
    answer: Answer
    reason: str = ""
    code: int | None = None
    sid: str | None = None
    raw: bytes | None = None
    wait: float | None = None


def steady() -> float:
    """Seconds of a clock that nobody moves. On Linux it is one that goes on while the machine sleeps, as the monotonic
    clock does not: a text that slept through its window must not go when the machine wakes."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if sys.platform == "linux" else time.monotonic()


def parameters(task: Task, public_url: str | None, now: datetime) -> dict[str, str]:
    """The form of the request. The row's id travels in the callback's address, so that a callback finds the row even
    when the answer was lost; Twilio gives up when the window ends."""
    left = int((task.window_end - now).total_seconds()) - RESERVE
    form = {
        "To": task.phone,
        "Body": task.body,
        "ValidityPeriod": str(max(1, min(LONGEST_VALIDITY, left))),
        **sender_parameters(task.sender),
    }
    if public_url:
        form["StatusCallback"] = f"{public_url}/webhook/status?delivery={task.delivery_id}"
    return form


def failed(task: Task, error: TwilioError) -> Outcome:
    """What a failed request means."""
    wait = getattr(error, "wait", None)
    answer: Answer
    if error.advice == "retry":
        answer = "not_taken"
    elif error.advice == "unknown":
        answer = "unknown"
    else:
        answer = "refused"
    return Outcome(task, answer, str(error), code=error.code, wait=wait)
