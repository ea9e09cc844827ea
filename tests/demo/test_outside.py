"""The mail server and the webhook receiver, over real sockets."""

import json
import smtplib
from email.message import EmailMessage
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from standardwebhooks import Webhook

from giftpulse.demo.caught import Caught, Hook, Mail
from giftpulse.demo.outside import Outside
from giftpulse.demo.receiver import judged
from giftpulse.ground import clock
from giftpulse.monitor.channels.payload import new_secret, signature_headers

SECRET = new_secret()
BODY = json.dumps({"type": "alert.firing", "data": {"summary": "Texts fail: 3 matches"}}).encode()


def test_a_mail_is_caught_with_its_recipients_subject_and_text() -> None:
    caught = Caught()
    mail = EmailMessage()
    mail["From"], mail["To"] = "giftpulse@demo.example", "on-call@demo.example"
    mail["Subject"] = "[FIRING] Größere Störung — " + "sehr " * 20 + "lang"
    mail.set_content("Was geschah\n")
    mail.add_alternative("<p>Was geschah</p>", subtype="html")
    with Outside(caught, SECRET) as outside, smtplib.SMTP("127.0.0.1", outside.mail_port, timeout=5) as client:
        client.send_message(mail, to_addrs=["on-call@demo.example", "office@demo.example"])
    [thing] = caught.since(0)[1]
    assert isinstance(thing, Mail)
    assert thing.to == "on-call@demo.example, office@demo.example"
    assert thing.subject == "[FIRING] Größere Störung — " + "sehr " * 20 + "lang"
    assert thing.text == "Was geschah"
    assert caught.counts() == {"mails": 1}


def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    try:
        with urlopen(Request(url, body, headers), timeout=5) as answer:
            return int(answer.status)
    except HTTPError as error:
        with error:
            return error.code


def test_a_webhook_is_taken_if_signed_and_refused_if_not() -> None:
    caught = Caught()
    good = dict(signature_headers("msg_1", clock.now(), BODY, SECRET))
    with Outside(caught, SECRET) as outside:
        assert post(outside.hook_url, BODY, good) == 204
        assert post(outside.hook_url, BODY + b" ", good) == 401
        assert post(outside.hook_url, BODY, {}) == 401
    first, changed, bare = caught.since(0)[1]
    assert isinstance(first, Hook)
    assert first.is_genuine
    assert (first.kind, first.notice_id, first.summary) == ("alert.firing", "msg_1", "Texts fail: 3 matches")
    assert isinstance(changed, Hook)
    assert not changed.is_genuine
    assert isinstance(bare, Hook)
    assert "header" in bare.fault.lower()
    assert caught.counts() == {"webhooks": 1, "forged": 2}


def test_both_are_gone_after_the_block() -> None:
    with Outside(Caught(), SECRET) as outside:
        port = outside.mail_port
    with pytest.raises(OSError, match="refused"):
        smtplib.SMTP("127.0.0.1", port, timeout=5)


@pytest.mark.parametrize("other", ["another secret", "an old time"])
def test_a_signature_by_another_secret_or_of_another_time_is_no_good(other: str) -> None:
    at = clock.now()
    if other == "an old time":
        at = at.replace(year=at.year - 1)
        headers = signature_headers("msg_1", at, BODY, SECRET)
    else:
        headers = signature_headers("msg_1", at, BODY, new_secret())
    assert not judged(SECRET, BODY, headers).is_genuine


@pytest.mark.parametrize("body", [b"", b"[1]", b"\xff", b'{"data": 3}'])
def test_what_is_no_alert_is_judged_without_a_crash(body: bytes) -> None:
    at = clock.now()
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(int(at.timestamp()))}
    signature = Webhook(SECRET).sign("msg_1", at, body.decode("latin-1"))
    hook = judged(SECRET, body, {**headers, "webhook-signature": signature})
    assert (hook.kind, hook.summary) == ("unknown", "")
