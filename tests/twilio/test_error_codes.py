"""The table of error codes, row by row."""

import json
import re
from pathlib import Path
from typing import get_args

import pytest

from giftpulse.twilio.error_codes import ErrorCode, Retryable, error_codes, explain

SHARED = Path(__file__).parents[3] / "shared"
FACTS = SHARED / "facts" / "twilio-messaging.md"
DICTIONARY = SHARED / "vectors" / "twilio_error_codes.json"

NEVER_PROCESSED = {20429}
MAY_HAVE_HAPPENED = {20500, 20503, 20504}
PERMANENT = {20003, 20005, 21211, 21610, 21614, 30002, 30004, 30005, 30006, 30007, 30032, 30034, 30630, 30640}
WAIT = {21611, 30001, 30023, 30027, 30035, 63017, 63038}


def test_every_code_of_the_facts_has_a_row() -> None:
    if not FACTS.exists():
        pytest.skip(f"{FACTS} is not on this machine")
    section = FACTS.read_text().split("### B5.")[1].split("### B6.")[0]
    codes = {int(code) for code in re.findall(r"(?<![\d,])\d{5}(?!\d)", section)} | set(range(35111, 35119))
    assert len(codes) > 110
    assert codes - set(error_codes()) == set()


@pytest.mark.parametrize("row", error_codes().values(), ids=str)
def test_a_row_says_something(row: ErrorCode) -> None:
    assert row.known
    assert row.retryable in get_args(Retryable)
    assert row.link == f"https://www.twilio.com/docs/api/errors/{row.code}"
    for text in (row.meaning, row.action):
        assert 10 < len(text) < 140
        assert text[0].isupper()
        assert not text.endswith(".")


def test_the_words_are_our_own() -> None:
    if not DICTIONARY.exists():
        pytest.skip(f"{DICTIONARY} is not on this machine")
    theirs = {code: text for code, _, _, text, _ in json.loads(DICTIONARY.read_text())["codes"]}
    assert [row.code for row in error_codes().values() if row.meaning == theirs.get(row.code)] == []


@pytest.mark.parametrize(
    ("codes", "retryable"),
    [(NEVER_PROCESSED, "yes"), (MAY_HAVE_HAPPENED, "ambiguous"), (PERMANENT, "no"), (WAIT, "later"), ({30008}, "once")],
)
def test_what_must_never_be_got_wrong(codes: set[int], retryable: str) -> None:
    assert {code: explain(code).retryable for code in codes} == dict.fromkeys(codes, retryable)


def test_an_opt_out_is_final() -> None:
    assert "opt-out" in explain(21610).action
    assert "START" in explain(21610).action


@pytest.mark.parametrize("code", [0, 99999, 235342434])
def test_a_code_that_nobody_knows_gets_its_link_and_no_retry(code: int) -> None:
    row = explain(code)
    assert not row.known
    assert row.code == code
    assert row.retryable == "no"
    assert row.meaning == "Not in our table"
    assert row.link == f"https://www.twilio.com/docs/api/errors/{code}"
