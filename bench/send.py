"""Sending: claimed, gated, paced, intent and outcome recorded, against the same client that stores nothing (50 ms)."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import psycopg
from sqlalchemy import func, select, text, update
from sqlalchemy.engine import make_url
from twilio.rest import Client

from bench import Figure, plan
from giftpulse.daily.outbox import plan as planning
from giftpulse.daily.outbox import send
from giftpulse.daily.outbox.models import Delivery
from giftpulse.daily.programs.models import Program
from giftpulse.ground import clock
from giftpulse.ground.site import Site
from giftpulse.logs import store
from giftpulse.twilio.accounts import account_of
from giftpulse.twilio.rest import TwilioRest
from tests import make, postgres

_ONE_BY_ONE = 60
_FORM = {"To": "+15005550009", "From": "+15005550006", "Body": "A kind word for the day, about as long as they are."}


def run(quick: bool) -> Iterator[Figure]:
    """One process of ours on Postgres; the same number of messages by the bare client; some by the official SDK."""
    messages, ahead = (1_500, 100_000) if quick else (8_000, 1_000_000)
    with postgres.running(durable=True) as server, _twilio() as url:
        one_by_one = _official(url)
        yield Figure("official SDK, one after the other", one_by_one, "messages/s", note=f"{_ONE_BY_ONE} messages")
        site = make.site(_database(server), twilio_api_url=url)
        bare = sorted(_bare(site, messages) for _ in range(3))[1]
        yield Figure("the same client, nothing stored", bare, "messages/s", note=f"{send.CONCURRENCY} under way")
        ours, cpu = sorted(_prepared(site, messages) for _ in range(3))[1]
        yield Figure("ours, all recorded", ours, "messages/s", note=f"{cpu:.2f} ms of our CPU each")
        yield Figure("ours against the bare client", 100 * ours / bare, "%", floor=60, goal=70)
        yield Figure("ours against one after the other", ours / one_by_one, "x", floor=40, goal=50)
        _prepare(site, messages, ahead)
        crowded, _ = _ours(site, messages)
        yield Figure(f"ours, with {ahead:,} texts planned ahead", crowded, "messages/s")
        yield Figure("the same against before", 100 * crowded / ours, "%")
        site.close()


def _prepared(site: Site, messages: int) -> tuple[float, float]:
    _prepare(site, messages, 0)
    return _ours(site, messages)


def _prepare(site: Site, due: int, ahead: int) -> None:
    """So many texts due now, and so many planned for later."""
    with site.database.begin() as session:
        session.execute(text("TRUNCATE deliveries, subscribers, audiences, plans, programs, program_days, senders"))
        store.add_reader(session, "delivery", clock.now())
    program = plan.populate(site, due + ahead)
    now = clock.now()
    with site.database.begin() as session:
        changes = {"segments_per_second": 1e6, "canary": False, "window_start": 0, "window_end": 1440}
        session.execute(update(Program).where(Program.id == program).values(**changes))
    planning.plan(site, now)
    with site.database.begin() as session:
        open_long = Delivery.window_end > now + timedelta(hours=1)
        first = select(func.min(Delivery.id)).where(open_long).group_by(Delivery.subscriber_id).limit(due)
        # Nothing else may become due meanwhile: a run goes on as long as something does.
        soon = Delivery.send_at <= now + timedelta(hours=1)
        session.execute(update(Delivery).values(send_at=now + timedelta(days=2)).where(soon))
        session.execute(update(Delivery).where(Delivery.id.in_(first)).values(send_at=now))
        # Instants are spread, as they are over a window.
        session.execute(text(
            "UPDATE deliveries d SET send_at = d.send_at - n * interval '1 millisecond' FROM "
            "(SELECT id, row_number() OVER (ORDER BY hashint8(id)) AS n FROM deliveries WHERE send_at <= :now) AS due "
            "WHERE due.id = d.id"
        ), {"now": now})  # fmt: skip
    with site.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE deliveries"))


def _ours(site: Site, messages: int) -> tuple[float, float]:
    began, cpu = time.perf_counter(), time.process_time()
    sent = send.drain(site)
    took, burnt = time.perf_counter() - began, time.process_time() - cpu
    assert sent.accepted >= messages, sent  # and what became due meanwhile
    with site.database.read() as session:
        recorded = session.scalar(select(func.count()).where(Delivery.sid.is_not(None)))
    assert recorded == sent.accepted, f"{recorded} of {sent.accepted} are recorded"
    return sent.accepted / took, 1000 * burnt / sent.accepted


def _bare(site: Site, messages: int) -> float:
    account = account_of(site.settings)
    assert account is not None

    async def all_of_them() -> None:
        async with TwilioRest(account, site.settings, concurrency=send.CONCURRENCY) as rest:
            numbers = iter(range(messages))

            async def worker() -> None:
                for _ in numbers:
                    await rest.create_message(_FORM, tries=1)

            await asyncio.gather(*(worker() for _ in range(send.CONCURRENCY)))

    began = time.perf_counter()
    asyncio.run(all_of_them())
    return messages / (time.perf_counter() - began)


def _official(url: str) -> float:
    client = Client(make.ACCOUNT, make.TOKEN)
    client.api.base_url = url
    began = time.perf_counter()
    for _ in range(_ONE_BY_ONE):
        client.messages.create(to=_FORM["To"], from_=_FORM["From"], body=_FORM["Body"])
    return _ONE_BY_ONE / (time.perf_counter() - began)


@contextmanager
def _twilio() -> Iterator[str]:
    server = subprocess.Popen([sys.executable, "-m", "bench.send_server"], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
    finally:
        server.terminate()
        server.wait(10)


def _database(server: str) -> str:
    plain = make_url(server).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute("CREATE DATABASE bench_send")
    return make_url(server).set(database="bench_send").render_as_string(hide_password=False)
