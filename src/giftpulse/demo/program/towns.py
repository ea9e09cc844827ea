"""Where the people of the demo live: a town in each of many time zones, with numbers that nobody else there has."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from giftpulse.ground.zones import zone

_MORNING, _EVENING = 8, 19  # hours between which a text may come within the next hour, too


@dataclass(frozen=True, slots=True)
class Town:
    """``numbers``: a number with ``#`` for each free digit, none of which the simulated traffic uses.
    ``has_own_hours``: the law has hours of its own there, so that texts may have to wait in the middle of a day."""

    zone: str
    numbers: str
    language: str = "en"
    has_own_hours: bool = False

    def is_awake(self, now: datetime) -> bool:
        """Whether people there may be texted now and for an hour to come."""
        return not self.has_own_hours and _MORNING <= now.astimezone(zone(self.zone)).hour < _EVENING


# American numbers are 555-01xx, those of Great Britain, France and Germany from the ranges kept for drama.
TOWNS = (
    Town("America/New_York", "+191755501##"),
    Town("America/Chicago", "+177355501##"),
    Town("America/Denver", "+172055501##"),
    Town("America/Phoenix", "+160255501##"),
    Town("America/Los_Angeles", "+121355501##"),
    Town("America/Anchorage", "+190755501##"),
    Town("Pacific/Honolulu", "+180855501##"),
    Town("America/Toronto", "+164755501##", has_own_hours=True),
    Town("America/Mexico_City", "+52551234####", "es"),
    Town("America/Bogota", "+573001234###", "es"),
    Town("America/Argentina/Buenos_Aires", "+54911123#####", "es"),
    Town("America/Sao_Paulo", "+5521912345###"),
    Town("Atlantic/Azores", "+351295000###"),
    Town("Europe/London", "+442079460###"),
    Town("Europe/Paris", "+33639985###", "fr", has_own_hours=True),
    Town("Europe/Madrid", "+34600000###", "es", has_own_hours=True),
    Town("Europe/Berlin", "+493023125###"),
    Town("Europe/Helsinki", "+358401234###"),
    Town("Africa/Abidjan", "+2250700000###", "fr"),
    Town("Africa/Lagos", "+2348031234###"),
    Town("Africa/Johannesburg", "+27821234###"),
    Town("Africa/Nairobi", "+254712345###"),
    Town("Asia/Dubai", "+971501234###"),
    Town("Asia/Karachi", "+923001234###"),
    Town("Asia/Kolkata", "+919000000###", has_own_hours=True),
    Town("Asia/Kathmandu", "+9779812340###"),
    Town("Asia/Dhaka", "+8801712345###"),
    Town("Asia/Bangkok", "+66812345###"),
    Town("Asia/Singapore", "+6581234###"),
    Town("Asia/Tokyo", "+819012345###"),
    Town("Australia/Sydney", "+61491571###", has_own_hours=True),
    Town("Pacific/Noumea", "+687751###", "fr"),
    Town("Pacific/Auckland", "+64211234###"),
    Town("Pacific/Fiji", "+6797012###"),
    Town("Pacific/Apia", "+6857212###"),
    Town("Pacific/Kiritimati", "+68672010###"),
    Town("Pacific/Tahiti", "+68987123###", "fr"),
)


class Directory:
    """Hands out numbers, each once, in an order that the dice decide."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._left = {town: _shuffled(town, dice) for town in TOWNS}

    def number(self, town: Town) -> str | None:
        """A number that was not handed out before; None when there is none left."""
        return next(self._left[town], None)

    def somebody_awake(self, now: datetime) -> str | None:
        """A number where it is day."""
        awake = [town for town in TOWNS if town.is_awake(now)] or list(TOWNS)
        return self.number(self._dice.choice(awake))


def _shuffled(town: Town, dice: random.Random) -> Iterator[str]:
    head, free = town.numbers.rstrip("#"), town.numbers.count("#")
    ends = dice.sample(range(10**free), min(10**free, 1000))
    return iter([f"{head}{end:0{free}}" for end in ends])
