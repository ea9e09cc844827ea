"""Name and password put into an address that has none: where they are kept apart, nobody has to write them into it.
And addresses as they are shown: without what opens them.
"""

import re
from urllib.parse import quote

from sqlalchemy import URL

_ADDRESS = re.compile(r"\A(postgres(?:ql)?(?:\+\w+)?://|rediss?://)([^@/?#\s]*@)?(.*)\Z", re.DOTALL)
_OPENS = re.compile(r"pass|secret|token", re.IGNORECASE)  # password, passfile, sslpassword, oauth_client_secret
_HIDDEN = "***"  # as SQLAlchemy has it


def with_login(address: str, user: str | None, password: str | None) -> str:
    """The address of a Postgres or Redis with this login, unless it has a password already; its own name stays.

    What is no such address comes back as it is, for whoever reads it to judge.
    """
    found = _ADDRESS.match(address)
    if found is None or not (user or password):
        return address
    scheme, login, rest = found.groups()
    own_name, colon, _ = (login or "").removesuffix("@").partition(":")
    if colon:
        return address
    name = own_name or quote(user or "", safe="")
    return f"{scheme}{name}{':' + quote(password, safe='') if password else ''}@{rest}"


def shown(url: URL) -> str:
    """An address of a database as it may be shown: no password, nor what stands for one among its parameters."""
    hidden = {name: _HIDDEN for name in url.query if _OPENS.search(name)}
    masked = url.update_query_dict(hidden).render_as_string(hide_password=True)
    return masked.replace(f"={quote(_HIDDEN)}", f"={_HIDDEN}")
