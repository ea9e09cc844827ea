"""The peer: what a simple service does. Flask, the official validator, one session and commit for each request."""

import os

from flask import Flask, Response, request
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session
from twilio.request_validator import RequestValidator

from giftpulse.ground import clock
from giftpulse.logs.models import LogEntry
from tests import make

app = Flask(__name__)
engine = create_engine(os.environ.get("BENCH_URL", "sqlite://"))
validator = RequestValidator(make.TOKEN)


@app.get("/health")
def health() -> Response:
    """Up."""
    return Response(status=200)


@app.post("/webhook/status")
def status() -> Response:
    """One callback."""
    if not validator.validate(request.url, request.form, request.headers.get("X-Twilio-Signature", "")):
        return Response(status=403)
    sid = request.form["MessageSid"]
    now = clock.now()
    with Session(engine) as session:
        found = session.scalar(select(LogEntry).where(LogEntry.account_sid == make.ACCOUNT, LogEntry.sid == sid))
        if found is None:
            number = int(sid.removeprefix("PE"), base=16)
            found = LogEntry(
                id=number + 1, account_sid=make.ACCOUNT, sid=sid, kind="message", event_at=now, seen_at=now,
                last_change_id=0, to=request.form["To"], from_=request.form["From"],
            )  # fmt: skip
            session.add(found)
        found.status = request.form["MessageStatus"]
        session.commit()
    return Response(status=204)
