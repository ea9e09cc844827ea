"""How far back a poll looks, and when one record is asked for again. Pure."""

from datetime import timedelta

from giftpulse.logs import chase, cursor
from giftpulse.logs.entry import Entry
from giftpulse.logs.models import LogCursor
from tests.make import ACCOUNT, NOON


def known(**ago: timedelta) -> LogCursor:
    return LogCursor(account_sid=ACCOUNT, resource="message", **{name: NOON - span for name, span in ago.items()})


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def test_the_first_poll_looks_as_far_back_as_the_settings_say() -> None:
    assert cursor.plan(None, NOON, timedelta(hours=24)).cutoff == NOON - timedelta(hours=24)


def test_each_poll_overlaps_by_an_hour() -> None:
    found = known(watermark=minutes(5), hourly_sweep_at=minutes(30), daily_sweep_at=timedelta(hours=3))
    assert cursor.plan(found, NOON, timedelta(hours=24)) == cursor.Sweep(NOON - minutes(65))


def test_each_hour_one_sweep_covers_the_ten_hours_a_message_may_wait() -> None:
    found = known(watermark=minutes(5), hourly_sweep_at=minutes(60), daily_sweep_at=timedelta(hours=3))
    sweep = cursor.plan(found, NOON, timedelta(hours=24))
    assert (sweep.cutoff, sweep.hourly, sweep.daily) == (NOON - minutes(5) - timedelta(hours=13), True, False)


def test_each_day_one_sweep_covers_three_days() -> None:
    found = known(watermark=minutes(5), hourly_sweep_at=minutes(10), daily_sweep_at=timedelta(hours=24))
    sweep = cursor.plan(found, NOON, timedelta(hours=24))
    assert (sweep.cutoff, sweep.hourly, sweep.daily) == (NOON - minutes(5) - timedelta(hours=72), True, True)


def test_after_an_outage_the_sweep_begins_where_the_last_good_one_did() -> None:
    found = known(watermark=timedelta(hours=30), hourly_sweep_at=timedelta(hours=30), daily_sweep_at=timedelta(hours=2))
    assert cursor.plan(found, NOON, timedelta(hours=1)).cutoff <= NOON - timedelta(hours=43)


def message(status: str, price: int | None = -7500) -> Entry:
    return Entry(
        account_sid=ACCOUNT, sid="SM1", kind="message", status=status, price_micros=price, twilio_created_at=NOON
    )


def test_an_open_message_is_asked_for_at_growing_ages_and_then_closed() -> None:
    at, asked = NOON, []
    while True:
        due, settled = chase.plan(message("sent"), NOON, at)
        if due is None:
            break
        asked.append(due - NOON)
        at = due
    assert tuple(asked) == chase.STATUS_AGES
    assert settled == "timeout"


def test_a_settled_message_is_only_asked_for_its_price() -> None:
    assert chase.plan(message("delivered"), NOON, NOON) == (None, "final")
    assert chase.plan(message("failed", None), NOON, NOON) == (None, "final")
    assert chase.plan(message("delivered", None), NOON, NOON)[0] == NOON + chase.PRICE_AGES[0]


def test_alerts_and_what_has_no_status_are_never_asked_for() -> None:
    assert chase.plan(Entry(account_sid=ACCOUNT, sid="NO1", kind="alert"), NOON, NOON) == (None, "final")
