"""How the demo ends: what it says of the program, and that a broken promise is no success."""

from typing import Any

import pytest
from typer.testing import CliRunner

from giftpulse.cli import demo
from giftpulse.cli.app import app
from giftpulse.demo import words
from giftpulse.demo.audit import Summary
from giftpulse.demo.program.summary import ProgramSummary

GOOD: dict[str, Any] = {
    "people": 302, "zones": 37, "joined": 9, "left": 5, "unreachable": 2, "planned": 546, "waiting": 457, "sent": 89,
    "delivered": 81, "failed": 7, "skipped": 1, "lost": 4, "settled": 4, "written": 15, "from_library": 1,
    "replies": 19, "by_twilio": 3, "stops": 5, "slowest_stop": 245, "dangers": 1, "checked": 89, "violations": [],
}  # fmt: skip


def summary(missing: list[str], **program: Any) -> Summary:
    return Summary(
        seconds=60.0, twilio={"message": 9}, ours={"message": 9}, missing=missing, changes={}, alerts_opened=0,
        alerts_resolved=0, rules_fired=[], rules_resolved=[], mails=0, webhooks_verified=0, webhooks_refused=0,
        troubles=1, program=ProgramSummary(**{**GOOD, **program}),
    )  # fmt: skip


def test_the_program_is_summed_up() -> None:
    lines = dict(words.program_lines(ProgramSummary(**GOOD)))
    assert lines["Program"] == "302 people in 37 places in time; 9 joined, 5 left, 2 cannot be reached"
    assert lines["Texts"] == "546 planned, 457 of them for later; 89 sent: 81 delivered, 7 failed; 1 skipped"
    assert lines["Stops"] == "5, each obeyed within 245 ms"
    assert lines["Checked"].startswith(
        "Nobody got two texts on one day, nor one after a stop: checked at Twilio's side"
    )
    assert "VIOLATION" not in lines
    open_still = dict(words.program_lines(ProgramSummary(**{**GOOD, "settled": 3})))
    assert open_still["Lost answers"] == "4 of Twilio's; 3 settled, 1 to be asked about two minutes later"


def test_a_broken_promise_is_named() -> None:
    lines = dict(words.program_lines(ProgramSummary(**{**GOOD, "violations": ["+1 got 2 texts for 2026-11-27"]})))
    assert lines["Checked"] == "1 promise broken, among 89 texts at Twilio's side"
    assert lines["VIOLATION"] == "+1 got 2 texts for 2026-11-27"


@pytest.mark.parametrize(
    ("options", "found", "code"),
    [
        (["--seconds", "1"], summary([]), 0),
        (["--seconds", "1"], summary(["SM1"]), 1),
        ([], summary(["SM1"]), 0),  # ended by hand in the middle of things
        ([], summary([], violations=["+1 got 2 texts for 2026-11-27"]), 1),
        (["--json"], summary([], violations=["+1 got 2 texts for 2026-11-27"]), 1),
    ],
)
def test_the_command_ends_with_1_for_a_broken_promise(
    monkeypatch: pytest.MonkeyPatch, options: list[str], found: Summary, code: int
) -> None:
    monkeypatch.setattr(demo, "play", lambda bound, *_more: bound.close() or found)
    assert CliRunner().invoke(app, ["demo", "--port", "0", *options]).exit_code == code
