"""A call as the simulator keeps it, and as the API shows it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from giftpulse.simulator.dates import rfc2822
from giftpulse.simulator.messages import API_VERSION

_SUBRESOURCES = {
    "notifications": "Notifications",
    "recordings": "Recordings",
    "payments": "Payments",
    "events": "Events",
    "siprec": "Siprec",
    "streams": "Streams",
    "transcriptions": "Transcriptions",
    "user_defined_message_subscriptions": "UserDefinedMessageSubscriptions",
    "user_defined_messages": "UserDefinedMessages",
}


@dataclass(slots=True)
class Call:
    """One call. ``started`` is None until it is dialled, ``ended`` and ``duration`` (seconds) until it is over."""

    sid: str
    account_sid: str
    to: str
    from_: str
    direction: str
    status: str
    created: datetime
    updated: datetime
    phone_number_sid: str
    started: datetime | None = None
    ended: datetime | None = None
    duration: int | None = None
    price: str | None = None
    callback: str | None = None
    plan: int = 0

    @property
    def uri(self) -> str:
        """Its path, without the ``.json``."""
        return f"/{API_VERSION}/Accounts/{self.account_sid}/Calls/{self.sid}"

    def wire(self) -> dict[str, Any]:
        """The record as in the API's answers (twilio-oai ``api.v2010.account.call``). It has no error code.

        The live API gives no dates while a call is queued (recorded by kevinburke/twilio-go).
        """
        queued = self.status == "queued"
        return {
            "date_updated": None if queued else rfc2822(self.updated),
            "price_unit": "USD",
            "parent_call_sid": None,
            "caller_name": None,
            "duration": None if self.duration is None else str(self.duration),
            "from": self.from_,
            "to": self.to,
            "answered_by": None,
            "uri": self.uri + ".json",
            "account_sid": self.account_sid,
            "status": self.status,
            "date_created": None if queued else rfc2822(self.created),
            "from_formatted": formatted(self.from_),
            "to_formatted": formatted(self.to),
            "sid": self.sid,
            "start_time": rfc2822(self.started),
            "end_time": rfc2822(self.ended),
            "api_version": API_VERSION,
            "price": self.price,
            "direction": self.direction,
            "group_sid": None,
            "forwarded_from": None,
            "phone_number_sid": self.phone_number_sid,
            "queue_time": "0",
            "trunk_sid": None,
            "subresource_uris": {name: f"{self.uri}/{path}.json" for name, path in _SUBRESOURCES.items()},
        }


def formatted(number: str) -> str:
    """``(415) 867-5308`` for a North American number, any other as it is."""
    if number.startswith("+1") and len(number) == 12:
        return f"({number[2:5]}) {number[5:8]}-{number[8:]}"
    return number
