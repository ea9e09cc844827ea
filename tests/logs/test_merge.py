"""The rules of a record that never goes back. Pure."""

import itertools
from datetime import timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from giftpulse.logs.entry import Entry
from giftpulse.logs.merge import first_sight, merge
from giftpulse.twilio import statuses
from tests.make import ACCOUNT, NOON

STATUSES = [*sorted(statuses.MESSAGE_STATUSES), "teleported"]


def entry(**fields: object) -> Entry:
    return Entry(account_sid=ACCOUNT, sid="SM1", kind="message", **fields)  # type: ignore[arg-type]  # as Entry checks


sightings = st.builds(
    lambda status, code, price, minutes, listed: entry(
        status=status,
        error_code=code,
        price_micros=price,
        twilio_updated_at=NOON + timedelta(minutes=minutes) if listed else None,
        content_hash=bytes([minutes, len(status), code or 0, price is None]) if listed else None,
    ),
    st.sampled_from(STATUSES),
    st.sampled_from([None, 1, 2]),
    st.sampled_from([None, -7500]),
    st.integers(0, 5),
    st.booleans(),
)


def folded(said: list[Entry]) -> Entry:
    known = msgspec.structs.replace(said[0])
    for one in said[1:]:
        result = merge(known, one, NOON)
        known = result[0] if result else known
    return known


@given(st.lists(sightings, min_size=1, max_size=8))
def test_the_status_never_goes_back_whatever_comes_in_whatever_order(said: list[Entry]) -> None:
    ranks = []
    for length in range(1, len(said) + 1):
        status = folded(said[:length]).status
        assert status is not None
        ranks.append(statuses.rank("message", status))
    assert ranks == sorted(ranks)


@given(st.lists(sightings, min_size=1, max_size=5))
def test_the_same_again_is_never_news(said: list[Entry]) -> None:
    known = folded(said)
    for one in itertools.chain(said[-1:], said[-1:]):
        result = merge(known, one, NOON)
        if result is not None:
            known = result[0]
            again = merge(known, one, NOON)
            assert again is None or again[1] is None


@given(st.lists(sightings, min_size=2, max_size=6))
def test_a_change_says_exactly_what_changed(said: list[Entry]) -> None:
    known = msgspec.structs.replace(said[0])
    for one in said[1:]:
        before = msgspec.structs.replace(known)
        result = merge(known, one, NOON)
        if result is None:
            continue
        known, change = result
        moved = (before.status, before.error_code) != (known.status, known.error_code)
        assert (change is not None) == (moved or before.price_micros != known.price_micros)
        if change is not None:
            assert (change.status_before, change.status_after) == (before.status, known.status)
            assert (change.error_before, change.error_after) == (before.error_code, known.error_code)


def test_a_later_list_corrects_one_end_by_another_but_a_callback_does_not() -> None:
    known = entry(status="delivered", twilio_updated_at=NOON, content_hash=b"1")
    corrected = entry(status="undelivered", twilio_updated_at=NOON + timedelta(minutes=1), content_hash=b"2")
    result = merge(known, corrected, NOON)
    assert result is not None
    assert result[0].status == "undelivered"
    assert merge(known, entry(status="undelivered"), NOON) is None


def test_an_error_code_that_comes_after_its_status_is_news() -> None:
    known = entry(status="undelivered")
    result = merge(known, entry(status="undelivered", error_code=30005), NOON)
    assert result is not None
    assert result[1] is not None
    assert (result[1].error_before, result[1].error_after) == (None, 30005)


def test_a_change_happened_when_twilio_says_and_never_in_the_future() -> None:
    later = NOON + timedelta(hours=1)
    assert first_sight(entry(status="sent", changed_at=later), NOON).event_at == NOON
    result = merge(entry(status="sent"), entry(status="delivered", changed_at=NOON - timedelta(minutes=3)), NOON)
    assert result is not None
    assert result[1] is not None
    assert result[1].event_at == NOON - timedelta(minutes=3)


def test_texts_are_told_of_but_not_repeated_in_the_change() -> None:
    result = merge(entry(status="sent"), entry(status="sent", body="private"), NOON)
    assert result is not None
    assert result[1] is not None
    assert result[1].other == {"body": (None, None)}
