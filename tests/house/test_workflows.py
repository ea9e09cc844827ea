"""What CI is told: files that can be read, every job bounded in time, and every make target that it calls is there."""

import re
from typing import Any

import pytest
import yaml

from tests.house.source import HOUSE

WORKFLOWS = sorted((HOUSE / ".github" / "workflows").glob("*.yml"))


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_workflows_are_bounded_and_call_what_is_there(file: Any) -> None:
    told = yaml.safe_load(file.read_text())
    assert told["permissions"] == {"contents": "read"}
    targets = set(re.findall(r"^([a-z-]+):", (HOUSE / "Makefile").read_text(), re.MULTILINE))
    called = set()
    for job in told["jobs"].values():
        assert job["timeout-minutes"] <= 30
        for step in job["steps"]:
            assert ("run" in step) != ("uses" in step)
            called |= set(re.findall(r"\bmake ([a-z-]+)", step.get("run", "")))
    assert called
    assert called <= targets


def test_every_python_that_is_promised_is_tried() -> None:
    told = yaml.safe_load((HOUSE / ".github" / "workflows" / "ci.yml").read_text())
    promised = re.findall(r"Python :: (3\.\d+)\"", (HOUSE / "pyproject.toml").read_text())
    assert told["jobs"]["check"]["strategy"]["matrix"]["python"] == promised


def test_what_is_kept_up_to_date_is_there() -> None:
    told = yaml.safe_load((HOUSE / ".github" / "dependabot.yml").read_text())
    assert {update["package-ecosystem"] for update in told["updates"]} >= {"pip", "docker", "github-actions"}
    for update in told["updates"]:
        assert (HOUSE / update["directory"].strip("/")).is_dir()
