"""Which hours are left, by place and date; and what is refused in the table."""

from datetime import date

import pytest

from giftpulse.daily.schedule.quiet_hours import DAYS, DEFAULT, allowed, allowed_by, built_in, read
from giftpulse.daily.subscribers import us_states, zone_names

MONDAY, SATURDAY, SUNDAY = date(2026, 11, 30), date(2026, 11, 28), date(2026, 11, 29)
THANKSGIVING = date(2026, 11, 26)


def hours(jurisdictions: list[str], day: date) -> str:
    return " ".join(str(window) for window in allowed(jurisdictions, day))


@pytest.mark.parametrize(
    ("places", "day", "expected"),
    [
        ([], MONDAY, "08:00-21:00"),
        (["US"], SUNDAY, "08:00-21:00"),
        (["US", "US-DC"], MONDAY, "08:00-21:00"),
        (["US", "US-PR"], MONDAY, "08:00-21:00"),
        (["DE"], SUNDAY, "08:00-21:00"),
        (["US", "US-TX"], MONDAY, "09:00-21:00"),
        (["US", "US-TX"], SUNDAY, "12:00-21:00"),
        (["US", "US-FL"], SUNDAY, "08:00-20:00"),
        (["US-FL", "US-TX"], SUNDAY, "12:00-20:00"),
        (["US", "US-KY", "US-RI"], MONDAY, "10:00-18:00"),
        (["US", "US-AL"], SUNDAY, ""),
        (["US", "US-AL"], THANKSGIVING, ""),
        (["US", "US-AL"], SATURDAY, "08:00-20:00"),
        (["US", "US-CT"], THANKSGIVING, "09:00-20:00"),
        (["US", "US-ME"], SATURDAY, ""),
        (["FR"], MONDAY, "10:00-13:00 14:00-20:00"),
        (["FR"], SUNDAY, ""),
        (["FR", "US-RI"], MONDAY, "10:00-13:00 14:00-18:00"),
    ],
)
def test_the_hours_are_those_that_all_places_allow(places: list[str], day: date, expected: str) -> None:
    assert hours(places, day) == expected
    assert hours(places[::-1], day) == expected


def test_a_law_holds_from_its_date_on() -> None:
    assert hours(["US-PA"], date(2026, 10, 11)) == "08:00-21:00"
    assert hours(["US-PA"], date(2026, 10, 18)) == ""
    assert hours(["US-TX"], date(2025, 8, 31)) == "08:00-21:00"
    assert hours(["US-TX"], date(2025, 9, 7)) == "12:00-21:00"


def test_the_table_is_of_places_that_exist_with_hours_inside_of_the_federal_ones() -> None:
    table = built_in()
    assert len(table) > 25
    for where, rules in table.items():
        country, _, state = where.partition("-")
        assert us_states.by_code(state) if state else zone_names.zones_of(country), where
        for rule in rules:
            assert len(rule.note) > 10
            windows = [window for day in DAYS for window in rule.hours[day]]
            assert windows, where
            for window in windows:
                assert DEFAULT[0].start_minute <= window.start_minute < window.end_minute <= DEFAULT[0].end_minute


ROW = """
[[rule]]
where = "{where}"
since = 2026-01-01
{until}
note = "a note of some length"
hours = {hours}
"""


def row(hours: str, where: str = "XX", until: str = "") -> str:
    return ROW.format(where=where, until=until, hours=hours)


def test_a_table_of_ones_own_can_be_used() -> None:
    table = read(row('{ mon-sun = ["00:00-24:00"] }', where="US"))
    assert [str(window) for window in allowed_by(table, ["US"], MONDAY)] == ["00:00-24:00"]
    assert allowed_by(table, ["US", "US-TX"], MONDAY) == DEFAULT


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (row('{ mon-sat = ["09:00-20:00"] }'), "XX: nothing is said of sun"),
        (row('{ mon-sun = ["09:00-20:00"], sun = [] }'), "sun is said twice"),
        (row('{ mon-sun = ["20:00-09:00"] }'), "past midnight"),
        (row('{ mon-sun = ["9-20"] }'), 'such as "08:00-21:00"'),
        (row('{ mon-sun = ["08:00-21:75"] }'), "21:75"),
        (row('{ someday = ["09:00-20:00"] }'), "someday"),
        (row('{ mon-sun = ["09:00-20:00"], holiday = [] }'), "for the US only"),
        (row("{ mon-sun = [] }") * 2, "two rules hold"),
        (row("{ mon-sun = [] }", until="until = 2026-02-02") + row("{ mon-sun = [] }"), "two rules hold"),
        ('[[rule]]\nwhere = "XX"', "XX: since, note, hours missing"),
        (row("{ mon-sun = [] }").replace("2026-01-01", '"2026-01-01"'), "without quotes"),
    ],
)
def test_a_faulty_table_is_refused_with_its_row(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read(text)
