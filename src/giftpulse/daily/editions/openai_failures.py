"""What an error of OpenAI's library means, in our own words. Its messages may repeat a part of the key."""

import math
from dataclasses import dataclass

from openai import APIConnectionError, APIStatusError, APITimeoutError

from giftpulse.daily.editions.writer import Kind

_MOST_SHOWN = 200  # characters of what the service says about our request
_MOST_SECONDS = 86_400.0

_BY_STATUS: dict[int, tuple[Kind, str]] = {
    401: ("key", "the service does not know the key (401): see OPENAI_API_KEY"),
    403: ("key", "the service does not allow it with this key (403)"),
    404: ("request", "the service has no such model or address (404): see OPENAI_MODEL, OPENAI_BASE_URL"),
    408: ("slow", "the service gave up waiting (408)"),
    429: ("limited", "the service limits how much is asked of it (429)"),
}


@dataclass(frozen=True, slots=True)
class Failure:
    """What it means. ``retry_after``: seconds that the service asked us to wait, if it did."""

    kind: Kind
    reason: str
    retry_after: float | None = None


def failure_of(error: Exception) -> Failure:
    """The meaning of an error."""
    if isinstance(error, APIStatusError):
        return _of_status(error)
    if isinstance(error, APITimeoutError):
        return Failure("slow", "the service did not answer in time")
    if isinstance(error, APIConnectionError):
        return Failure("down", f"the service was not reached ({type(error.__cause__ or error).__name__})")
    return Failure("junk", "the answer could not be read")


def may_pass(error: Exception) -> bool:
    """Whether the same request may do better in a moment."""
    if isinstance(error, APIStatusError):
        return (error.status_code in (408, 429) and error.code != "insufficient_quota") or error.status_code >= 500
    return isinstance(error, APIConnectionError) and not isinstance(error, APITimeoutError)


def _of_status(error: APIStatusError) -> Failure:
    status = error.status_code
    if status >= 500:
        return Failure("down", f"the service is down ({status})", _retry_after(error))
    if error.code == "insufficient_quota":
        return Failure("limited", "the account's quota is used up (429)", _retry_after(error))
    if status in _BY_STATUS:
        kind, reason = _BY_STATUS[status]
        return Failure(kind, reason, _retry_after(error))
    said = error.body.get("message") if isinstance(error.body, dict) else None
    about = f": {str(said)[:_MOST_SHOWN]}" if said and "key" not in str(said).lower() else ""
    return Failure("request", f"the service does not take our request ({status}){about}")


def _retry_after(error: APIStatusError) -> float | None:
    try:
        seconds = float(error.response.headers.get("retry-after", ""))
    except ValueError:
        return None
    return min(seconds, _MOST_SECONDS) if math.isfinite(seconds) and seconds >= 0 else None
