"""Somebody who writes to us may be in danger: a person must look, at once.

The halves of the house meet in the record alone, so the alarm is an alert in it, as Twilio's own are: a rule of the
monitor finds it there and tells whom it is to tell. No words of the person are in it, nor in our own log.
"""

import hashlib
import logging
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy.orm import Session

from giftpulse.daily.inbound.hear import Heard
from giftpulse.ground.site import Site
from giftpulse.logs import store
from giftpulse.logs.entry import Entry

log = logging.getLogger(__name__)

DANGER = "someone who writes to us may be in danger: read the inbox"
"""What the alert says."""

DANGER_RULE: Mapping[str, Any] = MappingProxyType(
    {
        "name": "Someone may be in danger",
        "description": "Read the inbox (GET /api/inbox?danger=true) and act: the text that was answered with the"
        " helpline is there.",
        "severity": "critical",
        "condition": {
            "all": [
                {"field": "kind", "op": "eq", "value": "alert"},
                {"field": "text", "op": "regex", "value": "may be in danger: read the inbox"},
            ]
        },
        "trigger": {"type": "each", "group_by": ["resource_sid"]},
        "cooldown": "0s",
    }
)
"""The rule of the monitor that finds it, for each text by itself; ``docs/answers.md`` shows it."""


def raise_alarm(session: Session, site: Site, text: Heard, now: datetime) -> None:
    """Put the alert into the record. Harmless when repeated: its SID is made from the message's."""
    log.warning(DANGER, extra={"message_sid": text.message_sid})
    entry = Entry(
        account_sid=text.account_sid or site.settings.twilio_account_sid or "",
        sid=alarm_sid(text.message_sid),
        kind="alert",
        log_level="error",
        text=DANGER,
        resource_sid=text.message_sid,
        event_at=now,
        twilio_created_at=now,
        changed_at=now,
    )
    store.write(session, [entry], "sent", now)


def alarm_sid(message_sid: str) -> str:
    """The SID of the alert of a message: NO and 32 hexadecimal digits, as Twilio's are."""
    return "NO" + hashlib.blake2b(message_sid.encode(), digest_size=16, person=b"danger").hexdigest()
