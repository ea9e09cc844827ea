"""The parts that need no server: time, ledgers, dates, connection rules, the loopback guard."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from unittest.mock import Mock

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from hypothesis import given
from hypothesis import strategies as st

from giftpulse.ground import clock
from giftpulse.simulator.calls import formatted
from giftpulse.simulator.connection_rules import ConnectionRules, split
from giftpulse.simulator.control import guard
from giftpulse.simulator.dates import iso, rfc2822, understood
from giftpulse.simulator.ledger import Ledger
from giftpulse.simulator.places import country, price, somebody
from giftpulse.simulator.schedule import Schedule
from giftpulse.simulator.sids import Sids, made_up

NOON = datetime(2026, 3, 8, 12, tzinfo=UTC)


class TestSchedule:
    def test_each_thing_happens_at_its_own_instant(self) -> None:
        with clock.stopped(NOON):
            schedule, seen = Schedule(speed=0), []
            for seconds in (30, 10, 20):
                schedule.after(seconds, lambda: seen.append((schedule.now() - NOON).total_seconds()))
            schedule.advance(25)
            assert seen == [10, 20]
            assert schedule.now() == NOON + timedelta(seconds=25)
            schedule.advance(5)
            assert seen == [10, 20, 30]

    def test_what_follows_may_fall_due_in_the_same_stretch(self) -> None:
        schedule, seen = Schedule(speed=0), []
        schedule.after(1, lambda: schedule.after(1, lambda: seen.append("second")))
        schedule.advance(5)
        assert seen == ["second"]

    def test_real_dates_follow_our_clock_however_fast_lives_are(self) -> None:
        schedule = Schedule(speed=1e6)
        assert abs((schedule.now() - clock.now()).total_seconds()) < 1

    def test_virtual_dates_run_at_the_speed(self) -> None:
        with clock.stopped(NOON):
            schedule = Schedule(speed=0, dates="virtual")
            schedule.advance(3600)
            assert schedule.now() == NOON + timedelta(hours=1)

    def test_an_instant_is_waited_for_by_the_dates(self) -> None:
        for dates, speed in (("real", 10.0), ("virtual", 10.0), ("real", 0.0)):
            schedule, seen = Schedule(speed, dates), []  # type: ignore[arg-type]
            schedule.at(schedule.now() + timedelta(seconds=60), lambda: seen.append(1))  # noqa: B023
            schedule.advance(59 * (speed if dates == "real" and speed else 1))
            assert seen == []
            schedule.advance(62 * (speed if dates == "real" and speed else 1))
            assert seen == [1]

    def test_one_failure_does_not_stop_the_others(self) -> None:
        async def main() -> list[str]:
            loop, seen = asyncio.get_running_loop(), list[str]()

            def fail() -> None:
                raise ZeroDivisionError

            loop.set_exception_handler(lambda *_: seen.append("failed"))
            schedule = Schedule(speed=1000)
            schedule.start(loop)
            schedule.after(1, fail)
            schedule.after(20, lambda: seen.append("went on"))
            await asyncio.sleep(0.1)
            schedule.after(1000000, lambda: None)
            schedule.stop()
            return seen

        assert asyncio.run(main()) == ["failed", "went on"]


@dataclass
class Thing:
    sid: str
    created: datetime


class TestLedger:
    @given(st.lists(st.integers(0, 5), max_size=30), st.integers(1, 7))
    def test_pages_hold_every_row_once_and_newest_first(self, hours: list[int], size: int) -> None:
        ledger: Ledger[Thing] = Ledger(1000)
        for number, hour in enumerate(hours):
            ledger.add(Thing(f"SM{number}", NOON + timedelta(hours=hour)))
        seen: list[Thing] = []
        token: str | None = None
        while True:
            page = ledger.page(lambda _: True, size, token)
            seen += page.rows
            token = page.next_token
            if token is None:
                break
            back = ledger.page(lambda _: True, size, "PB" + seen[-len(page.rows)].sid)
            assert back.rows == seen[-len(page.rows) - size : -len(page.rows)]
        assert seen == sorted(seen, key=lambda row: (row.created, int(row.sid[2:])), reverse=True)
        assert len(seen) == len(hours) == len(ledger)
        assert seen == list(ledger)

    def test_a_removed_row_still_marks_its_place(self) -> None:
        ledger: Ledger[Thing] = Ledger(10)
        ledger.add_many(Thing(f"SM{n}", NOON) for n in range(4))
        assert ledger.remove("SM2")
        assert not ledger.remove("SM2")
        assert [row.sid for row in ledger.page(lambda _: True, 5, "PASM2").rows] == ["SM1", "SM0"]
        assert ledger.get("SM2") is None

    def test_the_oldest_are_forgotten(self) -> None:
        ledger: Ledger[Thing] = Ledger(10)
        for number in range(200):
            ledger.add(Thing(f"SM{number}", NOON + timedelta(seconds=number)))
        assert 10 <= len(ledger) <= 11
        assert ledger.get("SM199") is not None
        with pytest.raises(KeyError):
            ledger.page(lambda _: True, 5, "PASM0")


@pytest.mark.parametrize(
    ("text", "begin", "seconds"),
    [
        ("2026-03-08", NOON - timedelta(hours=12), 86400),
        ("2026-03-08T12:00:00Z", NOON, 1),
        ("2026-03-08T12:00:00.750", NOON, 1),
        ("2026-03-08 13:00:00+01:00", NOON, 1),
        ("Sun, 08 Mar 2026 12:00:00 +0000", NOON, 1),
        ("Sun, 08 Mar 2026 12:00:00", NOON, 1),
    ],
)
def test_dates_that_are_understood(text: str, begin: datetime, seconds: int) -> None:
    span = understood(text)
    assert span is not None
    assert (span.begin, (span.end - span.begin).total_seconds()) == (begin, seconds)


@pytest.mark.parametrize("text", ["", "yesterday", ">=2026-03-08", "2026-13-01", "12345", "06/11/2019 22:05:25 MST"])
def test_dates_that_are_not(text: str) -> None:
    assert understood(text) is None


def test_how_dates_are_written() -> None:
    at = datetime(2024, 2, 29, 5, 1, 45, 999999, tzinfo=UTC)
    assert rfc2822(at) == "Thu, 29 Feb 2024 05:01:45 +0000"
    assert iso(at) == "2024-02-29T05:01:45Z"
    assert rfc2822(None) is None


@pytest.mark.parametrize(
    ("url", "address", "rules"),
    [
        ("https://a.example/cb?x=1", "https://a.example/cb?x=1", ConnectionRules()),
        (
            "https://a.example/cb#rc=9&rp=4xx,5xx&ct=50&rt=2000&tt=99999&e=ashburn",
            "https://a.example/cb",
            ConnectionRules(connect=100, read=2000, total=15000, retries=5, on=frozenset({"4xx", "5xx"})),
        ),
        ("https://a.example/#rc=-1&rt=soon", "https://a.example/", ConnectionRules()),
    ],
)
def test_connection_rules(url: str, address: str, rules: ConnectionRules) -> None:
    assert split(url) == (address, rules)


def test_which_failures_a_rule_covers() -> None:
    assert ConnectionRules().covers("ct")
    assert not ConnectionRules().covers("5xx")
    assert ConnectionRules(on=frozenset({"all"})).covers("rt")


def test_sids_are_the_same_for_the_same_seed() -> None:
    first, second = Sids(1), Sids(1)
    assert [first.new("SM") for _ in range(3)] == [second.new("SM") for _ in range(3)]
    assert first.new("SM") != first.new("SM")
    assert Sids(2).new("SM") != Sids(1).new("SM")
    assert len(made_up("CA", "x")) == 34


def test_people_live_somewhere() -> None:
    from giftpulse.simulator.chance import chance

    for iso_code in ("US", "GB", "DE", "BR"):
        assert country(somebody(chance(1), iso_code)) == iso_code
    assert (price("+447700900123", 2), price("+999", 1)) == ("-0.10480", "-0.00790")


def test_numbers_as_people_write_them() -> None:
    assert formatted("+14158675308") == "(415) 867-5308"
    assert formatted("+447700900123") == "+447700900123"


def test_only_loopback_may_give_orders() -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(text="done")

    async def ask(address: str) -> web.StreamResponse:
        transport = Mock()
        transport.get_extra_info.side_effect = lambda name, *_: (address, 5) if name == "peername" else None
        return await guard(make_mocked_request("GET", "/_simulator/state", transport=transport), handler)

    assert asyncio.run(ask("127.0.0.1")).status == 200
    assert asyncio.run(ask("::1")).status == 200
    with pytest.raises(web.HTTPForbidden):
        asyncio.run(ask("10.0.0.7"))
