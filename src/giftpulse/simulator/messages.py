"""A message as the simulator keeps it, and as the API shows it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from giftpulse.simulator.dates import rfc2822

API_VERSION = "2010-04-01"


@dataclass(slots=True)
class Message:
    """One message. Fields that Twilio fills in later (sender, segments, price, date_sent) begin empty."""

    sid: str
    account_sid: str
    to: str
    from_: str | None
    body: str
    direction: str
    status: str
    created: datetime
    updated: datetime
    sent: datetime | None = None
    service_sid: str | None = None
    segments: int = 1
    media: int = 0
    price: str | None = None
    price_unit: str | None = "USD"
    error_code: int | None = None
    error_message: str | None = None
    # What the API does not show: who is told, and until when it may wait in the queue.
    callback: str | None = None
    expires: datetime | None = None
    # A forced status stops the life that was planned: a step of another plan than this is not taken.
    plan: int = 0

    @property
    def uri(self) -> str:
        """Its path, without the ``.json``."""
        return f"/{API_VERSION}/Accounts/{self.account_sid}/Messages/{self.sid}"

    def wire(self) -> dict[str, Any]:
        """The record as in the API's answers (twilio-oai ``api.v2010.account.message``)."""
        return {
            "body": self.body,
            "num_segments": str(self.segments),
            "direction": self.direction,
            "from": self.from_,
            "date_updated": rfc2822(self.updated),
            "price": self.price,
            "error_message": self.error_message,
            "uri": self.uri + ".json",
            "account_sid": self.account_sid,
            "num_media": str(self.media),
            "to": self.to,
            "date_created": rfc2822(self.created),
            "status": self.status,
            "sid": self.sid,
            "date_sent": rfc2822(self.sent),
            "messaging_service_sid": self.service_sid,
            "error_code": self.error_code,
            "price_unit": self.price_unit,
            "api_version": API_VERSION,
            "subresource_uris": {"media": self.uri + "/Media.json"},
        }
