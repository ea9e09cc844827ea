"""A mail server on loopback that keeps what it gets and passes nothing on."""

import asyncio
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import cast

from aiosmtpd.smtp import SMTP, Envelope, Session

from giftpulse.demo.caught import Caught, Mail
from giftpulse.ground import clock


class Mailbox:
    """Open it in an event loop; ``port`` is where it listens then."""

    def __init__(self, caught: Caught) -> None:
        self._caught = caught
        self._server: asyncio.Server | None = None
        self.port = 0

    async def open(self) -> None:
        """Begin to listen, on a free port."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: SMTP(self, hostname="mail.demo.example", ident="GiftPulse demo", loop=loop), "127.0.0.1", 0
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """A whole mail has arrived (the name is aiosmtpd's)."""
        mail = message_from_bytes(cast(bytes, envelope.content), policy=default)
        self._caught.add(Mail(clock.now(), ", ".join(envelope.rcpt_tos), str(mail["Subject"]).strip(), _text(mail)))
        return "250 Caught, and going nowhere"


def _text(mail: EmailMessage) -> str:
    part = mail.get_body(preferencelist=("plain",))
    return str(part.get_content()).strip() if part is not None else ""
