"""Addresses of Redis. Over TLS whoever answers is checked, unless the address says that anybody may.

What is not said means different things to those who read it: redis-py checks, Celery encrypts and trusts everybody.
"""

import re
from urllib.parse import parse_qs, urlsplit

_ADDRESS = re.compile(r"(rediss?://[^\s/]|unix:///)\S*\Z")
_CHECK = "ssl_cert_reqs"
_CHECKS = ("required", "optional", "none")  # what both of them understand; a server's is checked by the first two


def understood(address: str) -> str:
    """The address, saying how the certificate is checked if it is one over TLS. Raises ValueError if it is none."""
    if not _ADDRESS.match(address):
        raise ValueError("expected redis://host:6379/0, rediss://... or unix:///path")
    if "#" in address:  # what stands behind it would be read by nobody, the way the certificate is checked too
        raise ValueError("expected no # in it; one of a password is written %23")
    if not address.startswith("rediss://"):
        return address
    asked = _asked(address)
    if asked is not None and asked not in _CHECKS:
        raise ValueError(f"{_CHECK}={asked}: expected required (which it is if nothing is said), optional or none")
    if asked is not None:
        return address
    address = address.removesuffix("?")
    return f"{address}{'&' if '?' in address else '?'}{_CHECK}=required"


def trusts_anybody(address: str) -> bool:
    """Whether it is encrypted for whoever answers, and so for whoever stands in between."""
    return address.startswith("rediss://") and _asked(address) == "none"


def _asked(address: str) -> str | None:
    given = parse_qs(urlsplit(address).query, keep_blank_values=True).get(_CHECK)
    return given[-1] if given else None
