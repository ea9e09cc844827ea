"""What a Twilio error code means, whether trying again makes sense, and what the operator should do.

The rows are in ``error_codes.toml``, in our own words. Twilio adds codes all the time, so a code that is not
there is not an error of ours: it gets its link, counts like any other, and is not retried.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Literal, cast

Retryable = Literal["no", "yes", "later", "once", "ambiguous"]

_LINK = "https://www.twilio.com/docs/api/errors/{}"


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """One row of the table.

    ``retryable``: ``no``; ``yes`` (after a back-off); ``later`` (hours: a queue or a daily limit must pass);
    ``once`` (one more attempt is worth it); ``ambiguous`` (it may have been done all the same: find out first).
    """

    code: int
    meaning: str
    retryable: Retryable
    action: str
    link: str
    known: bool = True


@cache
def error_codes() -> Mapping[int, ErrorCode]:
    """The whole table, by code."""
    text = files("giftpulse.twilio").joinpath("error_codes.toml").read_text("utf-8")
    return MappingProxyType({int(code): _row(int(code), row) for code, row in tomllib.loads(text).items()})


def explain(code: int) -> ErrorCode:
    """The row of a code; for one that is not in our table, a row that says so and links to Twilio's page."""
    return error_codes().get(code) or ErrorCode(
        code=code,
        meaning="Not in our table",
        retryable="no",
        action="Read Twilio's page about this code",
        link=_LINK.format(code),
        known=False,
    )


def _row(code: int, row: list[str]) -> ErrorCode:
    retryable, meaning, action = row
    return ErrorCode(code, meaning, cast(Retryable, retryable), action, _LINK.format(code))
