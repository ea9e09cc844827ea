"""STORE_BODIES=false: no text of a message is stored, whichever door it comes through."""

import json
from contextlib import closing
from urllib.request import Request, urlopen

from sqlalchemy import select

from giftpulse.logs.models import LogChange, LogEntry, LogReject
from giftpulse.twilio.signature import body_sha256, sign
from tests import make
from tests.make import ACCOUNT
from tests.service import serving

SECRET = "very private words"


def test_no_door_stores_the_text_of_a_message(sqlite_url: str) -> None:
    with closing(make.site(sqlite_url, migrated=True, store_bodies=False)) as site, serving(site) as service:
        inbound = {"MessageSid": make.sid(), "AccountSid": ACCOUNT, "From": "+15005550009", "Body": SECRET}
        assert service.webhook("/webhook/inbound", inbound) == 200
        assert service.webhook("/webhook/inbound", {"Body": SECRET, "From": "+15005550009"}) == 200
        payload = {"error_code": "11200", "webhook": {"request": {"parameters": {"Body": SECRET, "To": "+1"}}}}
        debugger = {"Sid": make.sid("NO"), "AccountSid": ACCOUNT, "Level": "ERROR", "Payload": json.dumps(payload)}
        assert service.webhook("/webhook/debugger", debugger) == 204
        kind, data = "com.twilio.messaging.message.sent", {"messageSid": make.sid(), "messageStatus": "SENT"}
        body = json.dumps([{"type": kind, "data": {**data, "body": SECRET}}]).encode()
        url = f"{service.url}/webhook/events?bodySHA256={body_sha256(body)}"
        headers = {"X-Twilio-Signature": sign(make.TOKEN, url), "Content-Type": "application/json"}
        with urlopen(Request(url, data=body, headers=headers, method="POST"), timeout=10) as answer:
            assert answer.status == 204
        with site.database.read() as session:
            entries = session.scalars(select(LogEntry)).all()
            stored = [entry.raw or "" for entry in entries] + [entry.body or "" for entry in entries]
            stored += [change.said or "" for change in session.scalars(select(LogChange))]
            stored += [reject.raw for reject in session.scalars(select(LogReject))]
    assert [entry.kind for entry in entries] == ["message", "alert", "message"]
    assert any("+15005550009" in text for text in stored)
    assert not [text for text in stored if SECRET in text or SECRET.replace(" ", "+") in text]
