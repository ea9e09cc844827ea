"""The place that a form, a file or a program says, with the field at fault."""

from functools import lru_cache

from giftpulse.daily.subscribers import places
from giftpulse.daily.subscribers.places import Place
from giftpulse.ground.errors import FieldError, InvalidInputError


def place_from(timezone: str | None, zip_code: str | None, state: str | None, phone: str) -> Place:
    """The best place that these and the number (E.164) tell. Raises InvalidInputError at ``timezone``, ``zip`` or
    ``state``."""
    said = tuple((text or "").strip() for text in (timezone, zip_code, state))
    errors = _faults(*said)
    if errors:
        raise InvalidInputError(*errors)
    return _best(*said, phone)


@lru_cache(maxsize=4096)
def _faults(timezone: str, zip_code: str, state: str) -> tuple[FieldError, ...]:
    found = []
    for field, text, read in (
        ("timezone", timezone, places.from_zone),
        ("zip", zip_code, places.from_zip),
        ("state", state, places.from_state),
    ):
        try:
            if text:
                read(text)
        except ValueError as error:
            found.append(FieldError(field, str(error)))
    if not found:
        try:
            places.best(zip_code=zip_code, state=state)
        except ValueError as error:
            found.append(FieldError("zip", str(error)))
    return tuple(found)


@lru_cache(maxsize=4096)
def _best(timezone: str, zip_code: str, state: str, phone: str) -> Place:
    return places.best(timezone, zip_code, state, phone)
