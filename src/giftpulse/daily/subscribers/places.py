"""Where a person is, as far as their delivery window and the law care, and how we know.

What they said beats their ZIP code, that beats their state, and that beats their number: a number only says where it
was issued, and people move. All zone names are present names of the pinned ``tzdata``, sorted, so that equal places
are equal groups.
"""

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import phonenumbers
from phonenumbers import timezone

from giftpulse.daily.subscribers import spoken, us_states, zone_names
from giftpulse.ground import phone

Source = Literal["stated", "zip", "state", "number", "unknown"]

_MANY = 8
"""A number of the +1 area with more candidates than this (toll-free ones have 42) says nothing about a place."""

_ZONE_HELP = "expected a time zone such as America/Denver, Denver, Mountain, Colorado, CO or a ZIP code"


@dataclass(frozen=True, slots=True)
class Place:
    """``zones``: all that the person may be in, none when unknown. ``state``: of the US, as ``TX``, ``DC`` or ``PR``.
    ``country``: ISO 3166; territories of the US are states of it here."""

    zones: tuple[str, ...]
    source: Source
    state: str | None = None
    country: str | None = None


UNKNOWN = Place((), "unknown")


def from_zone(text: str) -> Place:
    """The place that somebody stated, in whatever way people name their time. Raises ``ValueError``."""
    if re.fullmatch(r"\s*\d{5}(-\d{4})?\s*", text):
        return replace(from_zip(text), source="stated")
    name = zone_names.canonical(text)
    if name is not None:
        return _placed((name,), "stated", None, zone_names.country_of(name))
    said = spoken.understood(text)
    if said is None:
        raise ValueError(f"{_ZONE_HELP}, got '{text.strip()[:40]}'")
    return _placed(said.zones, "stated", said.state, said.country)


def from_zip(zip5: str) -> Place:
    """The place of a ZIP code (five digits, or nine with a dash). Raises ``ValueError``."""
    match = re.fullmatch(r"\s*(\d{5})(-\d{4})?\s*", zip5, re.ASCII)
    if match is None:
        raise ValueError("expected a ZIP code of the US: five digits, such as 94110")
    state = us_states.by_zip(match.group(1))
    if state is None:
        raise ValueError(f"the ZIP code {match.group(1)} is in no state that we know (military?); give a time zone")
    return _placed(state.zones, "zip", state.code, "US")


def from_state(code: str) -> Place:
    """The place of a state of the US, by its code or name. Raises ``ValueError``."""
    state = us_states.by_code(code.strip().upper()) or us_states.by_name(code.strip())
    if state is None:
        raise ValueError("expected a state of the US, such as CO or Colorado")
    return _placed(state.zones, "state", state.code, "US")


@lru_cache(maxsize=4096)
def from_number(e164: str) -> Place:
    """The place where a number was issued. Raises ``ValueError`` for what is no number with a country code.

    Where ``phonenumbers`` knows no zone, or too many, it is the state of the area code, or the zones of the country;
    a US number that tells neither is unknown. Numbers that are too new for ``phonenumbers`` are not refused.
    """
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        raise ValueError("expected a phone number with country code, such as +15551234567") from None
    american = number.country_code == 1
    area = us_states.by_area_code(int(str(number.national_number)[:3])) if american else None
    found = {zone_names.canonical(name) for name in timezone.time_zones_for_number(number)} - {None}
    zones = tuple(name for name in found if name)
    country = "US" if area else phone.country(e164)
    if not zones or (american and len(zones) > _MANY):
        zones = area.zones if area else zone_names.zones_of(country) if country and country != "US" else ()
    return _placed(zones, "number" if zones else "unknown", area.code if area else None, country)


def best(
    stated: str | None = None, zip_code: str | None = None, state: str | None = None, number: str | None = None
) -> Place:
    """The place by the best that is known: stated, then ZIP code, then state, then number; blank texts count as none.

    The state and country that the best source leaves open come from the next ones, the state never from the number.
    Raises ``ValueError`` when one of them cannot be read, or the ZIP code lies in another state than the one given.
    """
    said = from_zone(stated) if stated and stated.strip() else None
    by_zip = from_zip(zip_code) if zip_code and zip_code.strip() else None
    by_state = from_state(state) if state and state.strip() else None
    issued = from_number(number) if number and number.strip() else None
    if by_zip and by_state and by_zip.state != by_state.state:
        raise ValueError(f"the ZIP code is in {by_zip.state}, but the state given is {by_state.state}")
    home = [place for place in (said, by_zip, by_state) if place]
    known = [*home, issued] if issued else home
    if not known:
        return UNKNOWN
    return replace(
        known[0],
        state=known[0].state or next((place.state for place in home if place.state), None),
        country=known[0].country or next((place.country for place in known if place.country), None),
    )


def jurisdictions(*places: Place) -> tuple[str, ...]:
    """The countries and states whose laws may claim a person, as quiet hours name them (``US``, ``US-TX``), sorted.

    Give the best place and that of the number: the state of a number counts for a person who has moved, too.
    """
    countries = {place.country for place in places if place.country}
    states = {f"US-{place.state}" for place in places if place.state}
    return tuple(sorted(countries | states))


def _placed(zones: tuple[str, ...], source: Source, state: str | None, country: str | None) -> Place:
    territory = us_states.by_code(country) if country in ("AS", "GU", "MP", "PR", "VI") else None
    if territory is not None:
        state, country = state or territory.code, "US"
    return Place(tuple(sorted(zones)), source, state, country)
