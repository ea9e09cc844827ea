"""Programs over HTTP."""

from collections.abc import Iterator
from typing import Any

import pytest

from giftpulse.daily.programs import holds
from giftpulse.ground import clock
from giftpulse.ground.access import create_token
from giftpulse.ground.site import Site
from tests.service import Service, serving

SENDER = "+15551234567"
WHOLE: dict[str, Any] = {
    "name": "Daily Positivity", "sender": SENDER, "segments_per_second": 2.5, "join_keyword": "joy",
    "window_start": "11:30", "window_end": "16:00", "weekdays": ["mon", "fri"], "holidays": ["2026-12-25"],
    "quiet_hours": False, "canary": False, "approval": "required", "approval_hours": 4, "prompt": "Be kind\nalways",
    "themes": ["calm"], "language": "es", "max_segments": 2, "banned_words": ["win"], "footer": "Reply STOP",
    "footer_every": 7, "help_contact": "help@example.com", "helpline": "Call 988", "brand": "Kind Texts",
    "description": "One text a day", "daily_cap": 5000, "paused": False,
}  # fmt: skip


@pytest.fixture
def service(site: Site) -> Iterator[Service]:
    with serving(site) as running:
        yield running


def refused(service: Service, method: str, path: str, data: Any) -> dict[str, str]:
    status, problem = service.call(method, path, data)
    assert status == 422, problem
    return {error["field"]: error["reason"] for error in problem["errors"]}


def test_a_program_is_made_shown_changed_and_deleted(service: Service) -> None:
    made = service.post("/api/programs", WHOLE)
    assert {**made, **WHOLE, "join_keyword": "JOY"} == made
    assert (made["slug"], made["holds"]) == ("daily-positivity", [])
    path = f"/api/programs/{made['id']}"
    assert service.get(path) == made
    assert service.get("/api/programs")["items"] == [made]
    status, changed = service.call("PATCH", path, {"window_end": "17:00", "weekdays": "daily", "sender": None})
    assert status == 200
    assert (changed["window_end"], changed["sender"], changed["prompt"]) == ("17:00", None, "Be kind\nalways")
    assert changed["weekdays"] == ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    status, put = service.call("PUT", path, changed)
    assert status == 200
    assert {**put, "updated_at": changed["updated_at"]} == changed, "an answer of ours may be sent back"
    assert service.call("DELETE", path)[0] == 204
    assert service.call("GET", path)[0] == 404
    assert service.get("/api/programs")["items"] == []


def test_faults_are_told_by_field(service: Service) -> None:
    path = f"/api/programs/{service.post('/api/programs', WHOLE)['id']}"
    assert refused(service, "POST", "/api/programs", {"name": "Other", "join_keyword": "JOY"}) == {
        "join_keyword": "the program Daily Positivity has this keyword"
    }
    faults = refused(service, "POST", "/api/programs", {"name": "", "weekdays": "never", "sender": "x", "canary": 1})
    assert set(faults) == {"name", "weekdays", "sender", "canary"}
    assert set(refused(service, "PATCH", path, {"window_start": "16:00"})) == {"window_end"}
    assert set(refused(service, "PATCH", path, {"name": None})) == {"name"}
    assert set(refused(service, "PATCH", path, {"join_keyword": "STOP"})) == {"join_keyword"}
    assert set(refused(service, "PATCH", path, {"colour": "red"})) == {"colour"}


def test_pause_and_resume(service: Service) -> None:
    path = f"/api/programs/{service.post('/api/programs', WHOLE)['id']}"
    paused = service.call("PATCH", path, {"paused": True})[1]
    assert paused["paused"] is True
    assert [(held["cause"], held["reason"]) for held in paused["holds"]] == [("operator", "paused by an admin token")]
    with service.site.database.begin() as session:
        holds.hold(session, f"sender:{SENDER}", "sender", "30007", clock.now())
        holds.hold(session, "all", "account", "20003", clock.now())
    assert [held["cause"] for held in service.get(path)["holds"]] == ["operator", "sender", "account"]
    done = service.post(f"{path}/resume")
    assert [held["scope"] for held in done["lifted"]] == [
        path.replace("/api/programs/", "program:"),
        "all",
        f"sender:{SENDER}",
    ]
    assert done["program"]["paused"] is False
    assert done["program"]["holds"] == []
    assert service.post(f"{path}/resume")["lifted"] == []


def test_reading_tokens_change_nothing(service: Service) -> None:
    made = service.post("/api/programs", WHOLE)
    with service.site.database.begin() as session:
        token = create_token(session, "looks", "read", clock.now())
    assert service.call("GET", f"/api/programs/{made['id']}", token=token) == (200, made)
    for method, path in (("PATCH", ""), ("PUT", ""), ("DELETE", ""), ("POST", "/resume")):
        body: dict[str, Any] | None = {} if method != "DELETE" else None
        assert service.call(method, f"/api/programs/{made['id']}{path}", body, token=token)[0] == 403
