"""A text that somebody sent us, from the webhook or from the record."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from giftpulse.ground import phone as phones
from giftpulse.ground.errors import InvalidInputError
from giftpulse.logs.entry import Entry

Form = Mapping[str, str | Sequence[str]]

_RCS = "rcs:"
"""How Twilio marks a number that texts by RCS, which a messaging service may choose for texts to a plain number."""

_E164 = re.compile(r"\+[1-9]\d{6,14}\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Heard:
    """One inbound text. ``phone`` and ``to`` as Twilio writes them. What only the webhook tells is None in a poll:
    ``opt_out_type`` (STOP, START or HELP: Twilio has acted and answered), ``from_state``, ``from_zip``."""

    account_sid: str
    message_sid: str
    phone: str
    to: str
    messaging_service_sid: str | None
    body: str
    received_at: datetime
    opt_out_type: str | None = None
    from_state: str | None = None
    from_zip: str | None = None

    @property
    def number(self) -> str | None:
        """The person's number; None for short codes, names and other channels, which are nobody's subscription. RCS is
        no other channel: the same texts come by it, and the same STOP is said by it."""
        plain = self.phone.removeprefix(_RCS)
        if not _E164.match(plain):
            return None
        try:
            return phones.normalise(plain)
        except InvalidInputError:
            return None

    @property
    def answered_from(self) -> str:
        """What an answer that goes by itself comes from: what was written to, but the service of an RCS sender, for
        that one texts no plain numbers."""
        return self.messaging_service_sid or self.to if self.to.startswith(_RCS) else self.to


def from_form(form: Form, now: datetime) -> Heard | None:
    """The text of a webhook; None where it names no message or nobody who sent it.

    https://www.twilio.com/docs/messaging/guides/webhook-request
    """
    sid = _one(form, "MessageSid") or _one(form, "SmsMessageSid") or _one(form, "SmsSid")
    phone, to = _one(form, "From"), _one(form, "To")
    if not sid or not phone or not to:
        return None
    service = _one(form, "MessagingServiceSid")
    return Heard(_one(form, "AccountSid") or "", sid, phone, to, service, _one(form, "Body") or "", now, *_told(form))


def from_entry(entry: Entry, said: str | None) -> Heard | None:
    """The text of an entry of the record. ``said``: the words of the change (JSON), which a poll does not have.

    None for what is no inbound message, and while the record has no body of it (Event Streams tell none).
    """
    if entry.kind != "message" or entry.direction != "inbound" or entry.body is None or entry.event_at is None:
        return None
    if not entry.from_ or not entry.to:
        return None
    words: Any = msgspec.json.decode(said) if said else {}
    return Heard(
        entry.account_sid,
        entry.sid,
        entry.from_,
        entry.to,
        entry.messaging_service_sid,
        entry.body,
        entry.event_at,
        *_told(words if isinstance(words, dict) else {}),
    )


def _told(form: Mapping[str, Any]) -> tuple[str | None, str | None, str | None]:
    return _one(form, "OptOutType"), _one(form, "FromState"), _one(form, "FromZip")


def _one(form: Mapping[str, Any], name: str) -> str | None:
    value = form.get(name)
    if isinstance(value, list | tuple):
        value = value[0] if value else None
    return value.replace("\x00", "\ufffd") if isinstance(value, str) and value else None
