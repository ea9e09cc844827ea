"""Mail addresses that we accept as recipients (pure)."""

import re

from yarl import URL

_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.IGNORECASE)
_DOMAIN = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*", re.IGNORECASE)


def normal_address(text: str) -> str:
    """The address with its domain in lower case and in ASCII (IDNA).

    Raises ValueError with a reason. A bare address only: no display name, no quoted local part, no address
    literal. A non-ASCII local part needs SMTPUTF8 on every server of its way, so it is refused now rather
    than bounced at the worst moment.
    """
    local, at, domain = text.rpartition("@")
    if not at or not local or not domain:
        raise ValueError("is not a mail address such as ops@example.com")
    if not local.isascii():
        raise ValueError("has characters before the @ that not every mail server can take")
    if len(local) > 64 or not _LOCAL.fullmatch(local):
        raise ValueError("is not a bare mail address such as ops@example.com")
    if not domain.isascii():
        try:
            domain = URL.build(scheme="http", host=domain).raw_host or ""
        except ValueError as error:
            raise ValueError(f"has no valid domain: {error}") from None
    if len(domain) > 253 or not _DOMAIN.fullmatch(domain):
        raise ValueError("has no valid domain")
    return f"{local}@{domain.lower()}"
