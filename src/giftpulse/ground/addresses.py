"""Which addresses we may speak to when a user names the receiver (pure; no socket is opened here).

Without this, a webhook aimed at 169.254.169.254 would hand the machine's cloud credentials to whoever may
write an action. The rule: only public unicast addresses, unless the operator wants a private network and
says so in ``WEBHOOK_ALLOWED_NETWORKS``. ``check_url`` judges a URL when it is saved, so that its author
learns at once; ``ground.egress`` judges every address again when it connects, which is what keeps us safe.
"""

import re
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from yarl import URL

from giftpulse.ground.errors import InvalidInputError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_REFUSED_V4: tuple[tuple[IPv4Network, str], ...] = tuple(
    (IPv4Network(network), name)
    for network, name in (
        ("0.0.0.0/8", "an unspecified address"),
        ("10.0.0.0/8", "a private address"),
        ("100.64.0.0/10", "a carrier's shared address"),
        ("127.0.0.0/8", "a loopback address"),
        ("169.254.0.0/16", "a link-local address"),
        ("172.16.0.0/12", "a private address"),
        ("192.0.0.0/24", "an address for protocols"),
        ("192.0.2.0/24", "an address for documentation"),
        ("192.88.99.0/24", "a 6to4 relay"),
        ("192.168.0.0/16", "a private address"),
        ("198.18.0.0/15", "an address for benchmarks"),
        ("198.51.100.0/24", "an address for documentation"),
        ("203.0.113.0/24", "an address for documentation"),
        ("224.0.0.0/4", "a multicast address"),
        ("240.0.0.0/4", "a reserved address"),
    )
)

# Within 2000::/3, the only part of IPv6 that is public at all.
_REFUSED_V6: tuple[tuple[IPv6Network, str], ...] = tuple(
    (IPv6Network(network), name)
    for network, name in (
        ("2001::/32", "a Teredo tunnel"),
        ("2001:db8::/32", "an address for documentation"),
        ("2001::/23", "an address for protocols"),
        ("2002::/16", "a 6to4 tunnel"),
        ("3fff::/20", "an address for documentation"),
        ("::1/128", "a loopback address"),
        ("::/128", "an unspecified address"),
        ("64:ff9b:1::/48", "a local NAT64 address"),
        ("::/96", "an IPv4-compatible address"),
        ("100::/64", "a discard address"),
        ("fc00::/7", "a unique-local address"),
        ("fe80::/10", "a link-local address"),
        ("fec0::/10", "a site-local address"),
        ("ff00::/8", "a multicast address"),
    )
)
_PUBLIC_V6 = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")

# These hand out credentials, and some lie in public ranges. A wide allowance (10.0.0.0/8, 0.0.0.0/0) does
# not open them; only a network that is exactly this one address does.
_METADATA: frozenset[Address] = frozenset(
    ip_address(text)
    for text in (
        "100.100.100.200",
        "168.63.129.16",
        "169.254.169.254",
        "169.254.170.2",
        "169.254.170.23",
        "192.0.0.192",
        "fd00:ec2::23",
        "fd00:ec2::254",
        "fd20:ce::254",
    )
)


def parse_networks(text: str, field: str = "WEBHOOK_ALLOWED_NETWORKS") -> tuple[Network, ...]:
    """The networks of a comma- or space-separated list of CIDRs; a bare address is a network of one.

    Raises InvalidInputError at ``field`` for anything else, host bits included (``10.0.0.1/8`` is a slip
    that would open 16 million addresses).
    """
    networks: list[Network] = []
    for part in text.replace(",", " ").split():
        try:
            networks.append(ip_network(part))
        except ValueError as error:
            raise InvalidInputError.at(field, f"{part!r} is not a network such as 10.1.0.0/16: {error}") from None
    return tuple(networks)


def refusal(address: str | Address, allowed: tuple[Network, ...] = ()) -> str | None:
    """Why we may not connect to this address, or None if we may.

    ``allowed`` are the operator's own networks. Text that is no address is refused too.
    """
    if isinstance(address, str):
        try:
            return refusal(ip_address(address), allowed)
        except ValueError:
            return f"{address[:100]!r} is not an IP address"
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        return f"{address} has a zone id"
    if any(a in _METADATA for a in (address, _inner(address))):
        return None if _names_exactly(allowed, _inner(address)) else f"{address} is a cloud metadata address"
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        # The kernel connects to the IPv4 address inside, so that is the one to judge.
        return refusal(address.ipv4_mapped, allowed)
    if any(address in network for network in allowed):
        return None
    reason = _not_public(address)
    return reason and f"{address} is {reason}"


def _inner(address: Address) -> Address:
    """The IPv4 address that a v4-mapped or NAT64 address leads to; any other address as it is."""
    if isinstance(address, IPv6Address):
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
        return address.ipv4_mapped or address
    return address


def _names_exactly(allowed: tuple[Network, ...], address: Address) -> bool:
    return any(network.num_addresses == 1 and address in network for network in allowed)


def _not_public(address: Address) -> str | None:
    if isinstance(address, IPv4Address):
        return next((name for network, name in _REFUSED_V4 if address in network), None)
    if address in _NAT64:
        # On an IPv6-only network this is how every IPv4 receiver is reached, so the IPv4 address decides.
        inner = _inner(address)
        reason = _not_public(inner)
        return reason and f"NAT64 for {inner}, {reason}"
    for network, name in _REFUSED_V6:
        if address in network:
            return name
    return None if address in _PUBLIC_V6 else "not a public address"


MAX_URL = 2048
_SHAPE = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<authority>[^/?#]*)", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.IGNORECASE)
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.IGNORECASE)
_PRIVATE_SUFFIXES = (
    ".localhost", ".localdomain", ".local", ".internal", ".intranet", ".lan", ".corp", ".home", ".home.arpa",
    ".svc", ".cluster.local",
)  # fmt: skip
_OWN = ("a private address", "a loopback address", "a unique-local address", "a carrier's shared address")
_REMEDY = "WEBHOOK_ALLOWED_NETWORKS can allow private receivers"
_METADATA_NAMES = frozenset({"metadata.google.internal", "metadata.goog", "metadata.packet.net"})


def check_url(url: str, allowed: tuple[Network, ...] = (), field: str = "url") -> None:
    """Refuse a receiver's URL that we would not speak to. Asks no name server.

    Any port is accepted: receivers live on odd ports, and it is the address that protects the machine's
    neighbours. A name that can only be private (``localhost``, ``db``, ``*.internal``) is accepted only when
    ``allowed`` is not empty, and is then judged by its addresses when we connect.
    Raises InvalidInputError at ``field``.
    """
    reason = _text_refusal(url) or _host_refusal(url, allowed)
    if reason:
        raise InvalidInputError.at(field, reason)


def _text_refusal(url: str) -> str | None:
    """What is wrong with the text itself: everything that two parsers could read in two ways."""
    if len(url) > MAX_URL:
        return f"is longer than {MAX_URL} characters"
    if any(c <= " " or c in "\\\x7f" or "\x80" <= c <= "\xa0" or "\ud800" <= c <= "\udfff" for c in url):
        return "has a space, a control character or a backslash"
    shape = _SHAPE.match(url)
    if not shape or shape["scheme"].lower() not in ("http", "https"):
        return "is not a URL that starts with https:// or http://"
    if "@" in shape["authority"]:
        return "has a user name or password; put credentials into a header"
    if "%" in shape["authority"]:
        return "has a percent sign in its host"
    return None


def _host_refusal(url: str, allowed: tuple[Network, ...]) -> str | None:
    """What is wrong with the host, read by the parser that the HTTP client uses (IDNA mapping included)."""
    try:
        parsed = URL(url)
        host, port = parsed.raw_host, parsed.port
    except ValueError as error:
        return f"is not a valid URL: {error}"
    if not host:
        return "has no host"
    if not port:
        return "has no valid port"
    if ":" in host:
        return _address_refusal(host, allowed)
    name = host.lower().removesuffix(".")
    labels = name.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        # C libraries read 127.1, 0x7f.1, 0177.0.0.1 and 2130706433 as addresses, each in its own way.
        return _address_refusal(name, allowed)
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        return "has a host that is no valid name"
    return _name_refusal(name, allowed)


def _address_refusal(address: str, allowed: tuple[Network, ...]) -> str | None:
    """Why not this address; and, where it may be a receiver of the operator's own, how to allow it."""
    reason = refusal(address, allowed)
    return f"{reason}; {_REMEDY}" if reason and reason.endswith(_OWN) else reason


def _name_refusal(name: str, allowed: tuple[Network, ...]) -> str | None:
    if name in _METADATA_NAMES:
        return f"{name} is a cloud metadata service"
    if not allowed and ("." not in name or name.endswith(_PRIVATE_SUFFIXES)):
        return f"{name} is a name in a private network; {_REMEDY}"
    return None
