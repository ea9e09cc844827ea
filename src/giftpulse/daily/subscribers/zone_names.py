"""Names of zones as IANA has them, in the pinned ``tzdata``: the present name of an old one, the country of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

UTC = "Etc/UTC"
"""The one zone without a country that we take."""


def canonical(name: str) -> str | None:
    """The present name of a zone in which people live, for that name in whatever case or one of its old names
    (``US/Pacific`` is ``America/Los_Angeles``). None for anything else, as ``EST``, which is Panama to IANA and New
    York to most people, or ``Etc/GMT+5``, which is west of Greenwich to IANA and east to most people."""
    tables = _tables()
    wanted = name.strip().replace(" ", "_").casefold()
    if "/" not in wanted:
        return None
    return tables.names.get(wanted) or tables.names.get(tables.links.get(wanted, ""))


def country_of(zone_name: str) -> str | None:
    """The country (ISO 3166) of a zone by its present name; None for UTC."""
    return _tables().countries.get(zone_name)


def zones_of(country: str) -> tuple[str, ...]:
    """All zones of a country (ISO 3166), sorted; none for a code that does not exist."""
    return tuple(sorted(name for name, code in _tables().countries.items() if code == country))


def country_named(name: str) -> str | None:
    """The country (ISO 3166) of an English name such as ``Germany``, in whatever case."""
    return _tables().named.get(name.casefold())


def by_city(city: str) -> str | None:
    """The zone that is named after a city (``denver``, ``Buenos Aires``), in whatever case."""
    return _tables().cities.get(city.casefold())


@dataclass(frozen=True, slots=True)
class _Tables:
    names: Mapping[str, str]
    links: Mapping[str, str]
    countries: Mapping[str, str]
    named: Mapping[str, str]
    cities: Mapping[str, str]


@cache
def _tables() -> _Tables:
    countries = {row[2]: row[0] for row in _rows("zone.tab")}
    links = (line.split() for line in _text("tzdata.zi").splitlines() if line.startswith("L "))
    return _Tables(
        MappingProxyType({name.casefold(): name for name in (*countries, UTC)}),
        MappingProxyType({old.casefold(): target.casefold() for _, target, old in links}),
        MappingProxyType(countries),
        MappingProxyType({row[1].casefold(): row[0] for row in _rows("iso3166.tab")}),
        MappingProxyType({_city(name): name for name in countries if _is_city(name)}),
    )


def _city(name: str) -> str:
    return name.rpartition("/")[2].replace("_", " ").casefold()


def _is_city(name: str) -> bool:
    """Zones named after stations and small counties are left out: their names mean other places to most people."""
    if name in ("America/Argentina/Buenos_Aires", "America/Indiana/Indianapolis", "America/Kentucky/Louisville"):
        return True
    return name.count("/") == 1 and not name.startswith(("Antarctica/", "Arctic/"))


def _rows(file: str) -> list[list[str]]:
    return [line.split("\t") for line in _text(file).splitlines() if line and not line.startswith("#")]


def _text(file: str) -> str:
    return files("tzdata").joinpath("zoneinfo", file).read_text("utf-8")
