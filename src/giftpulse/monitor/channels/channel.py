"""What every channel can do, and what it is lent to do it with."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from giftpulse.ground.addresses import Network
from giftpulse.ground.egress import Lookup
from giftpulse.monitor.channels.notice import Notice
from giftpulse.monitor.channels.outcome import Outcome

# The way to a value inside a config, such as ("headers", "Authorization").
Path = tuple[str, ...]


@dataclass(frozen=True)
class Smtp:
    """The mail server of this installation (``SMTP_*``). The operator's own choice, so any address is fine.

    ``sender`` is ``alerts@example.com`` or ``Alerts <alerts@example.com>``. ``timeout`` in seconds, for each
    step of the conversation. Login happens only if ``user`` is given.
    """

    host: str
    port: int
    sender: str
    tls: Literal["none", "starttls", "tls"] = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    timeout: float = 30.0


@dataclass(frozen=True)
class Transport:
    """The means of sending.

    ``smtp`` is None where mail is not set up. ``webhook_timeout`` in seconds, for the whole exchange.
    ``allowed_networks``: private networks that webhooks may reach. ``tls``: a client context other than the
    system's verifying one, for a private certificate authority. ``lookup``: a name service other than the
    system's.
    """

    smtp: Smtp | None = None
    webhook_timeout: float = 30.0
    allowed_networks: tuple[Network, ...] = ()
    tls: ssl.SSLContext | None = None
    lookup: Lookup | None = None


class Channel(Protocol):
    """One kind of action. Channels hold no state: one instance serves all."""

    @property
    def action_type(self) -> str:
        """The name in ``POST /api/actions``."""

    def check(self, config: Mapping[str, Any], allowed: tuple[Network, ...] = ()) -> dict[str, Any]:
        """The config in its normal form; raises InvalidInputError with paths such as
        ``config.recipients.0``. The input is left as it is.
        """

    def secret_paths(self, config: Mapping[str, Any]) -> tuple[Path, ...]:
        """Which values of this config must be encrypted at rest and never shown."""

    def destination(self, config: Mapping[str, Any]) -> str:
        """To whom the secrets of this config are sent. Stored secrets are not carried over to another."""

    def narrow(self, config: Mapping[str, Any], retry_only: tuple[str, ...]) -> dict[str, Any]:
        """The config for another attempt at some of the recipients (``Outcome.retry_only``)."""

    async def send(self, notice: Notice, config: Mapping[str, Any], transport: Transport) -> Outcome:
        """One attempt, with a config that ``check`` has made. Never raises for what the other side does."""
