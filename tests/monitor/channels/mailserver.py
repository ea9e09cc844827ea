"""A real mail server on loopback, with TLS, login and refusals to order."""

import asyncio
import ssl
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class MailServer:
    """What the server was told to answer (by recipient, or at the end of the data), and what it got."""

    refuse: dict[str, str] = field(default_factory=dict)
    answer: str = "250 OK"
    sender_answer: str = "250 OK"
    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    envelopes: list[Envelope] = field(default_factory=list)
    users: list[bytes | None] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.sender_answer

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = cast(bytes, envelope.content)
        self.mails.append(message_from_bytes(content, policy=default))
        self.envelopes.append(envelope)
        login = cast(LoginPassword | None, session.auth_data)
        self.users.append(login.login if login else None)
        self.encrypted.append(bool(server.transport and server.transport.get_extra_info("ssl_object")))
        return self.answer

    def authenticate(self, server: Any, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"user", b"pass word")
        return AuthResult(success=right, handled=False, auth_data=data)


def certificates(name: str = "localhost") -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context for a name, and a client's that trusts it."""
    authority = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert(name).configure_cert(server)
    authority.configure_trust(client)
    return server, client


@asynccontextmanager
async def mail_server(
    mode: str = "none", context: ssl.SSLContext | None = None, login: bool = False, **how: Any
) -> AsyncIterator[MailServer]:
    """A running server; its port is in ``port``. ``mode``: none, starttls or tls.

    ``login`` asks for ``user`` and ``pass word``.
    """
    mail = MailServer(**how)
    loop = asyncio.get_running_loop()

    def conversation() -> SMTP:
        # It warns, rightly, of logins in the clear; one of our tests wants to see that we refuse them.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            return SMTP(
                mail,
                hostname="mail.test",
                loop=loop,
                tls_context=context if mode == "starttls" else None,
                require_starttls=mode == "starttls",
                authenticator=mail.authenticate if login else None,
                auth_required=login,
                auth_require_tls=False,
            )

    server = await loop.create_server(conversation, "127.0.0.1", 0, ssl=context if mode == "tls" else None)
    try:
        mail.port = server.sockets[0].getsockname()[1]
        yield mail
    finally:
        server.close()
        await server.wait_closed()
