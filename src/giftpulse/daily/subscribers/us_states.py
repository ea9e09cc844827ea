"""The states of the US, DC and the territories: their zones, ZIP codes and area codes, from ``us_states.toml``."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class State:
    """One state. ``zones`` are all that its people may have, sorted."""

    code: str
    name: str
    zones: tuple[str, ...]


def by_code(code: str) -> State | None:
    """The state of a two-letter code in upper case (``TX``, ``DC``, ``PR``)."""
    return _tables().states.get(code)


def by_name(name: str) -> State | None:
    """The state of a name, in whatever case."""
    return _tables().names.get(name.casefold())


def by_area_code(area_code: int) -> State | None:
    """The state for which a telephone area code was made; None for toll-free ones, and outside of the US."""
    return _tables().areas.get(area_code)


def by_zip(zip5: str) -> State | None:
    """The state of a ZIP code, with only those of its zones that the ZIP code may lie in. None for military ones, for
    those of free states in the Pacific, and for digits that are no ZIP code yet."""
    tables = _tables()
    for length in (5, 4, 3):
        state = tables.zips.get(zip5[:length])
        if state is not None:
            inside = tables.inside.get(zip5[:length])
            return State(state.code, state.name, (inside,)) if inside else state
    return None


@dataclass(frozen=True, slots=True)
class _Tables:
    states: Mapping[str, State]
    names: Mapping[str, State]
    areas: Mapping[int, State]
    zips: Mapping[str, State]
    inside: Mapping[str, str]


@cache
def _tables() -> _Tables:
    rows = tomllib.loads(files("giftpulse.daily.subscribers").joinpath("us_states.toml").read_text("utf-8"))
    states = {code: State(code, row["name"], tuple(sorted(row["zones"]))) for code, row in rows.items()}
    inside = (row.get("inside", {}).items() for row in rows.values())
    return _Tables(
        MappingProxyType(states),
        MappingProxyType({state.name.casefold(): state for state in states.values()}),
        MappingProxyType({area: states[code] for code, row in rows.items() for area in row["areas"]}),
        MappingProxyType({start: states[code] for code, row in rows.items() for start in _starts(row["zips"])}),
        MappingProxyType({start: zone for zones in inside for zone, ranges in zones for start in _starts(ranges)}),
    )


def _starts(ranges: list[str]) -> Iterator[str]:
    for said in ranges:
        first, _, last = said.partition("-")
        yield from (f"{n:0{len(first)}}" for n in range(int(first), int(last or first) + 1))
