"""The hours in which the law of a place lets a text be sent. Not legal advice: a cautious reading, dated, to be edited.

The rows are in ``quiet_hours.toml``. Where sources disagree, the stricter one is there and its note says so. Whether
such laws bind texts that people asked for is contested; a program can be told not to keep to them, the caller decides.

A jurisdiction is a country (``US``, ``FR``) or a state of the US (``US-TX``, ``US-DC``, ``US-PR``).
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache, reduce
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from giftpulse.daily.schedule.us_holidays import is_federal_holiday
from giftpulse.daily.schedule.windows import Window, common

DEFAULT = (Window(8 * 60, 21 * 60),)
"""For every place without a row: what the federal rule of the US says (47 CFR 64.1200(c)(1)), and a cautious default
elsewhere."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOLIDAY = "holiday"


@dataclass(frozen=True, slots=True)
class Rule:
    """What one jurisdiction allows from ``since`` on and before ``until``. ``hours`` has each of ``DAYS``, and
    ``HOLIDAY`` where federal holidays differ; no windows: nothing is allowed. ``note`` says where it is from."""

    where: str
    since: date
    until: date | None
    note: str
    hours: Mapping[str, tuple[Window, ...]]

    def holds(self, local_date: date) -> bool:
        """Whether it is in force on a date."""
        return self.since <= local_date and (self.until is None or local_date < self.until)

    def on(self, local_date: date) -> tuple[Window, ...]:
        """The allowed hours of a date."""
        usual = self.hours[DAYS[local_date.weekday()]]
        if HOLIDAY not in self.hours or not is_federal_holiday(local_date):
            return usual
        return _both(usual, self.hours[HOLIDAY])


Table = Mapping[str, tuple[Rule, ...]]
"""The rules of each jurisdiction."""


def allowed(jurisdictions: Iterable[str], local_date: date) -> tuple[Window, ...]:
    """The hours of a date that all of these jurisdictions allow, in order; none: nothing may be sent that day.

    Give all that may claim the person: the country, the state they are in, the state of their number. None given:
    the default.
    """
    return _allowed(tuple(sorted(set(jurisdictions))), local_date)


@lru_cache(maxsize=8192)
def _allowed(jurisdictions: tuple[str, ...], local_date: date) -> tuple[Window, ...]:
    return allowed_by(built_in(), jurisdictions, local_date)


def allowed_by(table: Table, jurisdictions: Iterable[str], local_date: date) -> tuple[Window, ...]:
    """The same, by a table of one's own (see :func:`read`)."""
    found: list[tuple[Window, ...]] = [_hours(table, where, local_date) for where in jurisdictions] or [DEFAULT]
    left = reduce(_both, found)
    return tuple(sorted(left))


def _both(some: tuple[Window, ...], others: tuple[Window, ...]) -> tuple[Window, ...]:
    return tuple(part for window in some for part in common(window, others))


def _hours(table: Table, where: str, local_date: date) -> tuple[Window, ...]:
    rule = next((rule for rule in table.get(where, ()) if rule.holds(local_date)), None)
    return DEFAULT if rule is None else rule.on(local_date)


@cache
def built_in() -> Table:
    """The table that comes with us."""
    return read(files("giftpulse.daily.schedule").joinpath("quiet_hours.toml").read_text("utf-8"))


def read(text: str) -> Table:
    """The table that a text in the form of ``quiet_hours.toml`` says. Raises ``ValueError`` that names the faulty row:
    a day left out or said twice, hours that are none, two rules of one place that hold on the same date."""
    table: dict[str, tuple[Rule, ...]] = {}
    for row in tomllib.loads(text)["rule"]:
        where = str(row.get("where"))
        try:
            rule = _rule(where, row)
        except ValueError as error:
            raise ValueError(f"quiet hours of {where}: {error}") from None
        if any(rule.holds(other.since) or other.holds(rule.since) for other in table.get(where, ())):
            raise ValueError(f"quiet hours of {where}: two rules hold at the same time")
        if HOLIDAY in rule.hours and not where.startswith("US"):
            raise ValueError(f"quiet hours of {where}: holidays are known for the US only")
        table[where] = (*table.get(where, ()), rule)
    return MappingProxyType(table)


def _rule(where: str, row: Mapping[str, Any]) -> Rule:
    missing = [key for key in ("since", "note", "hours") if key not in row]
    if missing:
        raise ValueError(f"{', '.join(missing)} missing")
    since, until = row["since"], row.get("until")
    if not isinstance(since, date) or not isinstance(until, date | None):
        raise ValueError("expected since and until as dates without quotes, such as 2026-10-18")
    return Rule(where, since, until, str(row["note"]), _days(row["hours"]))


def _days(raw: Mapping[str, list[str]]) -> Mapping[str, tuple[Window, ...]]:
    found: dict[str, tuple[Window, ...]] = {}
    for said, hours in raw.items():
        for name in _named(said):
            if name in found:
                raise ValueError(f"{name} is said twice")
            found[name] = tuple(_window(text) for text in hours)
    missing = [day for day in DAYS if day not in found]
    if missing:
        raise ValueError(f"nothing is said of {', '.join(missing)}")
    return MappingProxyType(found)


def _named(said: str) -> tuple[str, ...]:
    if said == HOLIDAY:
        return (HOLIDAY,)
    first, _, last = said.partition("-")
    if first not in DAYS or (last or first) not in DAYS:
        raise ValueError(f"expected days such as mon, mon-fri or {HOLIDAY}, got '{said}'")
    return DAYS[DAYS.index(first) : DAYS.index(last or first) + 1]


def _window(text: str) -> Window:
    start, _, end = text.partition("-")
    return Window(_minute(start), _minute(end))


def _minute(text: str) -> int:
    hour, colon, minute = text.partition(":")
    if not (colon and hour.isdigit() and minute.isdigit() and int(minute) < 60):
        raise ValueError(f'expected hours such as "08:00-21:00", got "{text}"')
    return int(hour) * 60 + int(minute)
