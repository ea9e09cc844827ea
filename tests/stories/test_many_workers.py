"""One worker or eight over the same Postgres: the same counts, the same alerts, the same pace, the same silence after
a STOP. Each worker is a thread with a site of its own, and meets the others in the database alone."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from giftpulse import timetable
from giftpulse.daily.outbox import send
from giftpulse.daily.outbox.models import Delivery
from giftpulse.ground import clock
from giftpulse.ground.site import Site
from giftpulse.monitor import rounds
from giftpulse.monitor.alerts.models import Alert, AlertGroup
from giftpulse.monitor.matching.windows import Window
from giftpulse.monitor.rules import store as rules
from giftpulse.monitor.rules.language import Threshold
from giftpulse.simulator import SimulatorConfig
from tests import make
from tests.daily.world import SENDER, World, living
from tests.service import Service, serving

EIGHT = 8
PACE = 25  # segments a second
PEOPLE = 100
LEAVING = 10
_IN_FLIGHT = 1.0  # seconds: a yes of the gate holds for 0.7, and the request takes its time

RULES = (
    ({"type": "each", "group_by": ["to"]}, "each"),
    ({"type": "threshold", "count": 5, "within": "10m", "group_by": ["error_code"]}, "some"),
    ({"type": "threshold", "count": 1000, "within": "10m"}, "never"),
)
"""Triggers and names. What comes lies within one window: then no order of reading may make a difference."""


@contextmanager
def sites(database_url: str, number: int, **settings: object) -> Iterator[list[Site]]:
    """So many processes' sites over one database."""
    with ExitStack() as stack:
        made = [make.site(database_url, migrated=True, **settings) for _ in range(number)]
        for site in made:
            stack.callback(site.close)
        yield made


def together(sites_: Sequence[Site], work: Callable[[Site], object]) -> list[threading.Thread]:
    """Every worker at once."""
    threads = [threading.Thread(target=work, args=(site,), daemon=True) for site in sites_]
    for thread in threads:
        thread.start()
    return threads


@pytest.mark.parametrize("workers", [1, EIGHT])
def test_windows_and_alerts_are_the_same_however_many_count(postgres_url: str, workers: int) -> None:
    records = [record(number) for number in range(400)]
    with sites(postgres_url, workers) as made:
        first = made[0]
        timetable.enrol(first)
        with first.database.begin() as session:
            ids = [rules.create(session, rule(trigger, name), make.NOON).id for trigger, name in RULES]
        for start in range(0, len(records), 10):
            make.take(first, *records[start : start + 10])
        for thread in together(made, watch):
            thread.join(60)
        with first.database.read() as session:
            alerts = session.execute(select(Alert.rule_name, Alert.group, Alert.state, Alert.count)).all()
            groups = session.execute(select(AlertGroup.rule_id, AlertGroup.times)).all()
    failed = [each for each in records if each["status"] == "undelivered"]
    to, codes = (Counter(str(each[name]) for each in failed) for name in ("to", "error_code"))
    assert sorted(tuple(row) for row in alerts) == sorted(
        [("each", f'{{"to": "{number}"}}', "firing", count) for number, count in to.items()]
        + [("some", f'{{"error_code": "{code}"}}', "firing", count) for code, count in codes.items() if count >= 5]
    )
    windows = [
        len(Window.of(Threshold(1, timedelta(minutes=10)), times).known()) for of, times in groups if of != ids[0]
    ]
    assert sorted(windows) == sorted([*codes.values(), len(failed)])


def watch(site: Site) -> None:
    """A worker at its round, until nothing is owed."""
    while rounds.watch(site):
        pass


def rule(trigger: object, name: str) -> dict[str, object]:
    """A rule for what was not delivered."""
    return {"name": name, "condition": {"field": "status", "op": "eq", "value": "undelivered"}, "trigger": trigger}


def record(number: int) -> dict[str, object]:
    """A message; three of four failed, to 7 numbers, with 3 codes of which one is rare."""
    failed = number % 4 != 0
    return make.message(
        sid=make.sid("SM", number),
        at=make.NOON - timedelta(seconds=number * 7 % 400),
        to=f"+1206555000{number % 7}",
        status="undelivered" if failed else "delivered",
        error_code=None if not failed else 30004 if number == 77 else 30003 + 2 * (number % 2),
    )


def due_now(world: World) -> dict[str, int]:
    """People whose text is due now; answers the id of each number."""
    zone = "Etc/UTC" if 1 <= datetime.now(UTC).hour <= 20 else "Asia/Tokyo"
    program = world.program(window_start="00:00", window_end="24:00", canary=False, segments_per_second=PACE)
    ids = world.people(program, PEOPLE, zone)
    world.plan()
    with world.site.database.begin() as session:
        session.execute(update(Delivery).values(send_at=clock.now() + timedelta(hours=26)))
        today = Delivery.window_end <= clock.now() + timedelta(days=1)
        session.execute(update(Delivery).where(today).values(send_at=clock.now()))
    return {str(world.subscriber(each).phone): each for each in ids}


def taken(world: World) -> list[tuple[str, datetime, int]]:
    """Number, instant and segments of every text that Twilio took of our sender, in order."""
    return sorted(
        world.twilio.do(
            lambda simulator: [
                (message.to, message.created, message.segments)
                for message in simulator.world.account().messages
                if message.from_ == SENDER and message.direction == "outbound-api"
            ]
        ),
        key=lambda each: each[1],
    )


def stop(world: World, service: Service, phone: str) -> datetime:
    """They text STOP; answers when our answer was there."""
    form = {
        "MessageSid": make.sid(), "AccountSid": world.twilio.account_sid, "From": phone, "To": SENDER,
        "Body": "STOP", "SmsStatus": "received", "NumMedia": "0", "NumSegments": "1",
    }  # fmt: skip
    assert service.webhook("/webhook/inbound", form, token=world.twilio.auth_token) == 200
    return clock.now()


@pytest.mark.parametrize("workers", [1, EIGHT])
def test_senders_keep_one_pace_and_obey_a_stop(postgres_url: str, workers: int) -> None:
    with living(postgres_url, SimulatorConfig(speed=0)) as world, serving(world.site) as service:
        phones = due_now(world)
        known = ("twilio_account_sid", "twilio_auth_token", "twilio_api_url", "twilio_monitor_url")
        values = world.site.settings.model_dump(include=set(known))
        values["twilio_auth_token"] = world.twilio.auth_token
        halt = threading.Event()
        with sites(postgres_url, workers, **values) as made:
            threads = together(made, lambda site: send.serve(site, halt, lambda: None))
            try:
                service.eventually(lambda: taken(world), within=30)
                leaving = sorted(phones.keys() - {to for to, _, _ in taken(world)})[:LEAVING]
                with ThreadPoolExecutor(LEAVING) as people:  # all at once, while the pace holds most of them back
                    stopped = dict(zip(leaving, people.map(lambda to: stop(world, service, to), leaving), strict=True))
                assert len(stopped) == LEAVING
                staying = phones.keys() - set(leaving)
                service.eventually(lambda: staying <= {to for to, _, _ in taken(world)}, within=60)
                time.sleep(_IN_FLIGHT)  # what a worker has wrongly claimed arrives, too
            finally:
                halt.set()
                for thread in threads:
                    thread.join(20)
        arrived = taken(world)
        names = {each: to for to, each in phones.items()}
        claimed = [(row, row.posted_at) for row in world.deliveries() if row.posted_at is not None]
    texts = Counter(to for to, _, _ in arrived)
    assert_paced(sorted((at, row.segments or 0) for row, at in claimed), late=0.0)
    assert_paced([(at, segments) for _, at, segments in arrived], late=_IN_FLIGHT)
    assert {to: texts[to] for to in phones if to not in stopped} == dict.fromkeys(phones.keys() - stopped.keys(), 1)
    late = [to for to, at, _ in arrived if to in stopped and at > stopped[to] + timedelta(seconds=_IN_FLIGHT)]
    assert late == []
    # And none was claimed after the STOP was answered.
    to_stopped = [(names[row.subscriber_id], at) for row, at in claimed if names[row.subscriber_id] in stopped]
    assert [to for to, at in to_stopped if at > stopped[to]] == []
    assert {to for to in stopped if texts[to]} <= {to for to, _ in to_stopped}


def assert_paced(texts: Sequence[tuple[datetime, int]], late: float) -> None:
    """In no span of time more segments than the pace allows, and a second's worth for a sender that was idle. ``late``:
    by so many seconds one may come after its time, and so together with those after it."""
    for first, (begin, _) in enumerate(texts):
        total = 0
        for at, segments in texts[first:]:
            total += segments
            seconds = (at - begin).total_seconds()
            assert total <= PACE * (seconds + 1 + late) + 1e-6, f"{total} segments in {seconds:.2f} s"
