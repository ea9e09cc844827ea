"""E-mail, against a real mail server."""

import asyncio
import socket
import ssl
from dataclasses import replace
from typing import Any

import pytest

from giftpulse.ground.errors import InvalidInputError
from giftpulse.monitor.channels.channel import Smtp, Transport
from giftpulse.monitor.channels.email import EmailChannel
from giftpulse.monitor.channels.notice import Notice, sample_notice
from giftpulse.monitor.channels.outcome import Outcome, Refusal
from tests.monitor.channels.mailserver import MailServer, certificates, mail_server

CHANNEL = EmailChannel()
SENDER = "Alerts <alerts@giftpulse.test>"


def smtp(mail: MailServer, **how: Any) -> Smtp:
    return Smtp(**{"host": "localhost", "port": mail.port, "sender": SENDER, "tls": "none", "timeout": 5, **how})


def config_of(*recipients: str, **config: Any) -> dict[str, Any]:
    return CHANNEL.check({"recipients": list(recipients or ("ops@example.com",)), **config})


async def send(
    settings: Smtp | None,
    config: dict[str, Any] | None = None,
    notice: Notice | None = None,
    tls: ssl.SSLContext | None = None,
) -> Outcome:
    return await CHANNEL.send(notice or sample_notice("firing"), config or config_of(), Transport(settings, tls=tls))


def test_our_own_mail_says_it_all() -> None:
    async def story() -> MailServer:
        async with mail_server() as mail:
            outcome = await send(smtp(mail), config_of("ops@example.com", "dev@Example.org"))
            assert outcome.delivered
            assert outcome.status == 250
            assert outcome.warnings == ()
        return mail

    mail = asyncio.run(story())
    [message], [envelope] = mail.mails, mail.envelopes
    assert envelope.mail_from == "alerts@giftpulse.test"
    assert envelope.rcpt_tos == ["ops@example.com", "dev@example.org"]
    assert message["From"] == SENDER
    assert message["To"] == "ops@example.com, dev@example.org"
    assert message["Subject"] == "[FIRING] Sample rule: 12 messages failed within 5 minutes"
    assert message["Message-ID"] == "<msg_sample@giftpulse.test>"
    assert message["In-Reply-To"] is None
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"] == "Fri, 02 Jan 2026 03:04:06 +0000"
    text = message.get_body(("plain",))
    html = message.get_body(("html",))
    assert text is not None
    assert html is not None
    for part in (text.get_content(), html.get_content()):
        for fact in (
            "Sample rule",
            "12 messages failed",
            "30003: The handset could not be reached",
            "Try again later",
            "messaging_service_sid = MG",
            "SM00000000000000000000000000000000",
            "2026-01-02T02:59:50+00:00",
            "http://127.0.0.1/api/alerts/sample",
        ):
            assert fact in part
    assert '<a href="http://127.0.0.1/api/alerts/sample">' in html.get_content()


def test_the_users_templates() -> None:
    async def story() -> MailServer:
        async with mail_server() as mail:
            config = config_of(
                subject="{{ severity }}: {{ rule_name }}", body="Error {{ error_code }} détecté\n.\n{{ log.x }}"
            )
            outcome = await send(smtp(mail), config)
            assert outcome.warnings == ("body: x is unknown",)
            await send(smtp(mail), config_of(html="<b>{{ rule_name }}</b>"), sample_notice(rule_name="<i>"))
        return mail

    first, second = asyncio.run(story()).mails
    assert first["Subject"] == "warning: Sample rule"
    assert first.get_content().splitlines() == ["Error 30003 détecté", "."]
    html = second.get_body(("html",))
    assert html is not None
    assert html.get_content().strip() == "<b>&lt;i&gt;</b>"
    assert second.get_body(("plain",)) is not None


def test_a_broken_template_sends_our_own_text() -> None:
    async def story() -> MailServer:
        async with mail_server() as mail:
            # As stored by an older version, or broken by this alert's data: check() would have refused it.
            config = config_of() | {"body": "{{ 1 / 0 }}", "subject": "{{ nope() }}"}
            outcome = await send(smtp(mail), config)
            assert outcome.delivered
            assert outcome.warnings[0].startswith("subject: line 1: only these can be called")
            assert outcome.warnings[1].startswith("body: ZeroDivisionError: division by zero; the built-in")
        return mail

    [message] = asyncio.run(story()).mails
    assert message["Subject"].startswith("[FIRING] Sample rule")
    assert "12 messages failed" in message.get_content()


def test_mails_of_one_alert_thread_and_keep_their_id() -> None:
    async def story() -> MailServer:
        async with mail_server() as mail:
            resolved = replace(sample_notice("resolved"), id="msg_2", first_id="msg_1")
            await send(smtp(mail), notice=resolved)
            await send(smtp(mail), notice=resolved)
        return mail

    first, again = asyncio.run(story()).mails
    assert first["Message-ID"] == again["Message-ID"] == "<msg_2@giftpulse.test>"
    assert first["In-Reply-To"] == first["References"] == "<msg_1@giftpulse.test>"
    assert first["Date"] == again["Date"]


def test_no_header_can_be_injected() -> None:
    evil = "x\r\nBcc: victim@example.com\r\n\r\nbody"

    async def story() -> MailServer:
        async with mail_server() as mail:
            notice = sample_notice(rule_name=evil, summary=evil, severity="\ud800\x00" + evil)
            await send(smtp(mail), notice=notice)
            await send(smtp(mail), config_of(subject="{{ severity }}\n{{ rule_name }}"), notice)
        return mail

    mail = asyncio.run(story())
    assert len(mail.mails) == 2
    for message, envelope in zip(mail.mails, mail.envelopes, strict=True):
        assert message["Bcc"] is None
        assert "Bcc: victim" in message["Subject"]
        assert envelope.rcpt_tos == ["ops@example.com"]


def test_refused_recipients_one_by_one() -> None:
    async def story() -> None:
        refuse = {"gone@example.com": "550 5.1.1 no such user", "busy@example.com": "451 4.3.0 try later"}
        async with mail_server(refuse=refuse) as mail:
            config = config_of("ops@example.com", "gone@example.com", "busy@example.com")
            outcome = await send(smtp(mail), config)
            assert outcome.retryable
            assert outcome.retry_only == ("busy@example.com",)
            assert outcome.refused["gone@example.com"] == Refusal(550, "5.1.1 no such user", permanent=True)
            assert not outcome.refused["busy@example.com"].permanent

            again = CHANNEL.narrow(config, outcome.retry_only)
            assert again["recipients"] == ["busy@example.com"]
            mail.refuse.clear()
            assert (await send(smtp(mail), again)).delivered
            assert [e.rcpt_tos for e in mail.envelopes] == [["ops@example.com"], ["busy@example.com"]]
            assert CHANNEL.narrow(config, ()) == config

    asyncio.run(story())


@pytest.mark.parametrize(
    ("answers", "delivered", "permanent", "again"),
    [
        ({"a@example.com": "550 no"}, True, False, ()),
        ({"a@example.com": "450 no"}, False, False, ("a@example.com",)),
        ({"a@example.com": "550 no", "b@example.com": "553 no"}, False, True, ()),
        ({"a@example.com": "550 no", "b@example.com": "421 no"}, False, False, ("b@example.com",)),
    ],
)
def test_what_refusals_mean(answers: dict[str, str], delivered: bool, permanent: bool, again: tuple[str, ...]) -> None:
    async def story() -> Outcome:
        async with mail_server(refuse=answers) as mail:
            return await send(smtp(mail), config_of("a@example.com", "b@example.com"))

    outcome = asyncio.run(story())
    assert (outcome.delivered, outcome.permanent, outcome.retry_only) == (delivered, permanent, again)
    assert outcome.refused.keys() == answers.keys()


@pytest.mark.parametrize(("code", "permanent"), [(451, False), (452, False), (550, True), (554, True)])
def test_a_refused_mail_or_sender(code: int, permanent: bool) -> None:
    async def story() -> list[Outcome]:
        async with mail_server(answer=f"{code} no") as data, mail_server(sender_answer=f"{code} no") as sender:
            return [await send(smtp(data)), await send(smtp(sender))]

    for outcome in asyncio.run(story()):
        assert not outcome.delivered
        assert (outcome.permanent, outcome.status) == (permanent, code)


@pytest.mark.parametrize("mode", ["starttls", "tls"])
def test_encrypted_with_login(mode: str) -> None:
    async def story() -> MailServer:
        server, client = certificates()
        async with mail_server(mode, server, login=True) as mail:
            outcome = await send(smtp(mail, tls=mode, user="user", password="pass word"), tls=client)
            assert outcome.delivered, outcome
        return mail

    mail = asyncio.run(story())
    assert mail.users == [b"user"]
    assert mail.encrypted == [True]


@pytest.mark.parametrize("mode", ["starttls", "tls"])
def test_the_certificate_is_checked(mode: str) -> None:
    async def story() -> None:
        server, client = certificates("elsewhere.test")
        async with mail_server(mode, server) as mail:
            for trust in (client, None):
                outcome = await send(smtp(mail, tls=mode), tls=trust)
                assert outcome.retryable
                assert "certificate" in outcome.detail.lower()
            assert mail.mails == []

    asyncio.run(story())


def test_no_silent_fall_back_to_plain_text() -> None:
    async def story() -> None:
        async with mail_server(login=True) as mail:
            outcome = await send(smtp(mail, tls="starttls", user="user", password="pass word"))
            assert not outcome.delivered
            assert "STARTTLS" in outcome.detail
            assert mail.mails == []

    asyncio.run(story())


def test_a_wrong_password_is_for_good_and_not_shown() -> None:
    async def story() -> None:
        async with mail_server(login=True) as mail:
            outcome = await send(smtp(mail, user="user", password="wr0ng"))
            assert outcome.permanent
            assert outcome.status == 535
            assert "wr0ng" not in outcome.detail
            assert "wr0ng" not in repr(smtp(mail, password="wr0ng"))

    asyncio.run(story())


def test_a_relay_without_login_needs_none() -> None:
    async def story() -> None:
        async with mail_server() as mail:
            assert (await send(smtp(mail))).delivered
            assert mail.users == [None]

    asyncio.run(story())


def test_a_silent_server_and_a_closed_port() -> None:
    async def story() -> None:
        with socket.create_server(("127.0.0.1", 0)) as hole:
            port = hole.getsockname()[1]
            silent = await send(Smtp("127.0.0.1", port, SENDER, "none", timeout=0.2))
            assert silent.retryable
            assert silent.slow_down
        closed = await send(Smtp("127.0.0.1", port, SENDER, "none", timeout=0.2))
        assert closed.retryable
        assert closed.status is None

    asyncio.run(story())


def test_a_server_that_hangs_up() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        await reader.readline()
        writer.close()
        await writer.wait_closed()

    async def story() -> None:
        server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            assert (await send(Smtp("127.0.0.1", port, SENDER, "none", timeout=1))).retryable

    asyncio.run(story())


@pytest.mark.parametrize("settings", [None, Smtp("", 25, SENDER), Smtp("localhost", 25, "")])
def test_without_a_mail_server_nothing_is_tried(settings: Smtp | None) -> None:
    outcome = asyncio.run(send(settings))
    assert outcome.permanent
    assert "SMTP_HOST" in outcome.detail


@pytest.mark.parametrize(
    ("config", "field", "reason"),
    [
        ({}, "config.recipients", "list of 1 to 50"),
        ({"recipients": []}, "config.recipients", "list of 1 to 50"),
        ({"recipients": "ops@example.com"}, "config.recipients", "list of 1 to 50"),
        ({"recipients": [f"a{n}@example.com" for n in range(51)]}, "config.recipients", "list of 1 to 50"),
        ({"recipients": ["ops@example.com", "ops"]}, "config.recipients.1", "not a mail address"),
        ({"recipients": [None]}, "config.recipients.0", "not a mail address"),
        ({"recipients": ["öps@example.com"]}, "config.recipients.0", "before the @"),
        ({"recipients": ["Ops <ops@example.com>"]}, "config.recipients.0", "bare"),
        ({"recipients": ["a@b.c\r\nRCPT TO:<x@y.z>"]}, "config.recipients.0", "bare"),
        ({"recipients": ["a b@example.com"]}, "config.recipients.0", "bare"),
        ({"recipients": ["a..b@example.com"]}, "config.recipients.0", "bare"),
        ({"recipients": ["a@-example.com"]}, "config.recipients.0", "domain"),
        ({"recipients": ["a@[127.0.0.1]"]}, "config.recipients.0", "domain"),
        ({"recipients": ["a" * 65 + "@example.com"]}, "config.recipients.0", "bare"),
        ({"recipients": ["a@b.c"], "template": "x.html"}, "config.template", "write the template into 'body'"),
        ({"recipients": ["a@b.c"], "bcc": "x"}, "config.bcc", "not known"),
        ({"recipients": ["a@b.c"], "subject": 5}, "config.subject", "must be a text"),
        ({"recipients": ["a@b.c"], "body": "{{ nope }}"}, "config.body", "there is no nope"),
        ({"recipients": ["a@b.c"], "html": "{% if %}"}, "config.html", "line 1"),
    ],
)
def test_a_wrong_config_is_refused_at_its_field(config: dict[str, Any], field: str, reason: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        CHANNEL.check(config)
    assert [error.field for error in caught.value.errors] == [field]
    assert reason in caught.value.errors[0].reason


def test_all_errors_are_told_at_once() -> None:
    with pytest.raises(InvalidInputError) as caught:
        CHANNEL.check({"recipients": ["x", "y"], "subject": 1, "template": 2})
    fields = [error.field for error in caught.value.errors]
    assert fields == ["config.template", "config.recipients.0", "config.recipients.1", "config.subject"]


def test_the_old_projects_config_is_accepted() -> None:
    old = {"recipients": ["ops@example.com"], "subject": "Twilio Alert", "body": "Error {{ error_code }} detected"}
    assert CHANNEL.check(old) == old


def test_recipients_are_normalised() -> None:
    config = config_of("Ops@EXAMPLE.com", "Ops@example.com", "a+b@bücher.example", "root@localhost")
    assert config["recipients"] == ["Ops@example.com", "a+b@xn--bcher-kva.example", "root@localhost"]


def test_there_are_no_secrets() -> None:
    assert CHANNEL.secret_paths(config_of()) == ()
    assert CHANNEL.destination(config_of()) == ""
