"""How a request to Twilio can fail, and what may be done about it."""

from dataclasses import dataclass
from typing import Literal

from giftpulse.ground.errors import GiftPulseError

Advice = Literal["never", "retry", "unknown"]


@dataclass(frozen=True)
class Refusal:
    """Twilio's own words of refusal: ``{"code": 21211, "message": ..., "more_info": ...}``."""

    status: int
    code: int | None
    message: str
    more_info: str | None = None


class TwilioError(GiftPulseError):
    """A request failed. ``advice``: ``never`` repeat it, ``retry`` it (it was surely not carried out), or ``unknown``
    (it may have been carried out: look before you repeat; Twilio has no idempotency key). ``wait``: seconds after
    which Twilio asks to be tried again."""

    title = "Twilio did not do what was asked"

    def __init__(
        self, message: str, *, advice: Advice, refusal: Refusal | None = None, wait: float | None = None
    ) -> None:
        self.advice = advice
        self.refusal = refusal
        self.wait = wait
        super().__init__(message)

    @property
    def code(self) -> int | None:
        """Twilio's error code, if it gave one."""
        return self.refusal.code if self.refusal else None


class TwilioPagingError(TwilioError):
    """A list's next page leads back to one already seen, so that the end cannot be reached."""
