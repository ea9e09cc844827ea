"""Builders for tests: an installation, and Twilio's records as Twilio writes them."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import count
from pathlib import Path
from typing import Any

from giftpulse import schema
from giftpulse.ground import settings
from giftpulse.ground.site import Site, open_site
from giftpulse.logs import intake
from giftpulse.logs.entry import Source
from giftpulse.logs.intake import Taken
from giftpulse.twilio.records import Kind

ACCOUNT = "AC" + "a" * 32
TOKEN = "12345678901234567890123456789012"
ADMIN = "test-admin-token-0123456789"
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

_numbers = count(1)


def site(database_url: str, *, migrated: bool = False, **changes: Any) -> Site:
    """An installation with a Twilio account that nothing answers for, unless ``changes`` say otherwise.
    ``migrated``: the database is at the newest schema already."""
    values: dict[str, Any] = {
        "_env_file": None,
        "database_url": database_url,
        "secret_key": "a key for tests, long enough to be taken",
        "twilio_account_sid": ACCOUNT,
        "twilio_auth_token": TOKEN,
        "twilio_api_url": "http://127.0.0.1:9",
        "twilio_monitor_url": "http://127.0.0.1:9",
        "giftpulse_admin_token": ADMIN,
        "webhook_allowed_networks": ["127.0.0.0/8"],
    }
    made = open_site(settings.load(**{**values, **changes}))
    if not migrated:
        schema.upgrade(made.database.engine)
    return made


def sqlite_url(folder: Path) -> str:
    """A database file of its own, not there yet."""
    return f"sqlite:///{folder / f'test{next(_numbers)}.db'}"


def sid(prefix: str = "SM", number: int | None = None) -> str:
    """A new SID."""
    return f"{prefix}{next(_numbers) if number is None else number:032x}"


def message(**changes: Any) -> dict[str, Any]:
    """A Message as the list shows it. Dates may be given as datetimes."""
    at = changes.pop("at", NOON)
    record = {
        "account_sid": ACCOUNT, "api_version": "2010-04-01", "body": "Hello", "date_created": at, "date_sent": at,
        "date_updated": at, "direction": "outbound-api", "error_code": None, "error_message": None,
        "from": "+15005550006", "messaging_service_sid": None, "num_media": "0", "num_segments": "1",
        "price": "-0.00750", "price_unit": "USD", "sid": sid(), "status": "delivered", "to": "+15005550009",
        "subresource_uris": {}, "uri": "/2010-04-01/Accounts/AC/Messages/SM.json",
    }  # fmt: skip
    return _dated({**record, **changes}, rfc2822)


def call(**changes: Any) -> dict[str, Any]:
    """A Call as the list shows it."""
    at = changes.pop("at", NOON)
    record = {
        "account_sid": ACCOUNT, "answered_by": None, "date_created": at, "date_updated": at,
        "direction": "outbound-api", "duration": "12", "end_time": at + timedelta(seconds=12), "from": "+15005550006",
        "parent_call_sid": None, "price": "-0.014", "price_unit": "USD", "sid": sid("CA"), "start_time": at,
        "status": "completed", "to": "+15005550009",
    }  # fmt: skip
    return _dated({**record, **changes}, rfc2822)


def alert(**changes: Any) -> dict[str, Any]:
    """A Monitor alert as the list shows it."""
    at = changes.pop("at", NOON)
    record = {
        "account_sid": ACCOUNT, "alert_text": "Msg=Got+HTTP+502+response&ErrorCode=11200&LogLevel=ERROR",
        "api_version": "2010-04-01", "date_created": at, "date_generated": at, "date_updated": at,
        "error_code": "11200", "log_level": "error", "more_info": "https://www.twilio.com/docs/errors/11200",
        "request_method": "POST", "request_url": "https://example.com/sms", "resource_sid": sid("SM"),
        "service_sid": None, "sid": sid("NO"),
    }  # fmt: skip
    return _dated({**record, **changes}, lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%SZ"))


def rfc2822(moment: datetime) -> str:
    """A date as the 2010 API writes it."""
    return format_datetime(moment.astimezone(UTC))


def _dated(record: dict[str, Any], write: Any) -> dict[str, Any]:
    return {key: write(value) if isinstance(value, datetime) else value for key, value in record.items()}


def row(record: dict[str, Any]) -> bytes:
    """A record as bytes on the wire."""
    return json.dumps(record).encode()


def take(
    site: Site, *records: dict[str, Any], kind: Kind = "message", source: Source = "poll", now: datetime = NOON
) -> Taken:
    """Put records of a list into the record, in one transaction."""
    with site.database.begin() as session:
        return intake.take_rows(session, kind, [row(record) for record in records], ACCOUNT, source, now)
