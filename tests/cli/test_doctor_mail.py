"""The doctor's look at a mail server: real ones, on loopback."""

import asyncio

import pytest

from giftpulse.doctor import outside
from giftpulse.doctor.finding import Finding
from giftpulse.ground import egress
from giftpulse.ground.settings import load
from tests.monitor.channels.mailserver import MailServer, certificates, mail_server

HERE = {"smtp_host": "localhost", "smtp_from": "pulse@example.org"}


async def _look(mail: MailServer, **settings: object) -> Finding:
    loaded = load(**HERE, smtp_port=mail.port, **settings)
    return await asyncio.to_thread(outside.mail, loaded)


async def _at(mode: str, login: bool = False, **settings: object) -> tuple[Finding, MailServer]:
    context = certificates()[0] if mode != "none" else None
    async with mail_server(mode, context, login) as mail:
        return await _look(mail, smtp_tls=mode, **settings), mail


def test_no_mail_server_is_no_fault() -> None:
    finding = outside.mail(load())
    assert finding.state == "ok"
    assert "Not set up" in finding.says


def test_a_server_is_greeted_and_nothing_is_sent() -> None:
    finding, mail = asyncio.run(_at("none"))
    assert finding.state == "ok"
    assert "Nothing was sent" in finding.says
    assert mail.envelopes == []


@pytest.mark.parametrize("mode", ["starttls", "tls"])
def test_a_certificate_that_nobody_vouches_for_is_told(mode: str) -> None:
    finding, _ = asyncio.run(_at(mode))
    assert finding.state == "fail"
    assert "certificate" in finding.says.lower()
    assert "SMTP_TLS" in str(finding.mend)


@pytest.mark.parametrize("mode", ["starttls", "tls"])
def test_a_certificate_that_is_good_is_taken(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    server, client = certificates()
    monkeypatch.setattr(egress, "verifying_context", lambda: client)

    async def look() -> Finding:
        async with mail_server(mode, server) as mail:
            return await _look(mail, smtp_tls=mode)

    assert asyncio.run(look()).state == "ok"


def test_a_server_without_starttls_is_told() -> None:
    async def look() -> Finding:
        async with mail_server("none") as mail:
            return await _look(mail, smtp_tls="starttls")

    assert asyncio.run(look()).state == "fail"


@pytest.mark.parametrize(("password", "state"), [("pass word", "warn"), ("wrong", "fail")])
def test_the_login_is_tried(password: str, state: str) -> None:
    finding, _ = asyncio.run(_at("none", login=True, smtp_user="user", smtp_password=password))
    assert finding.state == state
    assert password not in finding.says


def test_a_port_without_a_server_is_told() -> None:
    finding = outside.mail(load(**HERE, smtp_port=1))
    assert finding.state == "fail"
    assert "localhost:1" in finding.says
