"""What became of one attempt to deliver a notice, in the words that the outbox records (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

MAX_DETAIL = 500

# 4xx answers that speak of the moment and not of the request.
_TEMPORARY_4XX = frozenset({408, 425, 429})
# The receiver is there but overloaded (Standard Webhooks 1.0): give it more room than after a plain failure.
_OVERLOADED = frozenset({429, 502, 504})


@dataclass(frozen=True)
class Refusal:
    """One e-mail recipient that the server refused: its SMTP code, its words, and whether it is for good."""

    code: int
    detail: str
    permanent: bool


@dataclass(frozen=True)
class Outcome:
    """The result of one attempt.

    ``delivered``: nothing is left to do (some recipients may be refused for good, see ``refused``).
    ``permanent``: not delivered, and trying again cannot help.
    ``status``: the HTTP or SMTP code, if the other side answered at all.
    ``detail``: a short text for the operator, without secrets, at most 500 characters.
    ``retry_after``: how long the receiver asked us to wait.
    ``slow_down``: the receiver is overloaded or silent; the next attempt waits at least the policy's floor.
    ``disable``: the receiver says it is gone for good (HTTP 410): the action should be switched off.
    ``refused``: by recipient, for e-mail.
    ``retry_only``: if not empty, the next attempt is for these recipients only (``Channel.narrow``).
    ``warnings``: what went wrong on the way without stopping it, such as a template that failed.
    """

    delivered: bool
    permanent: bool = False
    status: int | None = None
    detail: str = ""
    retry_after: timedelta | None = None
    slow_down: bool = False
    disable: bool = False
    refused: Mapping[str, Refusal] = field(default_factory=dict)
    retry_only: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "detail", short(self.detail))

    @property
    def retryable(self) -> bool:
        """Whether another attempt makes sense."""
        return not self.delivered and not self.permanent

    def warned(self, *warnings: str) -> "Outcome":
        """The same outcome with warnings added."""
        return replace(self, warnings=self.warnings + tuple(short(w) for w in warnings))


def short(text: str, limit: int = MAX_DETAIL) -> str:
    """One printable line of at most ``limit`` characters, whatever the other side sent."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text[: limit * 4]).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def from_status(status: int, detail: str = "", retry_after: timedelta | None = None) -> Outcome:
    """The outcome of an HTTP answer.

    2xx is success and nothing else is. A redirect is not followed, so it is as permanent as a 4xx. 408, 425,
    429 and 5xx are worth another attempt.
    """
    if 200 <= status < 300:
        return Outcome(delivered=True, status=status, detail=detail)
    temporary = status in _TEMPORARY_4XX or status >= 500
    return Outcome(
        delivered=False,
        permanent=not temporary,
        status=status,
        detail=detail,
        retry_after=retry_after if temporary else None,
        slow_down=status in _OVERLOADED,
        disable=status == 410,
    )


def parse_retry_after(value: str | None, now: datetime) -> timedelta | None:
    """What a ``Retry-After`` header asks for: seconds or an HTTP date. None if absent or not understood."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:10]), 10**9))
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return max(at - now, timedelta())
