"""STOP: from the webhook to the moment from which no text can go, with 100,000 texts planned; against one second."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy import select
from sqlalchemy.engine import make_url

from bench import Figure, plan
from giftpulse.daily.outbox import plan as planning
from giftpulse.daily.subscribers.models import OPTED_OUT, Subscriber
from giftpulse.ground import clock
from giftpulse.ground.site import Site
from tests import make, postgres
from tests.service import Service, serving

_SENDER = "+15005550006"


def run(quick: bool) -> Iterator[Figure]:
    """Signed webhooks over HTTP to the whole service, each answer comes after the commit."""
    people, stops = (5_000, 20) if quick else (100_000, 100)
    with _database() as url:
        site = make.site(url)
        program = plan.populate(site, people)
        planning.plan(site, clock.now())
        with site.database.read() as session:
            leaving = session.execute(
                select(Subscriber.id, Subscriber.phone).where(Subscriber.program_id == program).limit(stops)
            ).all()
        with serving(site) as service:
            times = sorted(_stop(service, site, number, one, str(phone)) for number, (one, phone) in enumerate(leaving))
        site.close()
    yield Figure("planned texts", people, "people", note=f"{stops} of them say STOP, one after the other")
    yield Figure("from webhook to obeyed, p50", times[len(times) // 2] * 1000, "ms")
    worst = times[-1]
    yield Figure("from webhook to obeyed, the slowest", worst * 1000, "ms")
    yield Figure("a second against the slowest", 1 / worst, "x", floor=1)


def _stop(service: Service, site: Site, number: int, subscriber_id: int, phone: str) -> float:
    """One STOP. When it is answered the person must have left: that is looked at, and not timed."""
    form = {
        "MessageSid": f"SM{number:032x}", "AccountSid": make.ACCOUNT, "From": phone, "To": _SENDER, "Body": "Stop!",
        "NumSegments": "1",
    }  # fmt: skip
    began = time.perf_counter()
    status = service.webhook("/webhook/inbound", form)
    took = time.perf_counter() - began
    assert status == 200, status
    with site.database.read() as session:
        assert session.get_one(Subscriber, subscriber_id).status == OPTED_OUT
    return took


@contextmanager
def _database() -> Iterator[str]:
    with postgres.running(durable=True) as server:
        plain = make_url(server).set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute("CREATE DATABASE bench_stop")
        yield make_url(server).set(database="bench_stop").render_as_string(hide_password=False)
