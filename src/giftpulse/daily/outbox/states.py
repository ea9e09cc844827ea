"""The states of a delivery, and how Twilio's statuses move it. Pure; it only goes forward.

Source of the statuses: https://www.twilio.com/docs/messaging/api/message-resource#message-status-values
"""

from types import MappingProxyType

from giftpulse.daily.outbox.models import (
    ACCEPTED,
    DELIVERED,
    FAILED,
    PLANNED,
    POSTING,
    SENT,
    SKIPPED,
    UNDELIVERED,
    UNKNOWN,
)  # fmt: skip

_OF_STATUS = MappingProxyType(
    {
        "scheduled": ACCEPTED, "accepted": ACCEPTED, "queued": ACCEPTED, "sending": ACCEPTED, "sent": SENT,
        "delivered": DELIVERED, "read": DELIVERED, "partially_delivered": DELIVERED, "undelivered": UNDELIVERED,
        "failed": FAILED, "canceled": FAILED,
    }
)  # fmt: skip
_RANK = MappingProxyType(
    {PLANNED: 0, POSTING: 1, UNKNOWN: 1, SKIPPED: 1, ACCEPTED: 2, SENT: 3, DELIVERED: 4, UNDELIVERED: 4, FAILED: 4}
)

ENDS = frozenset({DELIVERED, UNDELIVERED, FAILED, SKIPPED})
"""Nothing more is expected of these."""

MAY_HAVE_GONE = (POSTING, UNKNOWN, ACCEPTED, SENT, DELIVERED, UNDELIVERED)
"""States of a text that its person has, or may have."""


def moved(state: str, status: str | None) -> str | None:
    """The state that a status of Twilio's leads to, or None when it leads nowhere further.

    A status that we do not know means that Twilio has the message. Of two ends the record (``logs/merge.py``) knows
    which
    is true, so one may take the other's place.
    """
    if status is None:
        return None
    new = _OF_STATUS.get(status, ACCEPTED)
    return new if new != state and _RANK[new] >= _RANK[state] else None
