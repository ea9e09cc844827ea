"""The comparison of both books finds what must not be, and nothing else."""

from datetime import UTC, date, datetime, timedelta

from giftpulse.demo.program.books import GRACE, Ours, Theirs, violations
from giftpulse.demo.program.director import Stop

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
TODAY, TOMORROW = date(2026, 11, 27), date(2026, 11, 28)
ADA, BEN = "+19175550142", "+442079460123"


def theirs(sid: str = "SM1", phone: str = ADA, delivery: int = 1, at: datetime = NOON) -> Theirs:
    return Theirs(sid, phone, delivery, at)


def ours(delivery: int = 1, phone: str = ADA, on: date = TODAY, state: str = "sent", sid: str | None = "SM1") -> Ours:
    return Ours(delivery, phone, on, state, sid)


def test_books_that_agree_are_clean() -> None:
    rows = [ours(), ours(2, BEN, sid="SM2"), ours(3, on=TOMORROW, state="planned", sid=None)]
    assert violations([theirs(), theirs("SM2", BEN, 2)], rows, []) == []


def test_two_texts_for_one_day_are_found_by_twilios_own_numbers() -> None:
    found = violations([theirs(), theirs("SM9")], [ours()], [])
    assert f"{ADA} got 2 texts for 2026-11-27" in found
    two_rows = [ours(), ours(2, sid="SM2")]
    assert violations([theirs(), theirs("SM2", delivery=2)], two_rows, []) == [f"{ADA} got 2 texts for 2026-11-27"]


def test_one_text_each_for_two_days_is_none_too_many() -> None:
    rows = [ours(), ours(2, on=TOMORROW, sid="SM2")]
    assert violations([theirs(), theirs("SM2", delivery=2)], rows, []) == []


def test_a_text_that_only_one_side_knows_is_found() -> None:
    assert violations([], [ours()], []) == ["our books have SM1, and Twilio has not"]
    assert violations([theirs()], [ours(state="skipped", sid=None)], []) == [
        "Twilio has SM1, and our books say skipped (None)"
    ]
    assert violations([theirs(delivery=99)], [], []) == ["Twilio has SM1 for somebody that our books do not name"]


def test_a_text_whose_answer_was_lost_is_no_violation_yet() -> None:
    assert violations([theirs()], [ours(state="unknown", sid=None)], []) == []


def test_a_stop_must_be_obeyed_and_nothing_may_come_after_it() -> None:
    obeyed = NOON - timedelta(seconds=2)
    stop = Stop(ADA, obeyed - timedelta(milliseconds=80), obeyed)
    assert violations([theirs()], [ours()], [stop]) == [f"SM1 went out after {ADA} had said stop"]
    assert violations([theirs(at=obeyed + GRACE)], [ours()], [stop]) == []
    assert violations([theirs("SM2", BEN, 2)], [ours(2, BEN, sid="SM2")], [stop]) == []
    assert violations([], [], [Stop(ADA, NOON)]) == [f"the stop of {ADA} was not obeyed"]
    assert stop.milliseconds == 80
