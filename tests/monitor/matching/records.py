"""A log entry as the matcher sees one, for tests."""

from datetime import UTC, datetime

import msgspec

SOME_DAY = datetime(2026, 3, 1, 12, tzinfo=UTC)


class FakeEntry(msgspec.Struct, kw_only=True):
    """Every attribute that rules may read; everything but the kind is null unless said."""

    kind: str = "message"
    direction: str | None = None
    status: str | None = None
    error_code: int | None = None
    log_level: str | None = None
    text: str | None = None
    body: str | None = None
    from_: str | None = None
    to: str | None = None
    to_country: str | None = None
    messaging_service_sid: str | None = None
    account_sid: str | None = None
    resource_sid: str | None = None
    price: float | None = None
    duration: int | None = None
    request_url: str | None = None
    event_at: datetime = SOME_DAY
    sid: str = "SM1"
