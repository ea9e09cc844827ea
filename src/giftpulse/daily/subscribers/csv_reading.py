"""CSV files as people have them: from Excel and others, with a byte order mark, semicolons, and free names."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, BinaryIO

from giftpulse.ground.errors import InvalidInputError

COLUMNS = (
    "phone", "timezone", "zip", "state", "first_name", "window_start", "window_end", "language", "theme", "status",
    "consent_source", "consent_at", "consent_wording",
)  # fmt: skip
"""The columns that are understood; others are left alone."""

_ALIASES: Mapping[str, str] = MappingProxyType(
    {alias: column for column, aliases in {
        "phone": "phone_number mobile mobile_phone mobile_number cell cell_phone number tel telephone msisdn",
        "timezone": "time_zone tz zone",
        "zip": "zip_code zipcode postal_code postcode",
        "state": "us_state",
        "first_name": "firstname first given_name name",
        "window_start": "start earliest",
        "window_end": "end latest",
        "language": "lang locale",
        "theme": "topic",
        "consent_source": "opt_in_source optin_source source",
        "consent_at": "consent_date consent_time opt_in_at opt_in_date optin_date opted_in_at",
        "consent_wording": "consent_text opt_in_wording wording",
    }.items() for alias in aliases.split()}
)  # fmt: skip

_DELIMITERS = ",;\t|"


@dataclass(frozen=True, slots=True)
class Row:
    """One line with data: its number in the file, and its cells by column, blank ones left out."""

    line: int
    cells: Mapping[str, str]
    fault: str | None = None


def rows(file: BinaryIO) -> Iterator[Row]:
    """The lines of a file, read as they are asked for. Raises InvalidInputError for what is no such file at all."""
    # What is no UTF-8 becomes half a surrogate pair, so that only its own line is refused.
    text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="")
    try:
        first = text.readline()
        before = 1
        if told := re.match(r'"?sep=(.)"?\r?\n?\Z', first, re.IGNORECASE):
            first, before = text.readline(), 2
        delimiter = told[1] if told else max(_DELIMITERS, key=first.count)
        columns = _columns(next(csv.reader([first], delimiter=delimiter), []))
        yield from _rows(csv.reader(text, delimiter=delimiter), columns, before)
    except csv.Error as error:
        raise InvalidInputError.at("file", f"cannot be read as CSV ({error})") from error
    finally:
        text.detach()  # the file is the caller's to close


def _rows(reader: Any, columns: list[str | None], before: int) -> Iterator[Row]:
    line = before + 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            fault = None
            if any(cell.strip() for cell in cells[len(columns) :]):
                fault = (
                    f"expected {len(columns)} cells as in the first line, got {len(cells)}; is something not quoted?"
                )
            named = zip(columns, cells, strict=False)
            yield Row(line, {name: cell.strip() for name, cell in named if name and cell.strip()}, fault)
        line = before + reader.line_num + 1


def _columns(headers: list[str]) -> list[str | None]:
    found = [_column(header) for header in headers]
    if "phone" not in found:
        expected = "expected a first line with the names of the columns, one of them phone"
        raise InvalidInputError.at("phone", f"{expected}; others are {', '.join(COLUMNS[1:])}")
    for column in COLUMNS:
        if found.count(column) > 1:
            raise InvalidInputError.at(column, "more than one column has this name")
    return found


def _column(header: str) -> str | None:
    name = re.sub(r"[\s_.-]+", "_", header.strip().lower()).strip("_")
    return name if name in COLUMNS else _ALIASES.get(name)
