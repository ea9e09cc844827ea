"""The rollout, with a command ``aws`` that writes down what it is asked: services follow a good migration only."""

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "rollout.sh"
FAKE = """#!/usr/bin/env bash
echo "$*" >> "$CALLS"
case "$*" in
  *exitCode*) echo "$MIGRATION_ENDS_WITH" ;;
  *TaskSubnets*) echo subnet-1,subnet-2 ;;
  *taskArn*) echo arn:task ;;
  *describe-stacks*) echo value ;;
esac
"""


def rollout(folder: Path, code: str) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """Run it; answers how it ended, and what was asked of AWS."""
    fake, calls = folder / "aws", folder / "calls"
    fake.write_text(FAKE)
    fake.chmod(0o755)
    env = {"PATH": f"{folder}:{os.environ['PATH']}", "CALLS": str(calls), "MIGRATION_ENDS_WITH": code}
    words = [str(SCRIPT), "giftpulse", "it.json", "templates", "v2"]
    ran = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
    return ran, calls.read_text().splitlines()


def test_services_follow_a_migration_that_went_well(tmp_path: Path) -> None:
    ran, calls = rollout(tmp_path, "0")
    assert ran.returncode == 0, ran.stderr
    deployed = [each.partition("--parameter-overrides ")[2] for each in calls if "cloudformation deploy" in each]
    assert deployed == ["MigrateTag=v2", "ImageTag=v2 Running=yes"]
    (started,) = [each for each in calls if "run-task" in each]
    assert "subnets=[subnet-1,subnet-2]" in started
    assert calls.index(started) < next(n for n, each in enumerate(calls) if "ImageTag" in each)


@pytest.mark.parametrize("code", ["1", "137", "None"])
def test_nothing_follows_one_that_failed(tmp_path: Path, code: str) -> None:
    ran, calls = rollout(tmp_path, code)
    assert ran.returncode == 1
    assert code in ran.stderr
    assert not any("ImageTag" in each for each in calls)


def test_what_is_missing_is_said() -> None:
    ran = subprocess.run([str(SCRIPT)], capture_output=True, text=True, check=False)
    assert (ran.returncode, "usage" in ran.stderr) == (2, True)
