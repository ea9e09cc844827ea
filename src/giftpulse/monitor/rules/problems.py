"""Everything that is wrong with one input, gathered before anything is said."""

from collections.abc import Iterable

from giftpulse.ground.errors import FieldError, InvalidInputError


class Problems:
    """A list of field errors that grows while an input is read."""

    def __init__(self) -> None:
        self.found: list[FieldError] = []

    def add(self, path: str, reason: str) -> None:
        """Note that ``path`` is at fault. Reading goes on, so that the next fault is told as well."""
        self.found.append(FieldError(path, reason))

    def unknown_keys(self, keys: Iterable[object], known: Iterable[str], path: str) -> None:
        """Note each key that is not known, under ``path`` (empty at the top)."""
        allowed = sorted(known)
        for key in keys:
            if key not in allowed:
                self.add(f"{path}.{key}" if path else str(key), f"unknown; expected one of {listed(allowed)}")

    def raise_if_any(self) -> None:
        """Raise ``InvalidInputError`` with everything found."""
        if self.found:
            raise InvalidInputError(*self.found)


def listed(values: Iterable[object]) -> str:
    """Values for a sentence: ``a, b, c``."""
    return ", ".join(str(value) for value in values)


def described(value: object) -> str:
    """What kind of JSON value this is, for "got ..."."""
    names = {type(None): "null", bool: "true or false", int: "a number", float: "a number", str: "text"}
    names |= {list: "a list", tuple: "a list", dict: "an object"}
    return names.get(type(value), type(value).__name__)
