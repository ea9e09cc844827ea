"""Webhooks, against a real receiver."""

import asyncio
import base64
import hashlib
import hmac
import json
import socket
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook

from giftpulse.ground import clock
from giftpulse.ground.addresses import parse_networks
from giftpulse.ground.errors import InvalidInputError
from giftpulse.monitor.channels.channel import Transport
from giftpulse.monitor.channels.notice import Notice, sample_notice
from giftpulse.monitor.channels.outcome import Outcome
from giftpulse.monitor.channels.payload import MAX_DEFAULT, default_payload, is_secret, new_secret
from giftpulse.monitor.channels.webhook import WebhookChannel
from tests.monitor.channels.receiver import Call, receiver

CHANNEL = WebhookChannel()
LOOPBACK = parse_networks("127.0.0.0/8")
TRANSPORT = Transport(webhook_timeout=5, allowed_networks=LOOPBACK)
NOTICE = sample_notice("firing")


async def send(url: str, notice: Notice = NOTICE, transport: Transport = TRANSPORT, **config: Any) -> Outcome:
    return await CHANNEL.send(notice, CHANNEL.check({"url": url, **config}, LOOPBACK), transport)


def one_call(notice: Notice = NOTICE, **config: Any) -> tuple[Call, Outcome]:
    """What arrives for a config, at a receiver that says 200."""

    async def story() -> tuple[Call, Outcome]:
        async with receiver() as it:
            outcome = await send(it.url, notice, **config)
            [call] = it.calls
            return call, outcome

    return asyncio.run(story())


def answered(status: int, text: str = "", reply: dict[str, str] | None = None, **config: Any) -> Outcome:
    async def story() -> Outcome:
        async with receiver(status, text, reply) as it:
            outcome = await send(it.url, **config)
            assert len(it.calls) == 1
            return outcome

    return asyncio.run(story())


def test_our_own_payload() -> None:
    call, outcome = one_call()
    assert outcome == Outcome(delivered=True, status=200, detail="HTTP 200")
    assert (call.method, call.path) == ("POST", "/hook")
    assert call.headers["content-type"] == "application/json"
    assert call.headers["user-agent"].startswith("GiftPulse/")
    assert call.headers["idempotency-key"] == call.headers["webhook-id"] == "msg_sample"
    assert "webhook-signature" not in call.headers
    payload = json.loads(call.body)
    assert payload["type"] == "alert.firing"
    assert payload["timestamp"] == "2026-01-02T03:04:06+00:00"
    assert payload["data"]["rule_name"] == "Sample rule"
    assert payload["data"]["count"] == 12
    assert payload["data"]["logs"][0]["error_code"] == 30003
    assert payload == default_payload(NOTICE)


def test_an_empty_payload_means_our_own_too() -> None:
    """The old project's example has ``"payload": {}``, and an empty object would tell nobody anything."""
    config = {"url": "https://example.com/", "method": "POST", "headers": {}, "payload": {}}
    assert CHANNEL.check(config) == {"url": "https://example.com/", "method": "POST", "headers": {}}


def test_reasons_become_types() -> None:
    assert default_payload(sample_notice("still firing"))["type"] == "alert.still_firing"


def test_the_default_payload_stays_small() -> None:
    logs = [{"sid": f"SM{n}", "body": "é" * 4000} for n in range(10)]
    payload = default_payload(sample_notice(logs=logs))
    assert 1 <= len(payload["data"]["logs"]) < 5
    assert len(json.dumps(payload, ensure_ascii=False).encode()) <= MAX_DEFAULT


def test_a_payload_of_templates() -> None:
    payload = {"text": "{{ rule_name }}: {{ error_code }}", "n": "{{ count | tojson }}", "x": "{{ log.nope }}", "y": 1}
    call, outcome = one_call(payload=payload, method="put")
    assert call.method == "PUT"
    assert json.loads(call.body) == {"text": "Sample rule: 30003", "n": 12, "x": "", "y": 1}
    assert outcome.warnings == ("payload: nope is unknown",)


def test_a_text_payload() -> None:
    call, _ = one_call(payload='{"a": "{{ count }}"}')
    assert (call.body, call.headers["content-type"]) == (b'{"a": "12"}', "application/json")
    call, _ = one_call(payload="{{ rule_name }} é")
    assert call.body == "Sample rule é".encode()
    assert call.headers["content-type"] == "text/plain; charset=utf-8"


def test_a_broken_template_sends_our_own_payload() -> None:
    async def story() -> None:
        async with receiver() as it:
            config = CHANNEL.check({"url": it.url}, LOOPBACK) | {"payload": {"a": ["{{ 1 / 0 }}"]}}
            outcome = await CHANNEL.send(NOTICE, config, TRANSPORT)
            assert outcome.delivered
            assert outcome.warnings == (
                "payload.a.0: ZeroDivisionError: division by zero; the built-in payload was sent",
            )
            assert json.loads(it.calls[0].body) == default_payload(NOTICE)

    asyncio.run(story())


def test_the_users_headers() -> None:
    headers = {"Authorization": "Bearer abc", "user-agent": "mine", "content-type": "application/x+json", "X-Empty": ""}
    before = dict(headers)
    call, _ = one_call(headers=headers)
    assert call.headers["authorization"] == "Bearer abc"
    assert call.headers["user-agent"] == "mine"
    assert call.headers["content-type"] == "application/x+json"
    assert call.headers["x-empty"] == ""
    assert headers == before


def test_signed_by_the_standard() -> None:
    old, new = new_secret(), new_secret()
    call, _ = one_call(sample_notice(rule_name="é {{ }}"), secret=f"{new} {old}")
    for secret in (old, new):
        assert Webhook(secret).verify(call.body, call.headers)
    with pytest.raises(Exception, match="signature"):
        Webhook(new_secret()).verify(call.body, call.headers)
    # And by hand, over the exact bytes that came.
    key = base64.b64decode(new.removeprefix("whsec_"))
    text = f"{call.headers['webhook-id']}.{call.headers['webhook-timestamp']}.".encode() + call.body
    signature = base64.b64encode(hmac.digest(key, text, hashlib.sha256)).decode()
    assert call.headers["webhook-signature"].split()[0] == f"v1,{signature}"


def test_each_attempt_has_its_time_and_the_same_id_and_body() -> None:
    secret = new_secret()
    with clock.stopped(datetime(2026, 11, 22, 12, 0, 0, 900_000, tzinfo=UTC)) as now:
        first, _ = one_call(secret=secret)
        now.move(seconds=5)
        second, _ = one_call(secret=secret)
    assert first.headers["webhook-timestamp"] == str(int(datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp()))
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 5
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]


@pytest.mark.parametrize(
    ("status", "delivered", "permanent"),
    [
        (201, True, False), (204, True, False), (302, False, True), (308, False, True), (400, False, True),
        (401, False, True), (404, False, True), (408, False, False), (410, False, True), (425, False, False),
        (429, False, False), (500, False, False), (503, False, False),
    ],
)  # fmt: skip
def test_the_matrix_of_answers(status: int, delivered: bool, permanent: bool) -> None:
    outcome = answered(status, reply={"Location": "/elsewhere"})
    assert (outcome.status, outcome.delivered, outcome.permanent) == (status, delivered, permanent)
    assert outcome.disable is (status == 410)


def test_retry_after_is_read() -> None:
    assert answered(429, reply={"Retry-After": "17"}).retry_after == timedelta(seconds=17)
    with clock.stopped(datetime(2026, 11, 22, 12, 0, tzinfo=UTC)):
        outcome = answered(503, reply={"Retry-After": "Sun, 22 Nov 2026 12:00:30 GMT"})
    assert outcome.retry_after == timedelta(seconds=30)


def test_the_answer_is_kept_short_and_without_our_secrets() -> None:
    secret = new_secret()
    echo = f"<b>bad</b>\n\x00 Authorization: Bearer t0psecret, token t0psecret {secret} " + "x" * 5000
    outcome = answered(400, echo, secret=secret)
    assert secret not in outcome.detail
    outcome = answered(400, echo, secret=secret, headers={"Authorization": "Bearer t0psecret"})
    assert outcome.detail.startswith("HTTP 400: <b>bad</b> Authorization: ********, token ********")
    assert "t0psecret" not in outcome.detail
    assert len(outcome.detail) <= 500
    assert answered(200, "private").detail == "HTTP 200"
    assert "enter the final URL" in answered(301).detail


def test_a_private_address_is_refused_at_save_and_at_send() -> None:
    async def story() -> None:
        async with receiver() as it:
            with pytest.raises(InvalidInputError) as caught:
                CHANNEL.check({"url": it.url})
            assert caught.value.errors[0].field == "config.url"
            config = CHANNEL.check({"url": it.url}, LOOPBACK)
            closed = await CHANNEL.send(NOTICE, config, Transport())
            assert closed.permanent
            assert "loopback" in closed.detail
            named = CHANNEL.check({"url": "http://hooks.example/"})
            led = await CHANNEL.send(NOTICE, named, Transport(lookup=lambda host: ["127.0.0.1"]))
            assert led.permanent
            assert led.detail == "hooks.example leads to a refused address: 127.0.0.1 is a loopback address"
            assert it.calls == []

    asyncio.run(story())


def test_a_black_hole_and_a_closed_port() -> None:
    async def story() -> None:
        quick = Transport(webhook_timeout=0.2, allowed_networks=LOOPBACK)
        with socket.create_server(("127.0.0.1", 0)) as hole:
            url = f"http://127.0.0.1:{hole.getsockname()[1]}/"
            silent = await send(url, transport=quick)
            assert silent.retryable
            assert silent.slow_down
            assert silent.detail == "no answer within 0.2 s"
        closed = await send(url, transport=quick)
        assert closed.retryable
        assert closed.status is None

    asyncio.run(story())


def test_an_answer_that_is_no_http() -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.2\r\n" + b"x" * 100_000)
        writer.close()

    async def story() -> None:
        server = await asyncio.start_server(babble, "127.0.0.1", 0)
        async with server:
            outcome = await send(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
            assert outcome.retryable
            assert len(outcome.detail) <= 500

    asyncio.run(story())


GOOD = {"url": "https://example.com/"}


@pytest.mark.parametrize(
    ("config", "field", "reason"),
    [
        ({}, "config.url", "must be a text"),
        ({"url": "ftp://example.com/"}, "config.url", "https://"),
        ({"url": "http://169.254.169.254/"}, "config.url", "metadata"),
        (GOOD | {"method": "GET"}, "config.method", "POST or PUT"),
        (GOOD | {"method": ["POST"]}, "config.method", "POST or PUT"),
        (GOOD | {"timeout": 5}, "config.timeout", "not known"),
        (GOOD | {"headers": ["a"]}, "config.headers", "object"),
        (GOOD | {"headers": {f"X-{n}": "" for n in range(33)}}, "config.headers", "at most 32"),
        (GOOD | {"headers": {"Host": "evil"}}, "config.headers.Host", "set by GiftPulse"),
        (GOOD | {"headers": {"content-length": "0"}}, "config.headers.content-length", "set by GiftPulse"),
        (GOOD | {"headers": {"Webhook-Signature": "v1,x"}}, "config.headers.Webhook-Signature", "set by"),
        (GOOD | {"headers": {"A B": "x"}}, "config.headers.A B", "valid header name"),
        (GOOD | {"headers": {"X": "a\r\nY: b"}}, "config.headers.X", "printable"),
        (GOOD | {"headers": {"X": "é"}}, "config.headers.X", "printable"),
        (GOOD | {"headers": {"X": 5}}, "config.headers.X", "must be a text"),
        (GOOD | {"headers": {"X": "a", "x": "b"}}, "config.headers.x", "given twice"),
        (GOOD | {"headers": {"X": "********"}}, "config.headers.X", "mask"),
        (GOOD | {"payload": 5}, "config.payload", "an object, a list or a text"),
        (GOOD | {"payload": {"a": {1, 2}}}, "config.payload", "not JSON"),
        (GOOD | {"payload": {"a": float("nan")}}, "config.payload", "not JSON"),
        (GOOD | {"payload": {"a": [0] * 40_000}}, "config.payload", "longer"),
        (GOOD | {"payload": {"a": ["{{ nope }}"]}}, "config.payload.a.0", "there is no nope"),
        (GOOD | {"payload": "{% if %}"}, "config.payload", "line 1"),
        (GOOD | {"secret": "hunter2"}, "config.secret", "whsec_"),
        (GOOD | {"secret": 5}, "config.secret", "whsec_"),
        (GOOD | {"secret": "********"}, "config.secret", "whsec_"),
        (GOOD | {"secret": "whsec_" + base64.b64encode(b"x" * 23).decode()}, "config.secret", "24 to 64"),
    ],
)
def test_a_wrong_config_is_refused_at_its_field(config: dict[str, Any], field: str, reason: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        CHANNEL.check(config)
    assert [error.field for error in caught.value.errors] == [field]
    assert reason in caught.value.errors[0].reason


def test_new_secrets_are_good_and_differ() -> None:
    assert is_secret(new_secret())
    assert new_secret() != new_secret()
    assert not is_secret("whsec_%%%")
    assert not is_secret(new_secret().removeprefix("whsec_"))


def test_there_is_one_receiver() -> None:
    assert CHANNEL.narrow(GOOD, ("x",)) == GOOD
    assert CHANNEL.destination({"url": "https://Example.com:443/a?b"}) == "https://example.com"
    assert CHANNEL.destination({"url": "nonsense"}) == ""
