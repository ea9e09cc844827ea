"""The statuses of messages and calls, and which of two is the further one.

Twilio's callbacks are unordered, may be doubled and may be lost, and a page of a list may be older than a
callback that we already have. So a status only ever moves forward, and *forward* is decided here by rank.

Sources: the message enum and its legal order, twilio-oai ``twilio_api_v2010.json`` (``message_enum_status``)
and https://www.twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks ; calls,
``call_enum_status`` and https://www.twilio.com/docs/voice/api/call-resource#call-status-values .
"""

from collections.abc import Mapping
from types import MappingProxyType

# Steps of ten, so that a status that Twilio invents tomorrow has a place between "sent" and the end.
UNKNOWN_RANK = 45
_TERMINAL = 50

_MESSAGE: Mapping[str, int] = MappingProxyType(
    {
        "scheduled": 0,
        "accepted": 10,
        "queued": 20,
        "sending": 30,
        "receiving": 30,
        "sent": 40,
        # Some recipients of a group have it: more than sent, and delivered may still come.
        "partially_delivered": 44,
        "delivered": _TERMINAL,
        "undelivered": _TERMINAL,
        "failed": _TERMINAL,
        "canceled": _TERMINAL,
        "received": _TERMINAL,
        # WhatsApp and RCS say so after "delivered".
        "read": 60,
    }
)

_CALL: Mapping[str, int] = MappingProxyType(
    {
        "queued": 20,
        # Only in the events of a status callback: dialled, not yet ringing.
        "initiated": 25,
        "ringing": 30,
        "in-progress": 40,
        "completed": _TERMINAL,
        "busy": _TERMINAL,
        "failed": _TERMINAL,
        "no-answer": _TERMINAL,
        "canceled": _TERMINAL,
    }
)

_RANKS: Mapping[str, Mapping[str, int]] = MappingProxyType({"message": _MESSAGE, "call": _CALL})
_NONE: Mapping[str, int] = MappingProxyType({})

MESSAGE_STATUSES = frozenset(_MESSAGE)
CALL_STATUSES = frozenset(_CALL)


def normal(kind: str, status: str) -> str:
    """The status as the REST API spells it: lower case, ``partially_delivered`` but ``in-progress``.

    Event Streams say ``DELIVERED`` and ``IN_PROGRESS`` (schema Messaging.MessageStatus/8,
    https://www.twilio.com/docs/events/event-types/messaging). A status that we do not know is kept, in lower case.
    """
    if status in _RANKS.get(kind, _NONE):
        return status
    status = status.strip().lower()
    return status.replace("_", "-") if kind == "call" else status.replace("-", "_")


def rank(kind: str, status: str) -> int:
    """How far along a ``message`` or ``call`` is; only the order of the numbers means anything.

    scheduled < accepted < queued < sending < sent < *unknown* < the ends < read. The ends (delivered, undelivered,
    failed, canceled, received; for calls completed, busy, failed, no-answer, canceled) share one rank, so none
    of them replaces another. ``sent`` may be the last that is ever heard: not every carrier gives receipts.
    """
    ranks = _RANKS.get(kind, _NONE)
    known = ranks.get(status)
    return known if known is not None else ranks.get(normal(kind, status), UNKNOWN_RANK)


def is_settled(kind: str, status: str) -> bool:
    """True when no other end can follow, so the record need not be asked for again on account of its status.

    A settled record may still change in price, and ``delivered`` may become ``read``. ``sent`` is not settled.
    Kinds without a life of their own (alerts) are settled from the start.
    """
    return kind not in _RANKS or rank(kind, status) >= _TERMINAL
