"""The library: our own texts, for days on which nothing else is ready. One file for each language in ``library/``."""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from giftpulse.daily.editions.tongue import base

FALLBACK = "en"


@dataclass(frozen=True, slots=True)
class LibraryText:
    """One text. ``key`` tells it from all others for good: twelve digits of a hash of what it says."""

    key: str
    theme: str
    text: str


def texts(language: str) -> tuple[LibraryText, ...]:
    """All texts in a language (``es``, ``es-MX``), in the order of the file; in English if there are none in it."""
    known = _library()
    return known.get(base(language)) or known[FALLBACK]


def languages() -> tuple[str, ...]:
    """The languages that have texts of their own, as ISO 639 codes in alphabetical order."""
    return tuple(_library())


@cache
def _library() -> Mapping[str, tuple[LibraryText, ...]]:
    folder = files("giftpulse.daily.editions").joinpath("library")
    found = sorted((file.name.removesuffix(".toml"), file) for file in folder.iterdir() if file.name.endswith(".toml"))
    return MappingProxyType({language: _read(file.read_text("utf-8")) for language, file in found})


def _read(written: str) -> tuple[LibraryText, ...]:
    themes: dict[str, list[str]] = tomllib.loads(written)
    return tuple(LibraryText(_key(text), theme, text) for theme, said in themes.items() for text in said)


def _key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
