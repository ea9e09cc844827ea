"""The webhook doors, over real HTTP: signed or not at all, stored before the answer, once."""

import json
import threading
import time
from collections.abc import Iterator
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from sqlalchemy import func, select

from giftpulse.ground.site import Site
from giftpulse.logs.models import LogChange, LogEntry, LogReject
from giftpulse.twilio.signature import body_sha256, sign
from tests import make
from tests.make import ACCOUNT
from tests.service import Service, serving


@pytest.fixture
def service(site: Site) -> Iterator[Service]:
    with serving(site) as running:
        yield running


def entries(site: Site) -> list[LogEntry]:
    with site.database.read() as session:
        return list(session.scalars(select(LogEntry).order_by(LogEntry.id)))


def status_form(sid: str, status: str = "delivered", **more: str) -> dict[str, str]:
    return {"MessageSid": sid, "MessageStatus": status, "AccountSid": ACCOUNT, "To": "+15005550009", **more}


def test_a_signed_status_is_stored_before_the_answer(service: Service) -> None:
    sid = make.sid()
    assert service.webhook("/webhook/status", status_form(sid, "undelivered", ErrorCode="30003", Unheard="of")) == 204
    (entry,) = entries(service.site)
    assert (entry.sid, entry.status, entry.error_code, entry.to) == (sid, "undelivered", 30003, "+15005550009")
    with service.site.database.read() as session:
        (change,) = session.scalars(select(LogChange))
    assert json.loads(change.said or "")["Unheard"] == "of"


@pytest.mark.parametrize("path", ["/webhook/status", "/webhook/inbound", "/webhook/debugger", "/webhook/events"])
@pytest.mark.parametrize("signature", ["", "nonsense", "RSOYDt4T1cUTdK1PDd93/VVr8B8="])
def test_without_a_genuine_signature_it_is_403_and_leaves_no_trace(lite: Site, path: str, signature: str) -> None:
    with serving(lite) as service:
        form = {"MessageSid": make.sid(), "Sid": make.sid("NO"), "MessageStatus": "sent"}
        assert service.webhook(path, form, signature=signature) == 403
        with lite.database.read() as session:
            for table in (LogEntry, LogChange, LogReject):
                assert session.scalar(select(func.count()).select_from(table)) == 0


def test_without_a_token_in_the_settings_the_doors_are_closed(tmp_path_factory: pytest.TempPathFactory) -> None:
    url = make.sqlite_url(tmp_path_factory.mktemp("closed"))
    site = make.site(url, twilio_account_sid=None, twilio_auth_token=None)
    with serving(site) as service:
        assert service.webhook("/webhook/status", status_form(make.sid()), token="") == 403
    site.close()


def test_the_previous_token_is_taken_while_it_is_rotated(tmp_path_factory: pytest.TempPathFactory) -> None:
    url = make.sqlite_url(tmp_path_factory.mktemp("rotated"))
    site = make.site(url, twilio_auth_token="new" * 10, twilio_auth_token_previous=make.TOKEN)
    with serving(site) as service:
        assert service.webhook("/webhook/status", status_form(make.sid())) == 204
        assert service.webhook("/webhook/status", status_form(make.sid()), token="new" * 10) == 204
    site.close()


def test_behind_a_proxy_the_public_address_is_what_was_signed(tmp_path_factory: pytest.TempPathFactory) -> None:
    url = make.sqlite_url(tmp_path_factory.mktemp("proxy"))
    site = make.site(url, public_url="https://pulse.example.org/in")
    with serving(site) as service:
        form = status_form(make.sid())
        signed = sign(make.TOKEN, "https://pulse.example.org/in/webhook/status?outbox=7&x=a%20b", form)
        assert service.webhook("/webhook/status?outbox=7&x=a%20b", form, signature=signed) == 204
        assert service.webhook("/webhook/status?outbox=8&x=a%20b", form, signature=signed) == 403
    site.close()


def test_an_inbound_message_is_stored_once_and_answered_with_empty_twiml(service: Service) -> None:
    form = {
        "MessageSid": make.sid(), "AccountSid": ACCOUNT, "From": "+15005550009", "To": "+15005550006",
        "Body": "STOP", "NumSegments": "1", "OptOutType": "STOP",
    }  # fmt: skip
    assert service.webhook("/webhook/inbound", form) == 200
    assert service.webhook("/webhook/inbound", form) == 200
    (entry,) = entries(service.site)
    assert (entry.direction, entry.status, entry.body) == ("inbound", "received", "STOP")
    assert json.loads(entry.raw or "")["OptOutType"] == "STOP"


def test_a_debugger_event_and_the_listed_alert_are_one_entry(service: Service) -> None:
    sid, about = make.sid("NO"), make.sid("SM")
    payload = {
        "resource_sid": about, "service_sid": None, "error_code": "11200",
        "more_info": {"Msg": "Got HTTP 502 response"}, "webhook": {"request": {"url": "https://example.com/sms"}},
    }  # fmt: skip
    form = {
        "Sid": sid, "AccountSid": ACCOUNT, "Timestamp": "2026-11-20T12:00:00Z", "Level": "ERROR",
        "PayloadType": "application/json", "Payload": json.dumps(payload),
    }  # fmt: skip
    assert service.webhook("/webhook/debugger", form) == 204
    make.take(service.site, make.alert(sid=sid, resource_sid=about), kind="alert")
    (entry,) = entries(service.site)
    assert (entry.kind, entry.error_code, entry.log_level, entry.resource_sid) == ("alert", 11200, "error", about)
    assert entry.text == "Got HTTP 502 response"


def test_event_streams_deliveries_are_taken_event_by_event(service: Service) -> None:
    sid = make.sid()
    events = [
        {
            "specversion": "1.0", "type": "com.twilio.messaging.message.undelivered", "id": "EZ1", "source": "x",
            "time": "2026-11-20T12:00:05Z",
            "data": {"messageSid": sid, "accountSid": ACCOUNT, "messageStatus": "UNDELIVERED", "errorCode": 30005,
                     "timestamp": "2026-11-20T12:00:04Z", "to": "+15005550009"},
        },
        {"type": "com.twilio.something.new", "id": "EZ2", "data": {"a": 1}},
        "not an event",
    ]  # fmt: skip
    body = json.dumps(events).encode()
    url = f"{service.url}/webhook/events?bodySHA256={body_sha256(body)}"
    headers = {"X-Twilio-Signature": sign(make.TOKEN, url), "Content-Type": "application/json"}
    for _ in range(2):
        with urlopen(Request(url, data=body, headers=headers, method="POST"), timeout=10) as answer:
            assert answer.status == 204
    (entry,) = entries(service.site)
    assert (entry.status, entry.error_code) == ("undelivered", 30005)
    with service.site.database.read() as session:
        assert session.scalar(select(LogChange.event_at)) == make.NOON.replace(second=4)
        assert session.scalar(select(func.count()).select_from(LogReject)) == 2


def test_a_status_without_a_sid_is_kept_aside(service: Service) -> None:
    assert service.webhook("/webhook/status", {"What": "ever"}) == 204
    with service.site.database.read() as session:
        (reject,) = session.scalars(select(LogReject))
    assert reject.raw == "What=ever"


def test_a_call_status_is_a_call(service: Service) -> None:
    sid = make.sid("CA")
    form = {"CallSid": sid, "CallStatus": "no-answer", "AccountSid": ACCOUNT, "From": "+15005550006"}
    assert service.webhook("/webhook/status", form) == 204
    assert [(e.kind, e.status) for e in entries(service.site)] == [("call", "no-answer")]


def test_other_methods_and_huge_bodies_are_refused(lite: Site) -> None:
    with serving(lite) as service:
        assert service.call("GET", "/webhook/status", token=None)[0] == 405
        form = status_form(make.sid(), Filler="x" * 1_200_000)
        assert service.webhook("/webhook/status", form) == 413


def test_a_form_made_to_be_slow_is_refused_at_once(lite: Site) -> None:
    """Parameters repeated a hundred thousand times, and nobody has signed them."""
    with serving(lite) as service:
        url, body = f"{service.url}/webhook/status", b"a=&" * 300_000
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        for headers, expected in ((kind, 403), ({**kind, "X-Twilio-Signature": "x"}, 413)):
            began = time.monotonic()
            with pytest.raises(HTTPError) as error:
                urlopen(Request(url, data=body, headers=headers, method="POST"), timeout=30)
            error.value.close()
            assert error.value.code == expected
            assert time.monotonic() - began < 10  # it took a minute and a half


def test_many_at_once_are_all_stored(service: Service) -> None:
    sids = [make.sid() for _ in range(120)]
    answers: list[int] = []

    def post(part: list[str]) -> None:
        answers.extend(service.webhook("/webhook/status", status_form(sid)) for sid in part)

    threads = [threading.Thread(target=post, args=(sids[i::8],)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [204] * 120
    assert sorted(entry.sid for entry in entries(service.site)) == sorted(sids)
