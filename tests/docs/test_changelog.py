"""CHANGELOG.md: what is released has its version and its day, and what `--version` says is released."""

import re
import tomllib

from tests.docs.pages import HOUSE

PAGE = (HOUSE / "CHANGELOG.md").read_text()


def test_the_version_that_we_tell_is_the_newest_release() -> None:
    version = tomllib.loads((HOUSE / "pyproject.toml").read_text())["project"]["version"]
    first, *released = re.findall(r"^## (.+)$", PAGE, re.MULTILINE)
    assert first == "[Unreleased]"
    for head in released:
        assert re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", head), head
    assert released[0].startswith(f"[{version}] - ")
