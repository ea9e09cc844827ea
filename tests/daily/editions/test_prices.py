"""What tokens cost."""

import pytest

from giftpulse.daily.editions.prices import as_of, cost_micros


@pytest.mark.parametrize(
    ("model", "micros"),
    [
        ("gpt-4.1-mini", 400 + 160),
        ("gpt-4.1-mini-2025-04-14", 400 + 160),
        ("gpt-4.1-nano", 100 + 40),
        ("gpt-4o-2024-08-06", 2500 + 1000),
        ("gpt-4.1-mini-of-somebody-else", None),
        ("", None),
    ],
)
def test_a_thousand_tokens_of_the_prompt_and_a_hundred_of_the_answer(model: str, micros: int | None) -> None:
    assert cost_micros(model, 1_000, 100) == micros


def test_parts_of_a_millionth_are_rounded_up() -> None:
    assert cost_micros("gpt-4.1-nano", 1, 0) == 1
    assert cost_micros("gpt-4.1-nano", 0, 0) == 0


def test_the_table_is_dated() -> None:
    assert as_of().year >= 2025
