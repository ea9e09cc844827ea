"""Twilio's two ways of writing an instant: RFC 2822 (2010 API) and ISO 8601 (all others)."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache

_MONTHS = {
    name: number
    for number, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), start=1)  # noqa: SIM905
}


@lru_cache(maxsize=16384)  # a page has few distinct seconds, and the general parsers cost more than its JSON
def parse_instant(text: str | None) -> datetime | None:
    """The instant, aware, in UTC; None for null and for what is no date (the raw record keeps the text)."""
    if not text:
        return None
    try:
        if len(text) == 31 and text.endswith("+0000"):  # Thu, 24 Aug 2023 05:01:45 +0000
            hour, minute, second = int(text[17:19]), int(text[20:22]), int(text[23:25])
            day, month, year = int(text[5:7]), _MONTHS[text[8:11]], int(text[12:16])
            return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        is_iso = text[:1].isdigit() and "-" in text[:8]
        found = datetime.fromisoformat(text) if is_iso else parsedate_to_datetime(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, KeyError, IndexError, OverflowError):
        return None
