"""What all configs have in common when they are checked: their keys, and errors that are gathered."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from giftpulse.ground.errors import FieldError, InvalidInputError


class Findings:
    """Everything wrong with one config, so that its author sees all of it at once."""

    def __init__(self) -> None:
        self.errors: list[FieldError] = []

    def add(self, path: str, reason: str) -> None:
        """Note an error at ``config.<path>``."""
        self.errors.append(FieldError(f"config.{path}", reason))

    def run(self, check: Callable[..., object], *args: object) -> None:
        """Run a check that raises InvalidInputError, and keep what it says."""
        try:
            check(*args)
        except InvalidInputError as error:
            self.errors.extend(error.errors)

    def keys(self, config: Mapping[str, Any], known: Iterable[str], hints: Mapping[str, str]) -> None:
        """Refuse what we would otherwise silently ignore."""
        for key in config:
            if key not in known:
                self.add(key, hints.get(key) or f"is not known; known are {', '.join(known)}")

    def done(self) -> None:
        """Raises InvalidInputError if anything was found."""
        if self.errors:
            raise InvalidInputError(*self.errors)
