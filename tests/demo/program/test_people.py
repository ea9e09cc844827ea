"""The people of the demo: all over the world, and some of them due at once, whatever the time of day."""

import csv
import io
from datetime import UTC, date, datetime, timedelta

import pytest

from giftpulse.daily.programs.weekdays import mask
from giftpulse.daily.schedule import day_plan, spread
from giftpulse.daily.schedule.day_plan import People
from giftpulse.daily.schedule.windows import Window
from giftpulse.daily.subscribers.audiences import key_for
from giftpulse.daily.subscribers.own_window import window_from
from giftpulse.daily.subscribers.placing import share_of
from giftpulse.daily.subscribers.whereabouts import place_from
from giftpulse.demo.program.people import NUMBER, csv_of
from giftpulse.demo.program.towns import TOWNS, Directory
from giftpulse.ground.zones import zone
from giftpulse.simulator.chance import chance
from giftpulse.simulator.places import PLACES

PROGRAM = Window(8 * 60, 20 * 60)
FRIDAY, SUNDAY = date(2026, 11, 27), date(2026, 11, 29)


def people(now: datetime) -> list[dict[str, str]]:
    dice = chance(1)
    return list(csv.DictReader(io.StringIO(csv_of(now, dice, Directory(dice)).decode())))


def instants(person: dict[str, str], now: datetime) -> list[datetime]:
    """When this person's texts are planned for, today and tomorrow."""
    window = window_from(person["window_start"], person["window_end"])
    place = place_from(person["timezone"], None, None, person["phone"])
    key = key_for(place, person["phone"], window)
    about = People(key.zones, window or PROGRAM, key.jurisdictions)
    share = share_of(1, person["phone"])
    days = day_plan.days(about, mask("daily"), frozenset(), now, timedelta(hours=30))
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return [epoch + timedelta(seconds=spread.at_epoch(day.start_epoch, day.length, share)) for day in days]


@pytest.mark.parametrize(("hour", "on"), [(hour, (FRIDAY, SUNDAY)[hour % 2]) for hour in range(24)])
def test_texts_are_due_at_once_and_for_minutes_whatever_the_time_of_day(hour: int, on: date) -> None:
    now = datetime(on.year, on.month, on.day, hour, 41, 17, tzinfo=UTC)
    ahead = [(at - now).total_seconds() for person in people(now) for at in instants(person, now)]
    assert sum(seconds <= 0 for seconds in ahead) >= 15
    assert sum(0 < seconds <= 60 for seconds in ahead) >= 10
    assert sum(60 < seconds <= 300 for seconds in ahead) >= 10
    assert sum(seconds > 3600 for seconds in ahead) >= 100


def test_they_live_in_many_zones_speak_three_languages_and_nobody_is_there_twice() -> None:
    found = people(datetime(2026, 11, 27, 12, tzinfo=UTC))
    assert len({person["phone"] for person in found}) == len(found) == NUMBER
    assert {person["timezone"] for person in found} == {town.zone for town in TOWNS}
    offsets = {datetime(2026, 11, 27, tzinfo=zone(town.zone)).utcoffset() for town in TOWNS}
    assert len(offsets) >= 20
    assert {person["language"] for person in found} == {"en", "es", "fr"}
    assert any(person["first_name"] for person in found)
    assert not all(person["first_name"] for person in found)


def test_the_same_seed_gives_the_same_people() -> None:
    now = datetime(2026, 11, 27, 12, tzinfo=UTC)
    assert people(now) == people(now)


def test_the_other_traffic_has_none_of_their_numbers() -> None:
    """Or a stranger's STOP to another number could take somebody out of the program."""
    for town in TOWNS:
        for place in PLACES:
            pairs = list(zip(town.numbers, place.pattern, strict=False))
            is_alike = len(town.numbers) == len(place.pattern) and all(a == b or "#" in (a, b) for a, b in pairs)
            assert not is_alike, (town, place)


def test_a_directory_hands_out_each_number_once_and_ends() -> None:
    directory, town = Directory(chance(1)), TOWNS[0]
    numbers = []
    while (number := directory.number(town)) is not None:
        numbers.append(number)
    assert len(set(numbers)) == len(numbers) == 100
    noon = datetime(2026, 11, 27, 12, tzinfo=UTC)
    assert directory.somebody_awake(noon) is not None
