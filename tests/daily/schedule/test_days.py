"""On which dates a program sends."""

from datetime import date

from giftpulse.daily.schedule.days import EVERY_DAY, is_sending_day

FRIDAY = date(2026, 11, 27)
SUNDAY = date(2026, 11, 29)
MONDAY = date(2026, 11, 30)


def test_a_day_of_the_mask_has_no_reason_against_it() -> None:
    assert is_sending_day(FRIDAY, EVERY_DAY) is None
    assert is_sending_day(MONDAY, 0b0000001) is None
    assert is_sending_day(SUNDAY, 0b1000000) is None


def test_a_day_outside_of_the_mask_has_its_name_in_the_reason() -> None:
    assert is_sending_day(SUNDAY, 0b0111111) == "the program does not send on a Sunday"
    assert is_sending_day(FRIDAY, 0) == "the program does not send on a Friday"


def test_a_holiday_is_left_out_even_on_a_weekday() -> None:
    assert is_sending_day(FRIDAY, EVERY_DAY, {FRIDAY}) == "2026-11-27 is a holiday of the program"
    assert is_sending_day(MONDAY, EVERY_DAY, {FRIDAY}) is None
