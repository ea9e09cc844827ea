"""Time zones, always from the pinned ``tzdata`` package and never from the machine's own, perhaps stale, copy."""

import zoneinfo

# Import this module before any zone is used: it decides where zones come from for the whole process.
zoneinfo.reset_tzpath(to=[])


def zone(name: str) -> zoneinfo.ZoneInfo:
    """The zone of an IANA name such as ``America/Denver``. Raises ``zoneinfo.ZoneInfoNotFoundError``."""
    return zoneinfo.ZoneInfo(name)
