"""The rollout, with a command ``aws`` that writes down what it is asked: services follow a good migration only."""

import os
import subprocess
from pathlib import Path

import pytest

from infra.tests.commands import complaints

SCRIPT = Path(__file__).resolve().parents[1] / "rollout.sh"
FAKE = """#!/usr/bin/env bash
echo "$*" >> "$CALLS"
case "$*" in
  *"cloudformation deploy"*)
    set -- "$@" -
    while [ "$1" != --template-file ]; do shift; done
    echo "deployed $(cat "$2")" >> "$CALLS"
    case "$*" in *ImageTag*) exit "$SERVICES_END_WITH" ;; esac ;;
  *get-template*) echo old ;;
  *ParameterKey*) echo "$RUNNING" ;;
  *exitCode*) echo "$MIGRATION_ENDS_WITH" ;;
  *lastStatus*) echo "$STATUS" ;;
  *stoppedReason*) echo "ResourceInitializationError: no key X" ;;
  *TaskSubnets*) echo subnet-1,subnet-2 ;;
  *JobsLog*) echo log-of-jobs ;;
  *taskArn*) echo arn:task ;;
  *list-services*) printf 'arn:web\tarn:worker\n' ;;
  *desiredCount*) printf '%s\n' "$COUNTS" ;;
  *describe-stacks*) echo value ;;
esac
"""


def rollout(
    folder: Path, code: str, *, running: str = "yes", status: str = "STOPPED", services: int = 0, counts: str = "2\t5"
) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """Run it; answers how it ended, and what was asked of AWS."""
    fake, calls, template = folder / "aws", folder / "calls", folder / "it.json"
    fake.write_text(FAKE)
    fake.chmod(0o755)
    template.write_text("new")
    env = {
        "PATH": f"{folder}:{os.environ['PATH']}",
        "CALLS": str(calls),
        "MIGRATION_ENDS_WITH": code,
        "RUNNING": running,
        "STATUS": status,
        "COUNTS": counts,
        "SERVICES_END_WITH": str(services),
    }
    words = [str(SCRIPT), "giftpulse", str(template), "templates", "v2"]
    ran = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
    return ran, calls.read_text().splitlines()


def deployed(calls: list[str]) -> list[tuple[str, str]]:
    """Which template went out, and with what said to it."""
    said = [each.partition("--parameter-overrides ")[2] for each in calls if "cloudformation deploy" in each]
    return list(zip([each.split()[1] for each in calls if each.startswith("deployed ")], said, strict=True))


def test_services_follow_a_migration_that_went_well(tmp_path: Path) -> None:
    ran, calls = rollout(tmp_path, "0")
    assert ran.returncode == 0, ran.stderr
    assert deployed(calls) == [("old", "MigrateTag=v2 Running=yes"), ("new", "ImageTag=v2 Running=yes")]
    (started,) = [each for each in calls if "run-task" in each]
    assert "subnets=[subnet-1,subnet-2]" in started
    assert calls.index(started) < next(n for n, each in enumerate(calls) if "ImageTag" in each)


def test_aws_knows_all_that_it_is_asked(tmp_path: Path) -> None:
    asked = [each for code in ("0", "1") for each in rollout(tmp_path, code)[1] if not each.startswith("deployed ")]
    assert len(asked) > 20
    for each in asked:
        assert complaints(["aws", *each.split()]) == [], each


@pytest.mark.parametrize(("before", "during", "after"), [("no", "no", "start"), ("start", "yes", "yes")])
def test_what_runs_keeps_its_number_and_what_does_not_begins(
    tmp_path: Path, before: str, during: str, after: str
) -> None:
    ran, calls = rollout(tmp_path, "0", running=before)
    assert ran.returncode == 0, ran.stderr
    said = [f"MigrateTag=v2 Running={during}", f"ImageTag=v2 Running={after}"]
    # It is not kept: a change of settings alone would begin once more.
    assert [each for _, each in deployed(calls)] == said + (["Running=yes"] if after == "start" else [])


@pytest.mark.parametrize(("counts", "after"), [("2\t0", "start"), ("0", "start"), ("10\t20", "yes")])
def test_a_service_that_was_left_without_tasks_begins(tmp_path: Path, counts: str, after: str) -> None:
    ran, calls = rollout(tmp_path, "0", counts=counts)
    assert ran.returncode == 0, ran.stderr
    said = ["MigrateTag=v2 Running=yes", f"ImageTag=v2 Running={after}"]
    assert [each for _, each in deployed(calls)] == said + (["Running=yes"] if after == "start" else [])
    assert any("--services arn:web arn:worker" in each for each in calls)


@pytest.mark.parametrize("code", ["1", "137", "None"])
def test_nothing_new_follows_one_that_failed(tmp_path: Path, code: str) -> None:
    ran, calls = rollout(tmp_path, code)
    assert ran.returncode == 1
    assert deployed(calls) == [("old", "MigrateTag=v2 Running=yes")]
    assert "ResourceInitializationError: no key X" in ran.stderr
    assert ("log-of-jobs" in ran.stderr) is (code != "None")  # who did not start wrote none
    assert ("did not start" in ran.stderr) is (code == "None")
    assert "with None" not in ran.stderr


def test_one_that_goes_on_for_long_did_not_fail(tmp_path: Path) -> None:
    ran, calls = rollout(tmp_path, "None", status="RUNNING")
    assert (ran.returncode, len(deployed(calls))) == (1, 1)
    assert "still runs" in ran.stderr


def test_services_that_do_not_come_up_are_told_with_what_to_look_at(tmp_path: Path) -> None:
    ran, _ = rollout(tmp_path, "0", services=255)
    assert ran.returncode == 1
    assert "providers.example.json" in ran.stderr
    assert "no task of the old image can start anew" in ran.stderr.replace("\n", " ")
    assert "as before" not in ran.stderr


def test_what_is_missing_is_said() -> None:
    ran = subprocess.run([str(SCRIPT)], capture_output=True, text=True, check=False)
    assert (ran.returncode, "usage" in ran.stderr) == (2, True)
