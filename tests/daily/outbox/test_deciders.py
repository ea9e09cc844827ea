"""The pure parts of the outbox: pace, gate, states, consequences, composing, the form of a request."""

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from giftpulse.daily.outbox import consequences, pace, post
from giftpulse.daily.outbox.compose import body_hash, compose, has_footer
from giftpulse.daily.outbox.gate import Candidate, Go, Skip, Wait, gate
from giftpulse.daily.outbox.models import delivery_id
from giftpulse.daily.outbox.post import Task
from giftpulse.daily.outbox.states import moved
from giftpulse.twilio.failures import Refusal, TwilioError
from tests.make import NOON

ROW = Candidate(
    local_date=date(2026, 11, 20), send_at=NOON, window_end=NOON + timedelta(hours=3), phone="+15005550009",
    status="active", status_reason="", paused_until=None, last_text_at=None,
)  # fmt: skip

BEFORE = NOON - timedelta(microseconds=1)


def changed(**values: object) -> Candidate:
    return msgspec.structs.replace(ROW, **values)


def test_an_active_person_inside_the_window_gets_theirs() -> None:
    assert gate(ROW, NOON) == Go()


@pytest.mark.parametrize(
    ("row", "at", "said"),
    [
        (changed(status="opted_out", status_reason="said STOP"), NOON, "opted out: said STOP"),
        (changed(status="pending"), NOON, "is pending"),
        (changed(phone=None, status="erased"), NOON, "erased"),
        (ROW, NOON + timedelta(hours=3), "the window was over"),
        (ROW, NOON + timedelta(hours=2, minutes=59, seconds=1), "the window was over"),
        (changed(paused_until=NOON + timedelta(days=2)), NOON, "paused until 2026-11-22"),
        (changed(last_text_at=NOON - timedelta(hours=10)), NOON, "20 hours later"),
        (changed(sends_from=NOON), NOON + timedelta(minutes=1), "it was due before sending began here"),
        (changed(sends_from=NOON, spent_until=ROW.local_date), NOON, "it was due before sending began here"),
        (changed(sends_from=BEFORE, spent_until=ROW.local_date), NOON, "changed since this copy was made"),
    ],
)
def test_every_no_has_its_reason(row: Candidate, at: datetime, said: str) -> None:
    verdict = gate(row, at)
    assert isinstance(verdict, Skip)
    assert said in verdict.reason


def test_a_copy_sends_what_is_due_after_it_began() -> None:
    assert gate(changed(sends_from=BEFORE), NOON) == Go()
    assert gate(changed(sends_from=BEFORE, spent_until=ROW.local_date - timedelta(days=1)), NOON) == Go()


def test_what_may_go_later_in_the_window_waits() -> None:
    ends = NOON + timedelta(hours=1)
    assert gate(changed(paused_until=ends), NOON) == Wait(ends, "the person's pause ends inside the window")
    verdict = gate(changed(last_text_at=NOON - timedelta(hours=19)), NOON)
    assert isinstance(verdict, Wait)
    assert verdict.until == NOON + timedelta(hours=1)


@given(st.floats(0.1, 2000), st.integers(1, 60))
def test_a_sender_never_exceeds_its_rate_by_more_than_a_burst(rate: float, seconds: int) -> None:
    free_at = now = NOON
    sent = 0
    for _ in range(seconds * 10):
        allowed = pace.allowance(free_at, now, rate)
        if allowed.segments:
            sent += allowed.segments
            free_at = pace.taken(free_at, now, rate, allowed.segments)
        now += timedelta(milliseconds=100)
    assert sent <= rate * seconds + max(rate, 1) + 1
    assert sent >= rate * (seconds - 1) * 0.8 - 1


@given(st.floats(0.1, 2000))
def test_whoever_is_told_to_come_back_is_served_then(rate: float) -> None:
    free_at = pace.taken(NOON, NOON, rate, pace.allowance(NOON, NOON, rate).segments)
    told = pace.allowance(free_at, NOON, rate)
    if told.again_at is not None:
        assert pace.allowance(free_at, told.again_at + timedelta(milliseconds=1), rate).segments >= 1


@pytest.mark.parametrize(
    ("state", "status", "new"),
    [
        ("posting", "queued", "accepted"), ("unknown", "accepted", "accepted"), ("accepted", "sending", None),
        ("accepted", "sent", "sent"), ("sent", "queued", None), ("sent", "delivered", "delivered"),
        ("delivered", "sent", None), ("delivered", "undelivered", "undelivered"), ("delivered", "read", None),
        ("accepted", "failed", "failed"), ("sent", "something-new", None), ("posting", None, None),
    ],
)  # fmt: skip
def test_states_only_go_forward(state: str, status: str | None, new: str | None) -> None:
    assert moved(state, status) == new


@pytest.mark.parametrize(
    ("code", "kind", "after"),
    [
        (21610, "opt_out", 1), (30630, "opt_out", 1), (21211, "suppress", 1), (30003, "suppress", 3),
        (30004, "suppress", 2), (30005, "suppress", 1), (30006, "suppress", 1), (30007, "hold_sender", 1),
        (30032, "hold_sender", 1), (30034, "hold_sender", 1), (20003, "hold_all", 1), (30002, "hold_all", 1),
        (30008, "skip", 1), (30036, "skip", 1), (99999, "skip", 1), (20429, "again", 1), (30027, "hold_sender", 1),
    ],
)  # fmt: skip
def test_each_code_has_its_consequence(code: int, kind: str, after: int) -> None:
    found = consequences.of(code)
    assert (found.kind, found.after) == (kind, after)
    assert str(code) in found.reason


def test_a_daily_limit_ends_at_midnight_in_the_pacific() -> None:
    assert consequences.of(30027).until(NOON) == datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
    assert consequences.of(30007).until(NOON) is None
    assert consequences.of(21611).until(NOON) == NOON + timedelta(minutes=15)


def test_a_text_is_composed_with_name_and_footer_and_counted() -> None:
    made = compose("{first_name}, well done.", "Ana", "en", "Reply STOP to end")
    assert made.body == "Ana, well done.\nReply STOP to end"
    assert made.segments == 1
    assert made.hash == body_hash("Ana, well done. Reply STOP to end")
    assert compose("x" * 161, None, "en", "").segments == 2


def test_the_footer_s_turn_comes_every_nth_day_at_another_day_for_each() -> None:
    days = [date(2026, 11, 1) + timedelta(days=n) for n in range(28)]
    for share in (0, 1, 5):
        assert sum(has_footer(7, share, day) for day in days) == 4
    assert not any(has_footer(0, 3, day) for day in days)


def task(**changes: object) -> Task:
    values = {
        "delivery_id": 17, "program_id": 1, "subscriber_id": 2, "local_date": date(2026, 11, 20), "posted_at": NOON,
        "attempts": 1, "segments": 1, "sender": "+15005550006",
        "phone": "+15005550009", "body": "Hello", "window_end": NOON + timedelta(hours=1), "gated": 0.0,
    }  # fmt: skip
    return Task(**{**values, **changes})  # type: ignore[arg-type]


def test_the_form_says_who_until_when_and_where_to_call_back() -> None:
    form = post.parameters(task(), "https://pulse.example.org", NOON)
    assert form == {
        "To": "+15005550009", "Body": "Hello", "From": "+15005550006", "ValidityPeriod": "3570",
        "StatusCallback": "https://pulse.example.org/webhook/status?delivery=17",
    }  # fmt: skip
    service = "MG" + "a" * 32
    form = post.parameters(task(sender=service, window_end=NOON + timedelta(hours=20)), None, NOON)
    assert (form["MessagingServiceSid"], form["ValidityPeriod"]) == (service, "36000")
    assert "StatusCallback" not in form
    assert "From" not in form


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (TwilioError("slow down", advice="retry", refusal=Refusal(429, 20429, "")), "not_taken"),
        (TwilioError("gone", advice="unknown"), "unknown"),
        (TwilioError("no", advice="never", refusal=Refusal(400, 21211, "")), "refused"),
    ],
)
def test_a_failed_request_is_read_by_what_surely_happened(error: TwilioError, answer: str) -> None:
    assert post.failed(task(), error).answer == answer


def test_the_id_of_a_delivery_is_person_and_day() -> None:
    ids = {delivery_id(person, date(2026, 1, 1) + timedelta(days=n)) for person in (1, 2, 3) for n in range(400)}
    assert len(ids) == 1200
    assert delivery_id(10**11, date(2026, 1, 1)) < 2**53
    with pytest.raises(ValueError, match="from 2020 to 2199"):
        delivery_id(1, date(2019, 12, 31))
