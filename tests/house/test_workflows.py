"""What CI is told: files that can be read, every job bounded in time, and every make target that it calls is there."""

import re
import shlex
from typing import Any

import pytest
import yaml

from containers import trial
from tests.house.source import HOUSE, tracked

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
            assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", step.get("uses", f"none/none@{40 * '0'}")), "pin what it uses"
            called |= set(re.findall(r"\bmake ([a-z-]+)", step.get("run", "")))
    assert called
    assert called <= targets


def test_every_python_that_is_promised_is_tried() -> None:
    told = yaml.safe_load((HOUSE / ".github" / "workflows" / "ci.yml").read_text())
    promised = re.findall(r"Python :: (3\.\d+)\"", (HOUSE / "pyproject.toml").read_text())
    assert told["jobs"]["check"]["strategy"]["matrix"]["python"] == promised


def test_compose_finds_the_settings_that_it_asks_for() -> None:
    """Compose stops where the file of ``env_file`` is not there, and git has no ``.env``."""
    told = yaml.safe_load((HOUSE / ".github" / "workflows" / "ci.yml").read_text())
    checked = set()
    for job in told["jobs"].values():
        made: set[str] = set()
        for step in job["steps"]:
            words = shlex.split(step.get("run", ""), comments=True)
            made |= set(words[1:]) if words[:1] == ["touch"] else set()
            if words[:2] == ["docker", "compose"]:
                text = (HOUSE / words[words.index("-f") + 1]).read_text()
                assert set(re.findall(r"env_file: \$\{\w+:-(.+)\}", text)) <= made
                assert set(re.findall(r"\$\{(\w+):\?", text)) <= step["env"].keys()
                checked.add(words[words.index("-f") + 1])
    assert checked == {"docker-compose.yml", "compose.embedded.yml"}


def test_both_forms_of_the_image_are_tried_with_docker() -> None:
    told = yaml.safe_load((HOUSE / ".github" / "workflows" / "ci.yml").read_text())
    runs = [step.get("run", "") for step in told["jobs"]["image"]["steps"]]
    assert [f"python3 containers/trial.py {form}" for form in sorted(trial.FORMS)] == runs[-2:]


def test_dependabot_is_told_only_of_what_it_can_read() -> None:
    """It reads no ``*.lock``, raises nothing that says ``>=``, and sees no base of an image behind a variable."""
    told = yaml.safe_load((HOUSE / ".github" / "dependabot.yml").read_text())
    assert [update["package-ecosystem"] for update in told["updates"]] == ["github-actions"]
    assert "Dependabot" in (HOUSE / "SECURITY.md").read_text()


def test_every_lock_is_audited_by_a_tool_of_one_version() -> None:
    recipe = (HOUSE / "Makefile").read_text().partition("\naudit: ")[2].partition("\n\n")[0]
    (patterns,) = re.findall(r"\$\(wildcard ([^)]+)\)", recipe)
    audited = {lock for pattern in patterns.split() for lock in HOUSE.glob(pattern)}
    assert audited == {file for file in tracked() if file.suffix == ".lock"}
    assert re.search(r"pip-audit@\d+\.\d+\.\d+ ", recipe)
