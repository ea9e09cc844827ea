"""One thing of Twilio's in our own words: what a page or a webhook said, ready to be stored, compared and matched."""

from datetime import datetime
from typing import Literal

import msgspec

from giftpulse.ground import phone

Kind = Literal["message", "call", "alert"]
Source = Literal["poll", "callback", "inbound", "debugger", "events", "backfill", "chase", "sent"]
"""How we came to know: by listing, by a status callback, an inbound webhook, the Debugger webhook, Event Streams,
by fetching history, by asking for one unsettled record, or from the answer to our own sending."""

MICROS = 1_000_000


class Entry(msgspec.Struct, kw_only=True, gc=False):
    """A message, a call or an alert. A field that is None was not said.

    ``content_hash`` is that of the record in a list, and None for a webhook, which tells only a part.
    ``changed_at`` is when this state came to be, as far as Twilio says. ``said`` is a webhook's own words.
    Holds no references that could lead in a circle, so the garbage collector need not look (``gc=False``).
    """

    account_sid: str
    sid: str
    kind: Kind
    direction: str | None = None
    status: str | None = None
    error_code: int | None = None
    log_level: str | None = None
    text: str | None = None
    body: str | None = None
    from_: str | None = None
    to: str | None = None
    resource_sid: str | None = None
    messaging_service_sid: str | None = None
    request_url: str | None = None
    duration: int | None = None
    price_micros: int | None = None
    price_unit: str | None = None
    segments: int | None = None
    event_at: datetime | None = None
    twilio_created_at: datetime | None = None
    twilio_updated_at: datetime | None = None
    content_hash: bytes | None = None
    raw: str | None = None
    changed_at: datetime | None = None
    said: str | None = None

    @property
    def price(self) -> float | None:
        """The price in units of ``price_unit``; negative, for it is what Twilio takes."""
        return None if self.price_micros is None else self.price_micros / MICROS

    @property
    def to_country(self) -> str | None:
        """ISO code of the country of ``to``."""
        return phone.country(self.to)


STORED = Entry.__struct_fields__[:-2]
"""The fields that are columns of ``log_entries``: all but ``changed_at`` and ``said``, which belong to the change."""
