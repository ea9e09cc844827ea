"""What a collector of traces is told by a service, and what it is never told."""

import asyncio
import json
import logging
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from giftpulse import timetable
from giftpulse.daily.editions.openai_writer import OpenAiWriter
from giftpulse.daily.editions.writer import WritingError, WritingRequest
from giftpulse.demo.fake_openai import KEY, RunningFakeOpenAi
from giftpulse.ground import journal, otlp, settings, traces
from giftpulse.ground.errors import GiftPulseError
from giftpulse.ground.site import Site
from giftpulse.steps import Steps
from giftpulse.timetable import Round
from giftpulse.twilio.accounts import Account
from giftpulse.twilio.failures import TwilioError
from giftpulse.twilio.rest import TwilioRest
from tests import make
from tests.collector import Collector, collecting
from tests.daily.world import World, living
from tests.service import Service, serving

NUMBER, WORDS, KEY_OF_OURS = "+13035550123", "Words that are nobody's business", "sk-of-the-collector"
REMOTE = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7")


@contextmanager
def traced(endpoint: str, **more: str) -> Iterator[None]:
    """Spans are collected while the block runs, and handed over at its end."""
    with traces.running(settings.load(_env_file=None, otel_exporter_otlp_endpoint=endpoint, **more)):
        yield


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as made:
        yield made


def round_of(run: Callable[[Site], bool], name: str = "watch") -> Round:
    return Round(name, "a round for a test", run, lambda _settings: timedelta(seconds=1))


def test_a_request_is_told_by_the_template_of_its_route_and_goes_on_from_its_sender(
    lite: Site, collector: Collector
) -> None:
    with traced(collector.endpoint), serving(lite) as service:
        traceparent = f"00-{'-'.join(REMOTE)}-01"
        secret = {"traceparent": traceparent, "tracestate": "their=secret"}
        path = f"/api/alerts/4711?q={NUMBER}"
        assert service.call("GET", path, **secret)[0] == 404
        assert service.call("GET", f"/nowhere/{NUMBER}", token=None)[0] == 404
    span, nowhere = collector.one("GET /api/alerts/{alert_id}"), collector.one("GET")
    assert (span.kind, span.failed, span.service) == ("server", False, "giftpulse")
    assert (span.trace, span.parent) == REMOTE
    request_id = span.attributes.pop("giftpulse.request_id")
    assert isinstance(request_id, str)
    assert len(request_id) == 16
    assert span.attributes == {
        "http.request.method": "GET", "http.route": "/api/alerts/{alert_id}", "http.response.status_code": 404
    }  # fmt: skip
    assert (nowhere.parent, nowhere.attributes.keys() - {"giftpulse.request_id"}) == (
        "",
        {"http.request.method", "http.response.status_code"},
    )
    assert nowhere.trace != span.trace


def test_the_id_of_a_request_and_its_trace_stand_in_our_log(
    lite: Site, collector: Collector, caplog: pytest.LogCaptureFixture
) -> None:
    lines: list[dict[str, object]] = []
    listening = logging.Handler()
    listening.emit = lambda record: lines.append(json.loads(journal.JsonLines().format(record)))  # type: ignore[method-assign]
    logger = logging.getLogger("giftpulse.requests")
    logger.addHandler(listening)
    caplog.set_level(logging.INFO)
    try:
        with traced(collector.endpoint), serving(lite) as service:
            service.get("/api/rules")
    finally:
        logger.removeHandler(listening)
    (line,), span = lines, collector.one("GET /api/rules")
    assert (line["trace_id"], line["request_id"]) == (span.trace, span.attributes["giftpulse.request_id"])


def test_webhooks_are_told_by_door_and_status(lite: Site, collector: Collector) -> None:
    with traced(collector.endpoint), serving(lite) as service:
        assert webhook(service, make.TOKEN) == 200
        assert webhook(service, "not the token") == 403
        assert service.call("GET", "/webhook/inbound", token=None)[0] == 405
    taken, forged = collector.named("POST /webhook/inbound")
    assert (taken.kind, taken.attributes["http.response.status_code"], taken.failed) == ("server", 200, False)
    assert forged.attributes["http.response.status_code"] == 403
    assert collector.one("GET /webhook/inbound").attributes["http.response.status_code"] == 405


def webhook(service: Service, token: str) -> int:
    form = {"MessageSid": make.sid(), "AccountSid": make.ACCOUNT, "From": NUMBER, "To": "+15005550006", "Body": WORDS}
    return service.webhook(f"/webhook/inbound?of={NUMBER}", form, token=token)


def does_a_part(_site: Site) -> bool:
    raise GiftPulseError(f"{NUMBER} said {WORDS}")


def fails(_site: Site) -> bool:
    raise ValueError(f"{NUMBER} said {WORDS}")


@pytest.mark.parametrize(
    ("run", "more", "error"),
    [
        (lambda _site: True, True, None),
        (lambda _site: False, False, None),
        (does_a_part, False, "GiftPulseError"),
        (fails, False, "ValueError"),
    ],
)
def test_a_step_is_told_with_its_round_and_what_became_of_it(
    lite: Site, collector: Collector, run: Callable[[Site], bool], more: bool, error: str | None
) -> None:
    with traced(collector.endpoint):
        Steps(lite).once(round_of(run))
    span = collector.one("round watch")
    assert (span.kind, span.parent, span.failed) == ("internal", "", error is not None)
    told = {"giftpulse.round": "watch", "giftpulse.more": more} | ({"error.type": error} if error else {})
    assert span.attributes == told


def test_requests_to_twilio_are_parts_of_the_step_that_makes_them(collector: Collector, sqlite_url: str) -> None:
    with living(sqlite_url) as world, traced(collector.endpoint):
        timetable.enrol(world.site)
        Steps(world.site).once(timetable.find("pull"))
    step, asked = collector.one("round pull"), collector.named("twilio GET")
    assert len(asked) >= 3  # messages, calls, alerts
    assert {(span.trace, span.parent) for span in asked} == {(step.trace, step.id)}
    assert {span.kind for span in asked} == {"client"}
    assert asked[0].attributes == {"http.request.method": "GET", "http.response.status_code": 200}


def send(world: World, url: str, times: int = 1) -> None:
    known = settings.load(_env_file=None, twilio_api_url=url, twilio_timeout_seconds=0.3)
    account = Account(world.twilio.account_sid, world.twilio.account_sid, world.twilio.auth_token, ())

    async def ask() -> None:
        async with TwilioRest(account, known) as rest:
            await rest.create_message({"To": NUMBER, "From": "+15005550006", "Body": WORDS}, tries=times)

    asyncio.run(ask())


@pytest.mark.parametrize(
    ("fault", "more", "attributes"),
    [
        (None, {}, {"http.response.status_code": 201}),
        ("too_many_requests", {}, {"http.response.status_code": 429, "error.type": "429"}),
        ("error_before", {"status": 503}, {"http.response.status_code": 503, "error.type": "503"}),
        ("latency", {"seconds": 2}, {"error.type": "TimeoutError"}),
    ],
)
def test_a_request_to_twilio_is_told_with_what_came_of_it(
    collector: Collector, sqlite_url: str, fault: str | None, more: dict[str, int], attributes: dict[str, object]
) -> None:
    with living(sqlite_url) as world, traced(collector.endpoint):
        if fault is None:
            send(world, world.twilio.url)
        else:
            world.twilio.order(fault, times=1, **more)
            with pytest.raises(TwilioError):
                send(world, world.twilio.url)
    span = collector.one("twilio POST")
    assert span.attributes == {"http.request.method": "POST", **attributes}
    assert span.failed == ("error.type" in attributes)


def test_requests_to_the_writing_service_are_told(collector: Collector) -> None:
    with RunningFakeOpenAi() as fake, traced(collector.endpoint):
        known = settings.load(_env_file=None, openai_api_key=KEY, openai_base_url=fake.url)
        OpenAiWriter(known).write(WritingRequest("Language: English (en).", f"Write to {NUMBER}: {WORDS}"))
        fake.orders.always = "limited"
        with pytest.raises(WritingError):
            OpenAiWriter(known, retries=0).write(WritingRequest("Language: English (en).", WORDS))
    well, limited = collector.named("openai chat")
    assert (well.attributes, well.failed) == ({"http.request.method": "POST"}, False)
    assert (limited.attributes["http.response.status_code"], limited.failed) == (429, True)
    assert [span.kind for span in collector.named("openai moderation")] == ["client"]
    assert_nothing_private(collector, KEY)


def test_nothing_private_is_told(collector: Collector, sqlite_url: str) -> None:
    """A day with everything in it: what people wrote, their numbers, tokens, addresses with a query."""
    headers = {"otel_exporter_otlp_headers": f"Authorization=Bearer {KEY_OF_OURS}"}
    with living(sqlite_url) as world, traced(collector.endpoint, **headers), serving(world.site) as service:
        program = world.program()
        world.person(program, phone=NUMBER)
        world.twilio.order("error_before", times=1, status=500)
        for each in timetable.ROUNDS:
            Steps(world.site).once(each)
        send(world, world.twilio.url)
        with pytest.raises(TwilioError):
            send(world, "http://127.0.0.1:9")
        webhook(service, world.twilio.auth_token)
        service.call("GET", f"/api/subscribers?phone={NUMBER}&q={WORDS.replace(' ', '+')}")
        service.call("GET", f"/api/messages/{NUMBER}")
        service.call("POST", "/api/rules", {"name": WORDS, "condition": NUMBER})
    names = {span.name for span in collector.spans}
    assert {"round send", "twilio POST", "POST /webhook/inbound", "GET /api/subscribers", "POST /api/rules"} <= names
    assert_nothing_private(collector, world.twilio.auth_token, world.twilio.account_sid)


def assert_nothing_private(collector: Collector, *more: str) -> None:
    assert len(collector.spans) >= 3
    bodies = b"".join(request.body for request in collector.requests).lower()
    digits = NUMBER.removeprefix("+")
    for secret in (digits, WORDS, "nobody", make.ADMIN, make.TOKEN, KEY_OF_OURS, "Bearer", "their=secret", *more):
        assert secret.lower().encode() not in bodies, secret
    assert "?" not in repr(collector.spans)


def test_the_collector_gets_the_headers_and_the_name_of_the_settings(lite: Site, collector: Collector) -> None:
    with traced(
        f"{collector.endpoint}/intake/",
        otel_exporter_otlp_headers=f"X-Key={KEY_OF_OURS}, x-team = a%2Cb",
        otel_service_name="pulse-of-tests",
    ):
        Steps(lite).once(round_of(lambda _site: False))
    (request,) = collector.requests
    assert request.path == "/intake/v1/traces"
    assert request.headers["content-type"] == "application/x-protobuf"
    assert (request.headers["x-key"], request.headers["x-team"]) == (KEY_OF_OURS, "a,b")
    assert collector.one("round watch").service == "pulse-of-tests"


def test_what_the_sdk_reads_by_itself_counts(lite: Site, collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_off")
    with traced(collector.endpoint):
        Steps(lite).once(round_of(lambda _site: False))
    assert collector.requests == []


def test_without_a_collector_there_is_nothing(lite: Site) -> None:
    with traces.running(settings.load(_env_file=None)):
        assert traces.span("round watch") is traces.span("webhook", "server", {"a": 1}, [(b"traceparent", b"x")])
        assert traces.trace_id() is None
        assert Steps(lite).once(round_of(lambda _site: True)) == (True, None)


@contextmanager
def deaf() -> Iterator[str]:
    """An address at which connections are taken and nothing is ever answered."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def test_a_collector_that_does_not_answer_holds_up_nobody(
    lite: Site, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "10")
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "64")
    monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "16")
    steps, idle = Steps(lite), round_of(lambda _site: False)
    with deaf() as endpoint, serving(lite) as service:
        traces.start(settings.load(_env_file=None, otel_exporter_otlp_endpoint=endpoint))
        began = time.monotonic()
        for _ in range(500):
            assert steps.once(idle) == (False, None)
        service.get("/api/rules")
        assert time.monotonic() - began < 5.0
        ending = time.monotonic()
        traces.stop()
        assert time.monotonic() - ending < otlp.FLUSHED_WITHIN + 1.0
    assert sum("Queue full" in record.getMessage() for record in caplog.records) == 1
    assert sum("given up" in record.getMessage() for record in caplog.records) == 1


def test_a_collector_that_refuses_is_told_of_once(
    lite: Site, collector: Collector, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "1")
    collector.receiver.answer = lambda _request: 401
    steps = Steps(lite)
    with traced(collector.endpoint):
        for number in range(5):
            steps.once(round_of(lambda _site: False))
            deadline = time.monotonic() + 10
            while len(collector.requests) <= number and time.monotonic() < deadline:
                time.sleep(0.005)
    assert len(collector.requests) == 5
    (line,) = [record.getMessage() for record in caplog.records if record.name.startswith("opentelemetry")]
    assert "401" in line
