"""Federal holidays, against the calendars of some years."""

from datetime import date, timedelta

import pytest

from giftpulse.daily.schedule.us_holidays import is_federal_holiday

HOLIDAYS = {
    2026: "01-01 01-19 02-16 05-25 06-19 07-03 07-04 09-07 10-12 11-11 11-26 12-25",
    2027: "01-01 01-18 02-15 05-31 06-18 06-19 07-04 07-05 09-06 10-11 11-11 11-25 12-24 12-25 12-31",
    2022: "01-01 01-17 02-21 05-30 06-19 06-20 07-04 09-05 10-10 11-11 11-24 12-25 12-26",
    2020: "01-01 01-20 02-17 05-25 07-03 07-04 09-07 10-12 11-11 11-26 12-25",
}


@pytest.mark.parametrize("year", HOLIDAYS)
def test_the_holidays_of_a_year_are_these_with_the_days_on_which_they_are_observed(year: int) -> None:
    days = (date(year, 1, 1) + timedelta(days=n) for n in range(366))
    found = [f"{day:%m-%d}" for day in days if day.year == year and is_federal_holiday(day)]
    assert found == HOLIDAYS[year].split()
