"""What people answer when they are asked for their time zone: ``Denver``, ``Pacific time``, ``CO``, ``Austin, TX``."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from giftpulse.daily.subscribers import us_states, zone_names

_FILLERS = frozenset({"time", "timezone", "zone", "standard", "daylight", "us"})


@dataclass(frozen=True, slots=True)
class Said:
    """What an answer means. ``state`` of the US and ``country`` only where it names a place, and not just a time."""

    zones: tuple[str, ...]
    state: str | None = None
    country: str | None = None


def understood(text: str) -> Said | None:
    """What an answer means; None when it is none that we know. Raises ``ValueError`` for one that has two meanings."""
    words = re.sub(r"[\s_]+", " ", text.replace(".", "")).strip(" ,").casefold()
    city, comma, around = (part.strip() for part in words.rpartition(","))
    if comma:
        return _inside(_city(city), _state(around) or understood(around))
    kept = " ".join(word for word in words.split() if word not in _FILLERS)
    meanings = _words()["ambiguous"].get(kept) or _words()["ambiguous"].get(words)
    if meanings:
        raise ValueError(f"'{text.strip()}' can mean more than one place; say {meanings}")
    return _time(kept) or _state(words) or _city(words) or _country(words)


def _inside(city: Said | None, around: Said | None) -> Said | None:
    """The city, where it is the one of that state or country; else all of the state or country, for there are many a
    London and Paris."""
    if city is None or around is None or city.state != around.state or not {*city.zones} <= {*around.zones}:
        return around
    return city


def _time(words: str) -> Said | None:
    zones = _words()["times"].get(words)
    return Said(tuple(sorted(zones))) if zones else None


def _state(words: str) -> Said | None:
    state = us_states.by_code(words.upper()) or us_states.by_name(words)
    return Said(state.zones, state.code, "US") if state else None


def _city(words: str) -> Said | None:
    row: list[str] | None = _words()["cities"].get(words)
    state = us_states.by_code(row[0]) if row else None
    if row and state:
        return Said(tuple(row[1:]) or state.zones, state.code, "US")
    zone = zone_names.by_city(words)
    return Said((zone,), country=zone_names.country_of(zone)) if zone else None


def _country(words: str) -> Said | None:
    country = zone_names.country_named(words)
    return Said(zone_names.zones_of(country), country=country) if country else None


@cache
def _words() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads(files("giftpulse.daily.subscribers").joinpath("spoken_zones.toml").read_text("utf-8"))
