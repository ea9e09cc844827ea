"""Pages of a list as they must not be."""

from datetime import datetime, timedelta
from typing import Any

from giftpulse.simulator.dates import iso, rfc2822, understood
from giftpulse.simulator.faults import FaultKind
from giftpulse.simulator.sids import made_up

_LONG_AGO = timedelta(days=3650)


def wrong_page(kind: FaultKind, page: dict[str, Any]) -> dict[str, Any]:
    """The page with the fault in it. Anything that is not a page is left alone."""
    meta = page.get("meta")
    key = meta["key"] if meta else next((name for name, value in page.items() if isinstance(value, list)), None)
    if key is None:
        return page
    if kind == "page_duplicates":
        page[key] = [row for row in page[key] for _ in range(2)]
    elif kind == "page_outside":
        page[key] = [_aged(row) for row in page[key]]
    elif meta:
        meta["next_page_url"] = meta["url" if kind == "page_same" else "first_page_url"]
    else:
        page["next_page_uri"] = page["uri" if kind == "page_same" else "first_page_uri"]
    return page


def _aged(row: dict[str, Any]) -> dict[str, Any]:
    """Another record, of ten years before."""
    sid = made_up(row["sid"][:2], row["sid"], "aged")
    aged = {
        name: _before(value) if name.startswith("date_") or name.endswith("_time") else value
        for name, value in row.items()
    }
    return {name: value.replace(row["sid"], sid) if isinstance(value, str) else value for name, value in aged.items()}


def _before(text: Any) -> str | None:
    span = understood(text) if isinstance(text, str) else None
    if span is None:
        return None
    at: datetime = span.begin - _LONG_AGO
    return iso(at) if text.endswith("Z") else rfc2822(at)
