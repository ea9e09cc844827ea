"""The fake OpenAI: texts that pass every check and are never alike, in its own order for each seed."""

import pytest

from giftpulse.daily.editions.check import TextRules, check
from giftpulse.daily.editions.likeness import Said
from giftpulse.demo.fake_faults import FAULTS, Orders
from giftpulse.demo.fake_texts import TextMaker, how_many, text_of


@pytest.mark.parametrize("language", ["en", "es", "fr"])
def test_texts_are_good_and_unlike_each_other(language: str) -> None:
    said, maker = Said(), TextMaker(seed=7)
    for _ in range(300):
        text = maker.next(language)
        verdict = check(text, TextRules(language=language, footer="Reply STOP."), said)
        assert verdict.reasons == ()
        assert verdict.count.encoding == "GSM-7"
        said.add(text)


def test_there_are_thousands_before_the_first_comes_again() -> None:
    assert how_many("en") > 5_000
    for language in ("en", "es", "fr"):
        assert len({text_of(language, number) for number in range(how_many(language))}) == how_many(language)


def test_a_seed_is_an_order_and_an_unknown_language_is_english() -> None:
    first, same, other = TextMaker(1), TextMaker(1), TextMaker(2)
    texts = [first.next("en") for _ in range(5)]
    assert [same.next("xx") for _ in range(5)] == texts
    assert [other.next("en") for _ in range(5)] != texts


def test_orders_are_taken_or_refused_as_a_whole() -> None:
    orders = Orders()
    orders.take({"faults": ["junk", "down"], "rate": 0.5})
    for wrong in (["junk"], {"faults": ["unheard of"]}, {"always": "unheard of"}, {"more": 1}):
        with pytest.raises(ValueError, match="expected"):
            orders.take(wrong)
    assert (list(orders.faults), orders.rate, orders.always, orders.moderates) == (["junk", "down"], 0.5, None, True)
    assert len(set(FAULTS)) == len(FAULTS)
