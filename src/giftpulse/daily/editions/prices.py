"""What a text costs, by the table in ``prices.toml``. An estimate for limits and pages; the bill is the service's."""

import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

_VERSION = re.compile(r"-(?:\d{4}-\d\d-\d\d|\d{4}|latest)\Z")


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens, which is millionths of a dollar for one."""

    prompt: float
    answer: float


def cost_micros(model: str, prompt_tokens: int, completion_tokens: int) -> int | None:
    """Millionths of a US dollar, rounded up; None for a model that is not in the table."""
    price = _table().get(model) or _table().get(_VERSION.sub("", model))
    return None if price is None else math.ceil(prompt_tokens * price.prompt + completion_tokens * price.answer)


def as_of() -> date:
    """From when the prices are."""
    found: date = _read()["as_of"]
    return found


@cache
def _table() -> Mapping[str, Price]:
    return {model: Price(**price) for model, price in _read()["models"].items()}


@cache
def _read() -> Mapping[str, Any]:
    return tomllib.loads(files("giftpulse.daily.editions").joinpath("prices.toml").read_text("utf-8"))
