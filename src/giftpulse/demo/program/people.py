"""The people that the program begins with, as the CSV file that an operator would import. Pure."""

import csv
import io
import random
from collections.abc import Sequence
from datetime import datetime
from itertools import cycle, islice

from giftpulse.daily.programs.times import clock
from giftpulse.demo.program.towns import TOWNS, Directory, Town
from giftpulse.ground.zones import zone

NUMBER = 300

_COLUMNS = ("phone", "timezone", "first_name", "language", "window_start", "window_end")
_NAMES = {
    "en": "Ada Ben Cora Dev Ella Finn Grace Hugo Ivy Jon Kim Leo Mia Noah Ona Paul Ruth Sam Tess Will",
    "es": "Ana Bruno Carmen Diego Elena Felipe Luz Marta Nico Pilar",
    "fr": "Alice Benoit Chloe Denis Elise Henri Jeanne Luc Manon Yves",
}
# Minutes of windows that have just opened, and how many of those who are awake have one: texts come at once, and go
# on coming. The last two minutes of a window stay free (day_plan.MARGIN).
_OPENED_BEFORE = 1
_WINDOWS = {5: 35, 7: 30, 11: 20, 21: 10, 46: 5}
_OWN_WINDOW, _NAMED, _SPEAKS_OTHERWISE = 0.95, 0.7, 0.1  # shares


def csv_of(now: datetime, dice: random.Random, directory: Directory, number: int = NUMBER) -> bytes:
    """So many people, spread over all towns; where it is day live more of them, and most have a window of their own
    that has just opened."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    awake = [town for town in TOWNS if town.is_awake(now)]
    for town in islice(cycle([*TOWNS, *awake, *awake]), number):
        phone = directory.number(town)
        if phone is not None:
            writer.writerow((phone, town.zone, *_about(town, dice), *_window(town, now, dice)))
    return out.getvalue().encode()


def _about(town: Town, dice: random.Random) -> Sequence[str]:
    language = dice.choice(tuple(_NAMES)) if dice.random() < _SPEAKS_OTHERWISE else town.language
    name = dice.choice(_NAMES[language].split()) if dice.random() < _NAMED else ""
    return name, language


def _window(town: Town, now: datetime, dice: random.Random) -> Sequence[str]:
    if not town.is_awake(now) or dice.random() >= _OWN_WINDOW:
        return "", ""
    there = now.astimezone(zone(town.zone))
    [lasting] = dice.choices(list(_WINDOWS), list(_WINDOWS.values()))
    start = max(0, there.hour * 60 + there.minute - _OPENED_BEFORE)
    return clock(start), clock(start + lasting)
