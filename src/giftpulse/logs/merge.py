"""What is known and what was said now: which of it is news. Pure; the rules of a record that never goes back.

- A status moves forward by rank only (twilio/statuses.py), whatever the order in which pages and callbacks come.
- A stale page (lower rank, or older ``date_updated``) fills gaps and moves nothing back.
- Two different ends (delivered, undelivered) have one rank: a list updated later corrects, a callback does not.
- None means "not said", never "erase".
"""

from datetime import datetime
from typing import Any

import msgspec

from giftpulse.logs.entry import Entry, Source
from giftpulse.twilio import statuses

_SETTLED_BY_MERGE = {
    "account_sid",
    "sid",
    "kind",
    "status",
    "error_code",
    "content_hash",
    "changed_at",
    "said",
    "event_at",
}
# Whatever a rule can look at must be told when it changes, or the rule would never see it.
_TRACKED = (
    "price_micros", "segments", "from_", "to", "duration", "messaging_service_sid", "direction", "log_level",
    "resource_sid", "request_url", "text", "body",
)  # fmt: skip

UNTOLD = frozenset({"text", "body"})
"""Fields of which a change says only that they changed, and whether there was something before (true or null): what
people wrote stands in the entry alone, where retention finds it."""

_PLAIN = tuple(name for name in Entry.__struct_fields__ if name not in _SETTLED_BY_MERGE)


class Change(msgspec.Struct, kw_only=True, gc=False):
    """A transition worth telling the readers. For the first sight everything ``before`` is None. ``source``: who said
    it, which the writer knows."""

    event_at: datetime
    status_before: str | None
    status_after: str | None
    error_before: int | None
    error_after: int | None
    other: dict[str, tuple[Any, Any]] = {}
    said: str | None = None
    source: Source | None = None


def first_sight(entry: Entry, now: datetime) -> Change:
    """The change that a new entry is."""
    return Change(
        event_at=min(entry.changed_at or entry.event_at or now, now),
        status_before=None,
        status_after=entry.status,
        error_before=None,
        error_after=entry.error_code,
        said=entry.said,
    )


def merge(known: Entry, said: Entry, now: datetime) -> tuple[Entry, Change | None] | None:
    """The entry as it is now and the change, if anything that readers follow changed. None: nothing to write."""
    if said.content_hash is not None and said.content_hash == known.content_hash:
        return None
    stale = _is_stale(known, said)
    merged = msgspec.structs.replace(known)
    whole = said.content_hash is not None
    for name in _PLAIN:
        new = getattr(said, name)
        # The words of a webhook are not the whole record: they do not take its place.
        overrides = not stale and (whole or name != "raw")
        if new is not None and (overrides or getattr(known, name) is None):
            setattr(merged, name, new)
    if not stale:
        if _moves(known, said):
            merged.status = said.status
        corrected = whole and merged.status != known.status
        if merged.status == said.status and (said.error_code is not None or corrected):
            merged.error_code = said.error_code
        # The time of a message settles when it is sent; until then only the creation is known.
        merged.event_at = said.event_at if whole and said.event_at else known.event_at
        merged.content_hash = said.content_hash or known.content_hash
    if merged == known:
        return None
    merged.changed_at = None
    return merged, _change(known, merged, said, now)


def _is_stale(known: Entry, said: Entry) -> bool:
    if said.status is not None and known.status is not None and _rank(said) < _rank(known):
        return True
    updated_then, updated_now = known.twilio_updated_at, said.twilio_updated_at
    return updated_then is not None and updated_now is not None and updated_now < updated_then


def _rank(entry: Entry) -> int:
    return statuses.rank(entry.kind, entry.status or "")


def _moves(known: Entry, said: Entry) -> bool:
    if said.status is None or said.status == known.status:
        return False
    if known.status is None:
        return True
    before, after = _rank(known), _rank(said)
    if before != after:
        return after > before
    then, now = known.twilio_updated_at, said.twilio_updated_at
    return said.content_hash is not None and now is not None and (then is None or now > then)


def _change(known: Entry, merged: Entry, said: Entry, now: datetime) -> Change | None:
    other = {
        name: (getattr(known, name) is not None or None, None)
        if name in UNTOLD
        else (getattr(known, name), getattr(merged, name))
        for name in _TRACKED
        if getattr(known, name) != getattr(merged, name)
    }
    if merged.status == known.status and merged.error_code == known.error_code and not other:
        return None
    return Change(
        event_at=min(said.changed_at or now, now),
        status_before=known.status,
        status_after=merged.status,
        error_before=known.error_code,
        error_after=merged.error_code,
        other=other,
        said=said.said,
    )
