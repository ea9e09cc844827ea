"""The countries that the simulated traffic goes to, with made-up people in them and what a segment costs."""

import random
from typing import NamedTuple


class Place(NamedTuple):
    """``pattern``: a number with ``#`` for each free digit. ``price``: US dollars a segment."""

    iso: str
    pattern: str
    price: float
    share: float


PLACES = (
    Place("US", "+1212555####", 0.0079, 0.20),
    Place("US", "+1312555####", 0.0079, 0.16),
    Place("US", "+1415555####", 0.0079, 0.16),
    Place("US", "+1303555####", 0.0079, 0.12),
    Place("CA", "+1416555####", 0.0079, 0.08),
    # A range that Ofcom keeps for drama.
    Place("GB", "+447700900###", 0.0524, 0.10),
    Place("DE", "+491512345####", 0.1120, 0.05),
    Place("FR", "+33639980###", 0.0798, 0.04),
    Place("IN", "+9198765#####", 0.0832, 0.04),
    Place("BR", "+55119876#####", 0.0613, 0.03),
    # A range that ACMA keeps for drama.
    Place("AU", "+61491570###", 0.0515, 0.02),
)
_SHARES = [place.share for place in PLACES]
_PREFIXES = sorted(((place.pattern.split("#")[0], place) for place in PLACES), key=lambda pair: -len(pair[0]))


def somebody(rng: random.Random, iso: str | None = None) -> str:
    """A number of a person, in a country or, by the shares, anywhere."""
    if iso is None:
        place = rng.choices(PLACES, _SHARES)[0]
    else:
        place = rng.choice([place for place in PLACES if place.iso == iso])
    return "".join(str(rng.randrange(10)) if letter == "#" else letter for letter in place.pattern)


def price(to: str, segments: int) -> str:
    """What a message costs, as Twilio writes it: negative, five decimals."""
    dollars = next((place.price for prefix, place in _PREFIXES if to.startswith(prefix)), 0.0079)
    return f"{-dollars * segments:.5f}"


def country(number: str) -> str:
    """The ISO code of a number's country as far as the traffic knows it, otherwise ``US``."""
    return next((place.iso for prefix, place in _PREFIXES if number.startswith(prefix)), "US")
