"""What a person reads: the live screen at several sizes, and the plain lines."""

import io
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from rich.console import Console

from giftpulse.demo.caught import Hook, Mail, Trouble
from giftpulse.demo.figures import AlertLine, Figures, Line
from giftpulse.demo.picture import Place, Sight, picture
from giftpulse.demo.plain import Plain
from giftpulse.demo.program.scenes import Scene
from giftpulse.demo.program.tally import Tally
from giftpulse.demo.stage import Stage

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
MG = "MG" + "3a" * 16
PLACE = Place(
    "http://127.0.0.1:8000", "demo-0123456789ab", "/tmp/giftpulse-demo-x/giftpulse.log", ["port 8000 is taken"]
)


def alert(number: int, state: str = "firing", count: int = 12) -> AlertLine:
    over = NOON + timedelta(seconds=70) if state == "resolved" else None
    return AlertLine(number, "Carrier filtering", "critical", state, MG, count, NOON, over, "quiet" if over else None)


def figures(**changes: Any) -> Figures:
    values: dict[str, Any] = {
        "at": NOON + timedelta(seconds=75),
        "kinds": {"message": Counter(delivered=1512, undelivered=40, sending=9), "call": Counter(), "alert": Counter()},
        "sources": Counter(callback=900, poll=100),
        "rate": 51.6, "owed": 1, "pending": 2, "alerts": [alert(2), alert(1, "resolved")], "opened": 2, "resolved": 1,
    }  # fmt: skip
    return Figures(**{**values, **changes})


HOOK = Hook(NOON, "alert.firing", "msg_1", f"Carrier filtering: 12 matches ({MG})", "")
MAIL = Mail(NOON, "on-call@demo.example", "[FIRING] Carrier filtering", "text")
SCENE = Scene(NOON, "person", '+1917•••0142 texts "STOP": stop, answered by Twilio itself')
TALLY = Tally(
    people=Counter(active=298, opted_out=4), joined=12, texts=Counter(planned=325, delivered=88, failed=3), handed=96,
    written=Counter(ai=15, fallback=1), replies=Counter(twiml=11, rest=1, twilio=3),
)  # fmt: skip
LINE = Line(NOON, "message", "SM" + "0" * 32, "undelivered", 30007, "A carrier took it for spam", "callback")


def drawn(width: int, height: int, sight: Sight) -> list[str]:
    console = Console(file=io.StringIO(), width=width, height=height, force_terminal=False, legacy_windows=False)
    console.print(picture(sight, height))
    return cast(io.StringIO, console.file).getvalue().splitlines()


@pytest.mark.parametrize(("width", "height"), [(80, 24), (80, 50), (140, 45), (60, 24), (200, 12)])
@pytest.mark.parametrize("number", [0, 1, 60])
def test_the_picture_fits_into_the_terminal(width: int, height: int, number: int) -> None:
    lists: dict[str, Any] = {"things": [HOOK, MAIL] * number, "lines": [LINE] * number, "scenes": [SCENE] * number}
    sight = Sight(PLACE, figures(program=TALLY, alerts=[alert(n) for n in range(number)]), second=75, **lists)
    lines = drawn(width, height, sight)
    assert len(lines) <= max(height, 24)
    assert all(len(line) <= width for line in lines)
    assert "Ctrl+C ends" in lines[-1]


def test_the_picture_says_where_to_go_and_what_happens() -> None:
    lines = drawn(140, 40, Sight(PLACE, figures(), [MAIL, HOOK, Trouble(NOON, "a round failed")], [LINE], 75))
    text = "\n".join(lines)
    for part in (
        "http://127.0.0.1:8000/docs", 'curl -H "X-API-Key: demo-0123456789ab" http://127.0.0.1:8000/api/alerts',
        "port 8000 is taken", "1:15", "1,512 delivered, 40 undelivered, 9 other", "900 status callbacks, 100 polls",
        "signature ok firing Carrier filtering: 12 matches (MG3a3a…3a3a)", "[FIRING] Carrier filtering  → on-call",
        "a round failed", "30007 A carrier took it for spam",
    ):  # fmt: skip
        assert part in text, part
    rows = [line.split() for line in lines if line.startswith("critical")]
    assert rows[0][-3:] == ["firing", "1m", "15s"]
    assert rows[1][-2:] == ["resolved", "5s"]


def test_the_picture_shows_the_program_and_what_holds_it_up() -> None:
    held = replace(TALLY, held="30007: filtered")
    sight = Sight(PLACE, figures(program=held), [], [], 75, [SCENE])
    for width, height in ((80, 24), (140, 45)):
        text = "\n".join(drawn(width, height, sight))
        assert "Daily Positivity  298 people, 12 joined, 4 left" in text
        assert "416 planned, 96 sent, 88 delivered, 3 failed" in text
        assert 'person  +1917•••0142 texts "STOP": stop' in text
    assert "texts wait: 30007: filtered" in text
    assert "15 by the AI, 1 from the library; 12 people answered" in text


def test_where_there_is_room_the_last_mail_is_opened() -> None:
    sight = Sight(PLACE, figures(), [MAIL, HOOK], [LINE], 75)
    assert "To: on-call@demo.example" in drawn(100, 50, sight)
    assert "To: on-call@demo.example" not in drawn(100, 24, sight)


def test_the_address_and_the_curl_line_are_whole_at_80_columns() -> None:
    assert f'Try   curl -H "X-API-Key: {PLACE.token}" {PLACE.address}/api/alerts' in drawn(
        80, 24, Sight(PLACE, figures(), [], [], 1)
    )


def shown(*looks: tuple[Figures, list[Any], float]) -> list[str]:
    to = io.StringIO()
    plain = Plain(to)
    stage = cast(Stage, type("S", (), {"address": PLACE.address, "token": PLACE.token, "log": Path("x.log")})())
    plain.begin(stage, ["port 8000 is taken"])
    for look in looks:
        plain.show(*look)
    plain.end()
    return to.getvalue().splitlines()


def test_each_alert_is_a_line_when_it_opens_and_one_when_it_resolves() -> None:
    first, later = figures(alerts=[alert(1)]), figures(alerts=[alert(1, "resolved", 90)])
    lines = shown((first, [], 0.0), (first, [], 0.5), (later, [], 1.0), (later, [], 1.5))
    assert [line[9:] for line in lines if "Carrier" in line] == [
        "ALERT    critical: Carrier filtering (MG3a3a…3a3a), 12 matches",
        "resolved Carrier filtering (MG3a3a…3a3a) after 1m 10s, 90 matches (quiet)",
    ]


def test_an_alert_that_came_and_went_between_two_looks_is_told_of_whole() -> None:
    lines = shown((figures(alerts=[alert(1, "resolved", 1)]), [], 0.0))
    assert [line[9:18].strip() for line in lines if "Carrier" in line] == ["ALERT", "resolved"]


def test_what_was_told_is_a_line_each() -> None:
    forged = Hook(NOON, "alert.firing", "msg_2", "x", "no matching signature found")
    lines = [line[9:] for line in shown((figures(alerts=[]), [MAIL, HOOK, forged, Trouble(NOON, "oh")], 0.0))]
    assert lines[-5:] == [
        "mail     to on-call@demo.example: [FIRING] Carrier filtering",
        "           | text",
        "webhook  alert.firing, signature ok: Carrier filtering: 12 matches (MG3a3a…3a3a)",
        "webhook  alert.firing, SIGNATURE WRONG: no matching signature found: x",
        "warning  oh",
    ]


def test_what_happens_to_the_program_is_a_line_each_in_the_order_of_time() -> None:
    ordered = Scene(NOON - timedelta(seconds=1), "ordered", "OpenAI goes down")
    look = figures(alerts=[], program=TALLY, scenes=[SCENE])
    lines = [line[9:] for line in shown((look, [ordered], 0.0))]
    assert lines[-2:] == ["ordered  OpenAI goes down", f"person   {SCENE.says}"]
    assert any(line.startswith("program  298 people, 12 joined, 4 left; 416 planned, 96 sent") for line in lines)


def test_failures_of_one_sort_are_shown_once_and_then_counted() -> None:
    many = figures(alerts=[], lines=[LINE] * 14)
    lines = shown((many, [], 0.0), (many, [], 0.5), (figures(alerts=[]), [], 5.0))
    assert sum("SM0000…0000" in line for line in lines) == 1
    assert any(line.endswith("more of the same: 27 x message 30007") for line in lines)


def test_the_record_is_summed_up_every_five_seconds() -> None:
    looks: list[tuple[Figures, list[Any], float]] = [(figures(alerts=[]), [], second / 2) for second in range(24)]
    assert sum(line[9:13] == "logs" for line in shown(*looks)) == 3
