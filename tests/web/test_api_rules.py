"""Rules over HTTP, in both forms, as callers of the source projects write them."""

from collections.abc import Iterator
from typing import Any

import pytest

from giftpulse.ground.site import Site
from tests.service import Service, serving
from tests.web import seeded
from tests.web.plain import send

CALLS = {
    "name": "Failed Call Detection", "description": "...", "enabled": True, "log_type": "call",
    "pattern_type": "error_code", "pattern_value": "30001,30002,30003",
}  # fmt: skip
THRESHOLD = {
    "name": "Many failures", "log_type": "message", "pattern_type": "threshold",
    "pattern_value": "status:failed", "threshold_count": 10, "threshold_window_minutes": 5,
}  # fmt: skip
FULL = {
    "name": "Unreachable", "severity": "critical", "enabled": True,
    "condition": {"all": [{"field": "kind", "op": "eq", "value": "message"},
                          {"field": "error_code", "op": "in", "value": [30003, 30005]},
                          {"not": {"field": "to", "op": "prefix", "value": "+44"}}]},
    "trigger": {"type": "threshold", "count": 10, "within": "5m", "group_by": ["messaging_service_sid"]},
    "clear": {"below": 3, "for": "10m"}, "cooldown": "30m",
}  # fmt: skip
STATUS = {"name": "s", "pattern_type": "status", "pattern_value": "failed"}


@pytest.fixture
def service(site: Site) -> Iterator[Service]:
    with serving(site) as running:
        yield running


@pytest.fixture
def lite_service(lite: Site) -> Iterator[Service]:
    with serving(lite) as running:
        yield running


def refused(service: Service, rule: Any, method: str = "POST", path: str = "/api/rules") -> dict[str, str]:
    """The fields at fault and the reasons of a refusal."""
    status, problem = service.call(method, path, rule)
    assert status == 422, problem
    assert problem["status"] == 422
    return {error["field"]: error["reason"] for error in problem["errors"]}


def written(service: Service) -> list[str]:
    """Names of the rules that somebody wrote."""
    return [rule["name"] for rule in service.get("/api/rules")["items"] if rule["builtin"] is None]


def test_the_seeds_short_form_is_taken_as_it_stands(service: Service) -> None:
    status, made = service.call("POST", "/api/rules", CALLS)
    assert status == 201
    assert {key: made[key] for key in CALLS} == CALLS
    assert made["condition"] == {
        "all": [
            {"field": "kind", "op": "eq", "value": "alert"},
            {"field": "resource_sid", "op": "prefix", "value": "CA"},
            {"field": "error_code", "op": "in", "value": [30001, 30002, 30003]},
        ]
    }
    assert made["trigger"] == {"type": "each", "group_by": []}
    assert (made["severity"], made["version"], made["matched"], made["broken"]) == ("warning", 1, 0, None)
    assert service.get(f"/api/rules/{made['id']}") == made


def test_the_short_threshold_becomes_a_trigger(service: Service) -> None:
    made = service.post("/api/rules", THRESHOLD)
    assert made["trigger"] == {"type": "threshold", "count": 10, "within": "5m", "group_by": []}
    assert (made["threshold_count"], made["threshold_window_minutes"]) == (10, 5)


def test_the_full_form_is_taken_as_it_stands(service: Service) -> None:
    made = service.post("/api/rules", FULL)
    assert {key: made[key] for key in FULL} == FULL
    assert made["pattern_type"] is None


@pytest.mark.parametrize("rule", [CALLS, THRESHOLD, FULL], ids=["short", "threshold", "full"])
def test_what_is_shown_may_be_sent_back(lite_service: Service, rule: dict[str, Any]) -> None:
    made = lite_service.post("/api/rules", rule)
    status, put = lite_service.call("PUT", f"/api/rules/{made['id']}", made)
    assert status == 200
    changing = ("version", "updated_at")
    assert {k: v for k, v in put.items() if k not in changing} == {k: v for k, v in made.items() if k not in changing}


def test_sent_back_with_one_form_changed_both_are_refused(lite_service: Service) -> None:
    made = lite_service.post("/api/rules", CALLS)
    faults = refused(lite_service, {**made, "pattern_value": "30004"}, "PUT", f"/api/rules/{made['id']}")
    assert set(faults) == {"condition", "trigger"}


def test_ids_are_strings_and_integers_are_understood(service: Service) -> None:
    made = service.post("/api/rules", CALLS)
    assert isinstance(made["id"], str)
    for rule_id in (made["id"], int(made["id"])):
        action = {"rule_id": rule_id, "action_type": "webhook", "config": {"url": seeded.NOWHERE}}
        assert service.post("/api/actions", action)["rule_id"] == made["id"]


def test_put_replaces_everything(service: Service) -> None:
    made = service.post("/api/rules", FULL)
    status, put = service.call("PUT", f"/api/rules/{made['id']}", STATUS)
    assert status == 200
    assert (put["id"], put["name"], put["severity"], put["version"]) == (made["id"], "s", "warning", 2)
    assert put["condition"] == {"field": "status", "op": "in", "value": ["failed"]}
    assert put["created_at"] == made["created_at"]


def test_patch_changes_what_it_names(service: Service) -> None:
    made = service.post("/api/rules", FULL)
    status, patched = service.call("PATCH", f"/api/rules/{made['id']}", {"enabled": False, "severity": "info"})
    assert status == 200
    assert (patched["enabled"], patched["severity"], patched["version"]) == (False, "info", 2)
    assert patched["condition"] == made["condition"]
    assert patched["clear"] == FULL["clear"]


def test_a_patched_rule_keeps_its_form(service: Service) -> None:
    made = service.post("/api/rules", THRESHOLD)
    path = f"/api/rules/{made['id']}"
    patched = service.call("PATCH", path, {"enabled": False})[1]
    assert (patched["pattern_type"], patched["threshold_count"], patched["enabled"]) == ("threshold", 10, False)
    patched = service.call("PATCH", path, {"threshold_count": 3})[1]
    assert (patched["trigger"]["count"], patched["clear"]["below"], patched["enabled"]) == (3, 3, False)
    patched = service.call("PATCH", path, {"pattern_type": "status", "pattern_value": "failed"})[1]
    assert (patched["trigger"]["type"], patched["threshold_count"]) == ("each", None)
    patched = service.call("PATCH", path, {"condition": FULL["condition"]})[1]
    assert (patched["pattern_type"], patched["condition"]) == (None, FULL["condition"])


def test_a_smaller_count_moves_the_clear_that_nobody_chose(lite_service: Service) -> None:
    rule = {key: value for key, value in FULL.items() if key != "clear"}
    made = lite_service.post("/api/rules", rule)
    assert made["clear"] == {"below": 10, "for": "5m"}
    trigger = {"type": "threshold", "count": 4, "within": "1m"}
    patched = lite_service.call("PATCH", f"/api/rules/{made['id']}", {"trigger": trigger})[1]
    assert patched["clear"] == {"below": 4, "for": "1m"}


def test_a_full_rule_may_be_patched_into_the_short_form(lite_service: Service) -> None:
    made = lite_service.post("/api/rules", FULL)
    patched = lite_service.call("PATCH", f"/api/rules/{made['id']}", {k: STATUS[k] for k in list(STATUS)[1:]})[1]
    assert (patched["name"], patched["pattern_type"], patched["severity"]) == ("Unreachable", "status", "critical")


def test_a_patch_that_would_spoil_the_rule_changes_nothing(service: Service) -> None:
    made = service.post("/api/rules", FULL)
    path = f"/api/rules/{made['id']}"
    assert "trigger.count" in refused(service, {"trigger": {"type": "threshold", "within": "5m"}}, "PATCH", path)
    assert service.get(path) == made


def test_a_deleted_rule_is_gone_from_the_list_with_its_actions(service: Service) -> None:
    made = service.post("/api/rules", CALLS)
    action = {"rule_id": made["id"], "action_type": "webhook", "config": {"url": seeded.NOWHERE}}
    action_id = service.post("/api/actions", action)["id"]
    assert service.call("DELETE", f"/api/rules/{made['id']}") == (204, None)
    for method in ("GET", "DELETE", "PUT", "PATCH"):
        assert service.call(method, f"/api/rules/{made['id']}", CALLS)[0] == 404
    assert written(service) == []
    assert service.call("GET", f"/api/actions/{action_id}")[0] == 404
    assert refused(service, action, path="/api/actions") == {"rule_id": f"there is no rule {made['id']}"}


def test_a_rule_that_fired_is_deleted_and_its_history_stays(service: Service) -> None:
    seeded.everything(service.site)
    alert = service.get("/api/alerts")["items"][0]
    assert service.call("DELETE", f"/api/rules/{alert['rule_id']}") == (204, None)
    kept = service.get(f"/api/alerts/{alert['id']}")
    assert (kept["rule_name"], kept["history"][0]["what"]) == (alert["rule_name"], "opened")
    seeded.watched(service.site)
    assert service.get(f"/api/alerts/{alert['id']}")["resolved_reason"] == "rule deleted"


@pytest.mark.parametrize(
    ("rule", "faults"),
    [
        ({**STATUS, "pattern_type": "regex", "pattern_value": "(unclosed"}, {"pattern_value": "missing"}),
        (
            {**STATUS, "pattern_type": "regex", "pattern_value": "(a)\\1"},
            {"pattern_value": "backreferences"},
        ),
        ({**STATUS, "log_type": "calls"}, {"log_type": "message, call, alert"}),
        ({**STATUS, "pattern_type": "status_code"}, {"pattern_type": "error_code, regex, status, threshold"}),
        ({**STATUS, "pattern_type": "error_code", "pattern_value": "30003,abc"}, {"pattern_value": "abc"}),
        ({**STATUS, "pattern_value": ""}, {"pattern_value": "one status or more"}),
        (
            {"name": "t", "pattern_type": "threshold", "pattern_value": "status:failed"},
            {"threshold_count": "1 to 10,000", "threshold_window_minutes": "1 to 10,080"},
        ),
        ({**THRESHOLD, "threshold_count": 0}, {"threshold_count": "from 1"}),
        ({**THRESHOLD, "pattern_value": "state:failed"}, {"pattern_value": '"status:..."'}),
        ({**STATUS, "threshold_count": 5}, {"threshold_count": "only pattern_type 'threshold'"}),
        ({**STATUS, "treshold_count": 5}, {"treshold_count": "unknown"}),
        ({**STATUS, "name": "  "}, {"name": "missing"}),
        ({**STATUS, "enabled": "yes"}, {"enabled": "true or false"}),
        ({**STATUS, "severity": "fatal"}, {"severity": "info, warning, critical"}),
        (
            {**FULL, "pattern_type": "status", "pattern_value": "failed"},
            {"condition": "not both", "trigger": "not both"},
        ),
        ({**FULL, "condition": {"field": "colour", "op": "eq", "value": 1}}, {"condition.field": "unknown field"}),
        (
            {**FULL, "condition": {"all": [{"field": "status", "op": "regex", "value": "("}]}},
            {"condition.all.0.value": "missing"},
        ),
        ({**FULL, "trigger": {"type": "ratio"}}, {"trigger.type": "not available yet"}),
        ({**FULL, "trigger": {"type": "threshold", "count": 3}}, {"trigger.within": "such as"}),
        ({**FULL, "cooldown": "soon"}, {"cooldown": "30s"}),
        ({**FULL, "clear": {"below": 11}}, {"clear.below": "1 to 10"}),
        ({}, {"name": "missing", "condition": "missing"}),
        ([], {"body": "object"}),
        ("rule", {"body": "object"}),
    ],
)
def test_what_could_never_match_as_meant_is_refused(lite: Site, rule: Any, faults: dict[str, str]) -> None:
    with serving(lite) as service:
        found = refused(service, rule)
        assert set(found) == set(faults)
        for field, part in faults.items():
            assert part in found[field], found[field]
        assert written(service) == []


def test_every_fault_is_told_at_once(lite_service: Service) -> None:
    rule = {
        **FULL, "name": "", "severity": "no", "color": 1,
        "condition": {"any": [{"field": "error_code", "op": "eq", "value": "x"},
                              {"field": "to", "op": "~", "value": 1}]},
    }  # fmt: skip
    assert set(refused(lite_service, rule)) == {
        "color", "name", "severity", "condition.any.0.value", "condition.any.1.op",
    }  # fmt: skip


@pytest.mark.parametrize(
    "body", [b"{", b"\xff\xfe\xfd{", b"[" * 100_000, b'{"name": "\\ud800"}', b'{"\\ud800": 1}', b"1" * 5000]
)
def test_a_body_that_cannot_be_read_is_422(lite_service: Service, body: bytes) -> None:
    answer = send(lite_service, "POST", "/api/rules", body)
    assert (answer.status, answer.headers["Content-Type"]) == (422, "application/problem+json")
    assert answer.data["errors"]


def test_a_list_is_newest_first_and_cut_into_pages(service: Service) -> None:
    for number in range(7):
        service.post("/api/rules", {**STATUS, "name": f"rule {number}"})
    first = service.get("/api/rules", page_size=3)
    assert [rule["name"] for rule in first["items"]] == ["rule 6", "rule 5", "rule 4"]
    assert (first["total"], first["page"], first["page_size"]) == (8, 1, 3)
    last = ["rule 0", "GiftPulse is blind"]
    assert [rule["name"] for rule in service.get("/api/rules", page=3, page_size=3)["items"]] == last
    following = service.get("/api/rules", cursor=first["next_cursor"], limit=5)
    assert [rule["name"] for rule in following["items"]] == ["rule 3", "rule 2", "rule 1", *last]
    assert following["next_cursor"] is None


def builtin(service: Service) -> Any:
    """The built-in rule."""
    (found,) = [rule for rule in service.get("/api/rules")["items"] if rule["builtin"]]
    return found


def test_the_built_in_rule_is_there_and_says_what_it_is_for(service: Service) -> None:
    found = builtin(service)
    assert (found["id"], found["builtin"], found["name"]) == ("0", "blind", "GiftPulse is blind")
    assert (found["enabled"], found["severity"]) == (True, "critical")
    assert "could not be fetched" in found["description"]
    assert service.get("/api/rules/0") == found
    assert service.post("/api/rules", STATUS)["id"] == "1"


def test_the_built_in_rule_cannot_be_deleted_but_switched_off(service: Service) -> None:
    status, problem = service.call("DELETE", "/api/rules/0")
    assert (status, problem["detail"]) == (
        409, "a built-in rule cannot be deleted; switch it off with enabled: false",
    )  # fmt: skip
    changes = {"enabled": False, "severity": "warning", "cooldown": "5m"}
    status, changed = service.call("PATCH", "/api/rules/0", changes)
    assert (status, {key: changed[key] for key in changes}) == (200, changes)
    assert builtin(service) == changed


def test_what_the_built_in_rule_looks_for_cannot_be_changed(service: Service) -> None:
    shown = builtin(service)
    for key, value in (("name", "x"), ("condition", FULL["condition"]), ("trigger", FULL["trigger"])):
        assert set(refused(service, {key: value}, "PATCH", "/api/rules/0")) >= {key}
        assert set(refused(service, {**shown, key: value}, "PUT", "/api/rules/0")) >= {key}
    assert "condition" in refused(service, STATUS, "PUT", "/api/rules/0")
    assert service.call("PUT", "/api/rules/0", shown)[0] == 200
    assert builtin(service)["version"] == shown["version"]


def test_actions_and_silences_belong_to_the_built_in_rule_as_to_any_other(service: Service) -> None:
    action = {"rule_id": "0", "action_type": "webhook", "config": {"url": seeded.NOWHERE}}
    assert service.post("/api/actions", action)["rule_id"] == "0"
    assert service.get("/api/actions", rule_id="0")["total"] == 1
    assert service.post("/api/silences", {"rule_id": "0", "ends_at": "2100-01-01T00:00:00Z"})["rule_id"] == "0"
