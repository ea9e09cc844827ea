"""docs/security.md: every test that it names is there, and so is every setting."""

import re

from giftpulse.ground.settings import Settings
from tests.docs.pages import HOUSE

PAGE = (HOUSE / "docs" / "security.md").read_text()


def test_every_answer_is_held_by_a_test_that_is_there() -> None:
    table = PAGE.partition("## Threats")[2].splitlines()
    rows = [line for line in table if line.startswith("| ") and "---" not in line]
    assert len(rows) >= 15
    for row in rows[1:]:
        named = re.findall(r"`(tests/[\w/]+\.py)`", row)
        assert named, row
        assert [file for file in named if not (HOUSE / file).exists()] == []


def test_every_setting_is_one() -> None:
    named = set(re.findall(r"`([A-Z][A-Z_]{4,})`", PAGE))
    assert named
    assert named <= {name.upper() for name in Settings.model_fields}
