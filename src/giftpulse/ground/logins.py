"""Name and password put into an address that has none: where they are kept apart, nobody has to write them into it."""

import re
from urllib.parse import quote

_ADDRESS = re.compile(r"\A(postgres(?:ql)?(?:\+\w+)?://|rediss?://)([^@/?#\s]*@)?(.*)\Z", re.DOTALL)


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
