"""How a webhook is retried, and what its URL's fragment may change about it."""

from dataclasses import dataclass
from urllib.parse import parse_qs, urldefrag


@dataclass(frozen=True, slots=True)
class ConnectionRules:
    """Milliseconds to connect, to read and in all, how often to retry, and on what.

    Defaults and limits: https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides . One retry, and
    only when no connection came about (``ct``); ``rp`` may name ``4xx``, ``5xx``, ``ct``, ``rt`` and ``all``.
    """

    connect: int = 5000
    read: int = 15000
    total: int = 15000
    retries: int = 1
    on: frozenset[str] = frozenset({"ct"})
    # Seconds before a retry; Event Streams back off, other webhooks do not.
    pause: float = 0.0

    def covers(self, failure: str) -> bool:
        """True when this sort of failure is retried."""
        return failure in self.on or "all" in self.on


# Event Streams retry for up to four hours; here it is enough to outlast a restart.
EVENT_STREAM = ConnectionRules(read=5000, total=5000, retries=6, on=frozenset({"all"}), pause=0.5)


def split(url: str) -> tuple[str, ConnectionRules]:
    """The URL that is called and signed, and the rules that were in its fragment (``#rc=3&rp=all``)."""
    address, fragment = urldefrag(url)
    given = {name: values[-1] for name, values in parse_qs(fragment).items()}
    retry_on = given.get("rp", "ct").split(",")
    return address, ConnectionRules(
        connect=_limited(given.get("ct"), 100, 10000, 5000),
        read=_limited(given.get("rt"), 100, 15000, 15000),
        total=_limited(given.get("tt"), 100, 15000, 15000),
        retries=_limited(given.get("rc"), 0, 5, 1),
        on=frozenset(retry_on),
    )


def _limited(text: str | None, least: int, most: int, default: int) -> int:
    if text is None or not text.isdigit():
        return default
    return min(max(int(text), least), most)
