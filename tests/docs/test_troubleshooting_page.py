"""docs/troubleshooting.md: its codes say what the table of codes says, and what it quotes is really said."""

import re

import pytest

from giftpulse.twilio.error_codes import explain
from tests.docs.pages import HOUSE, table

NAME = "docs/troubleshooting.md"
SOURCE = "\n".join(file.read_text() for file in sorted((HOUSE / "src" / "giftpulse").rglob("*.py")))
TOPICS = ("texts", "people", "monitor", "service")


@pytest.mark.parametrize(("code", "meaning", "action"), table(NAME, "codes"))
def test_codes_are_told_as_everywhere(code: str, meaning: str, action: str) -> None:
    found = re.fullmatch(r"\[(\d+)\]\((.+)\)", code)
    assert found is not None
    row = explain(int(found[1]))
    assert row.known
    assert (found[2], meaning, action) == (row.link, row.meaning, row.action)


def test_there_is_a_row_for_most_of_what_happens() -> None:
    rows = [row for topic in TOPICS for row in table(NAME, topic)]
    assert len(rows) >= 25
    assert [row for row in rows if len(row) != 4 or not all(row)] == []
    assert len({row[0] for row in rows}) == len(rows)


def test_findings_of_the_doctor_that_are_named_exist() -> None:
    named = {
        finding
        for topic in TOPICS
        for row in table(NAME, topic)
        for part in re.findall(r"`giftpulse doctor`: ((?:`[^`]+`(?:, )?)+)", " | ".join(row))
        for finding in re.findall(r"`([^`]+)`", part)
    }
    assert len(named) >= 8
    assert {each for each in named if each.partition(": ")[0] not in SOURCE} == set()


@pytest.mark.parametrize(
    "said", ["all texts are held since", "the window was over", "a webhook without a genuine signature was refused"]
)
def test_what_is_quoted_is_said(said: str) -> None:
    assert said in (HOUSE / NAME).read_text()
    assert said in SOURCE
