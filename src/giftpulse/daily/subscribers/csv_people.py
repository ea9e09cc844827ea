"""From the cells of a line to a person, or to what is wrong with the line. Pure."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal, TypeVar

from pydantic import TypeAdapter, ValidationError

from giftpulse.daily.programs import texts
from giftpulse.daily.programs.fields import Language
from giftpulse.daily.programs.models import Program
from giftpulse.daily.schedule.windows import Window
from giftpulse.daily.subscribers.csv_reading import Row
from giftpulse.daily.subscribers.join import NO_CONSENT
from giftpulse.daily.subscribers.ledger import Consent
from giftpulse.daily.subscribers.own_window import window_from
from giftpulse.daily.subscribers.places import Place
from giftpulse.daily.subscribers.whereabouts import place_from
from giftpulse.ground import phone as phones
from giftpulse.ground.errors import FieldError, InvalidInputError

T = TypeVar("T")

_LANGUAGE: TypeAdapter[str] = TypeAdapter(Language)
_AMERICAN = re.compile(r"\+1[2-9]\d{9}\Z", re.ASCII)
_MOST = {"first_name": 60, "consent_source": 200, "consent_wording": 4000}
_STATUSES: dict[str, Literal["active", "pending", "opted_out"]] = {
    "": "active", "active": "active", "subscribed": "active", "pending": "pending",
    "opted_out": "opted_out", "unsubscribed": "opted_out", "stopped": "opted_out",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class RowError:
    """Why a line was not taken."""

    line: int
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class Person:
    """One person of a file. ``consent`` None: nobody says that they agreed, and they have opted out."""

    line: int
    phone: str
    place: Place
    first_name: str | None
    window: Window | None
    language: str | None
    theme: str | None
    status: Literal["active", "pending", "opted_out"]
    consent: Consent | None


@dataclass(frozen=True)
class Reader:
    """Reads the lines of one file. ``consent`` is that of lines which say nothing of it; ``country`` that of numbers
    without a country code."""

    program: Program
    consent: Consent | None
    country: str | None
    now: datetime
    by: str

    def read(self, row: Row) -> Person | list[RowError]:
        """The person of a line, or everything that is wrong with it."""
        if row.fault:
            return [RowError(row.line, "", row.fault)]
        faults = [FieldError(name, reason) for name, cell in row.cells.items() if (reason := _unreadable(name, cell))]
        if faults:
            return _told(row, faults)
        get = row.cells.get
        phone = _tried(faults, lambda: self._phone(get("phone", "")))
        place = _tried(faults, lambda: place_from(get("timezone"), get("zip"), get("state"), phone or "+10000000000"))
        window = _tried(faults, lambda: window_from(get("window_start"), get("window_end")))
        language = _tried(faults, lambda: _language(get("language")))
        theme = _tried(faults, lambda: self._theme(get("theme")))
        status = _tried(faults, lambda: _status(get("status", "")))
        consent = _tried(faults, lambda: self._consent(row))
        if status != "opted_out" and consent is None and not faults:
            faults.append(FieldError("consent_source", NO_CONSENT))
        if faults or phone is None or place is None or status is None:
            return _told(row, faults)
        name = get("first_name", "").lstrip("'") or None
        return Person(row.line, phone, place, name, window, language, theme, status, consent)

    def _phone(self, cell: str) -> str:
        text = untangled(cell)
        if _AMERICAN.match(text):
            return text  # as phonenumbers would say, in a fiftieth of its time
        return phones.normalise(text, region=self.country.upper() if self.country else None)

    def _theme(self, theme: str | None) -> str | None:
        known = json.loads(self.program.themes)
        if theme and theme not in known:
            raise InvalidInputError.at("theme", f"expected one of {', '.join(known)}" if known else "there are none")
        return theme or None

    def _consent(self, row: Row) -> Consent | None:
        source, wording = row.cells.get("consent_source"), row.cells.get("consent_wording")
        if not source and not wording and self.consent is None:
            return None
        kept = self.consent or Consent("opt_in", "import", self.by, self.now)
        at = _instant(row.cells.get("consent_at"), self.now) or kept.at
        told = replace(kept, at=at, detail=source or kept.detail)
        return replace(told, wording=wording, wording_version=None) if wording else told


def untangled(phone: str) -> str:
    """A number without what spreadsheets make of it: ``="+1303..."``, ``'+1303...``, ``13035550123.0``, a lost plus
    sign. Raises InvalidInputError for one that they have rounded."""
    text = re.sub(r'^=?"|"$|^\'', "", phone.replace("\u00a0", " ").strip()).strip()
    if re.fullmatch(r"\+?\d([.,]\d+)?E\+?\d+", text, re.IGNORECASE):
        raise InvalidInputError.at("phone", "a spreadsheet has rounded this number; format the column as text")
    text = re.sub(r"\A(\+?\d+)[.,]0\Z", r"\1", text)
    if re.fullmatch(r"1\d{10}", text):
        return f"+{text}"
    return re.sub(r"\A00(?=[1-9])", "+", text)


def _told(row: Row, faults: list[FieldError]) -> list[RowError]:
    return [RowError(row.line, fault.field, fault.reason) for fault in faults]


def _unreadable(name: str, cell: str) -> str | None:
    if reason := texts.fault(cell, lines=name == "consent_wording"):
        return "is not UTF-8; save the file as CSV UTF-8" if "Unicode" in reason else reason
    most = _MOST.get(name, 80)
    return f"expected at most {most} characters" if len(cell) > most else None


def _tried(faults: list[FieldError], read: Callable[[], T]) -> T | None:
    try:
        return read()
    except InvalidInputError as error:
        faults.extend(error.errors)
        return None


def _language(text: str | None) -> str | None:
    try:
        return _LANGUAGE.validate_python(text.replace("_", "-")) if text else None
    except ValidationError as error:
        reason = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise InvalidInputError.at("language", reason) from None


def _status(text: str) -> Literal["active", "pending", "opted_out"]:
    status = _STATUSES.get(text.lower().replace(" ", "_").replace("-", "_"))
    if status is None:
        raise InvalidInputError.at("status", "expected active, pending or opted_out")
    return status


def _instant(text: str | None, now: datetime) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        reason = "expected a date or instant such as 2026-01-31 or 2026-01-31T08:00:00Z"
        raise InvalidInputError.at("consent_at", reason) from None
    found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    if found > now:
        raise InvalidInputError.at("consent_at", "expected an instant in the past")
    return found
