"""A program's name in addresses."""

import re
import unicodedata
from collections.abc import Collection

_LONGEST = 50


def slug(name: str, taken: Collection[str]) -> str:
    """``daily-positivity`` for "Daily Positivity!", with a number behind it where that is taken."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    wanted = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST].strip("-") or "program"
    candidate, number = wanted, 1
    while candidate in taken:
        number += 1
        candidate = f"{wanted}-{number}"
    return candidate
