"""The templates, made once for all tests, and where they lie for whoever deploys them."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.app import main
from infra.profiles import PROFILES
from infra.tests.template import Template

OUT = Path(__file__).resolve().parents[1] / "out"


@pytest.fixture(scope="session")
def folder() -> Path:
    """A folder with all templates."""
    main(OUT)
    return OUT


@pytest.fixture(scope="session", params=sorted(PROFILES))
def profile(request: pytest.FixtureRequest) -> str:
    """Each size in turn."""
    name: str = request.param
    return name


@pytest.fixture(scope="session")
def template(folder: Path, profile: str) -> Template:
    """The template of a size."""
    return Template(_read(folder, f"giftpulse-{profile}"))


@pytest.fixture(scope="session")
def large(folder: Path) -> Template:
    """The template of the large size, for what the small one has not."""
    return Template(_read(folder, "giftpulse-large"))


@pytest.fixture(scope="session")
def small(folder: Path) -> Template:
    """The template of the small size, for what the large one has not."""
    return Template(_read(folder, "giftpulse-small"))


@pytest.fixture(scope="session")
def registry(folder: Path) -> Template:
    """The template of what comes first."""
    return Template(_read(folder, "giftpulse-registry"))


def _read(folder: Path, name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((folder / f"{name}.json").read_text())
    return read
