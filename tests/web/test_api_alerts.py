"""Alerts and silences over HTTP: seen, acknowledged, resolved, kept quiet."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from giftpulse.ground import clock
from giftpulse.ground.access import create_token
from giftpulse.ground.site import Site
from giftpulse.monitor import rounds
from tests.service import Service, serving
from tests.web import seeded


@pytest.fixture
def service(site: Site) -> Iterator[Service]:
    """With two firing alerts of one rule, and one of another."""
    seeded.everything(site)
    with serving(site) as running:
        yield running


@pytest.fixture
def empty(lite: Site) -> Iterator[Service]:
    with serving(lite) as running:
        yield running


def alert_of(service: Service, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(a for a in service.get("/api/alerts")["items"] if a["rule_name"] == name)
    return found


def test_an_alert_says_what_when_and_why(service: Service) -> None:
    listed = service.get("/api/alerts")
    assert (listed["total"], {a["state"] for a in listed["items"]}) == (3, {"firing"})
    ids = [int(alert["id"]) for alert in listed["items"]]
    assert ids == sorted(ids, reverse=True)
    alert = alert_of(service, seeded.FULL["name"])
    assert (alert["severity"], alert["rule_version"], alert["late"]) == ("critical", 1, False)
    shown = service.get(f"/api/alerts/{alert['id']}")
    assert {key: shown[key] for key in alert} == alert
    assert shown["history"][0]["what"] == "opened"
    assert len(shown["log_ids"]) == alert["count"]
    assert service.get(f"/api/logs/{shown['log_ids'][0]}")["error_code"] == 30003
    assert {told["reason"] for told in shown["notifications"]} == {"firing"}
    assert len(shown["notifications"]) == 2, "the action of the rule, and the one of all rules"


def test_filters(service: Service) -> None:
    one = alert_of(service, seeded.SHORT["name"])
    assert service.get("/api/alerts", rule_id=one["rule_id"])["total"] == 1
    assert service.get("/api/alerts", severity="critical")["total"] == 2
    assert service.get("/api/alerts", severity="info")["total"] == 0
    service.post(f"/api/alerts/{one['id']}/ack")
    assert [a["id"] for a in service.get("/api/alerts", state="acknowledged")["items"]] == [one["id"]]
    assert service.get("/api/alerts", state="firing")["total"] == 2
    assert service.get("/api/alerts", state="open")["total"] == 3
    service.post(f"/api/alerts/{one['id']}/resolve")
    assert service.get("/api/alerts", state="open")["total"] == 2
    assert service.get("/api/alerts", state="resolved", severity="warning")["total"] == 1
    assert service.get("/api/alerts", page=2, page_size=2)["total"] == 3
    for wrong in ("state=closed", "rule_id=x", "severity=fatal", "page=0", "page_size=1001", "cursor=abc", "limit=0"):
        status, problem = service.call("GET", f"/api/alerts?{wrong}")
        assert (status, [e["field"] for e in problem["errors"]]) == (422, [wrong.split("=")[0]])


def test_acknowledged_by_somebody_once(service: Service) -> None:
    alert = alert_of(service, seeded.SHORT["name"])
    path = f"/api/alerts/{alert['id']}"
    acked = service.post(f"{path}/ack", {"by": "ana"})
    assert (acked["state"], acked["acknowledged_by"]) == ("acknowledged", "ana")
    again = service.post(f"{path}/ack", {"by": "ben"})
    assert (again["acknowledged_by"], again["acknowledged_at"]) == ("ana", acked["acknowledged_at"])
    history = [(line["what"], line["why"]) for line in service.get(path)["history"]]
    assert history.count(("acknowledged", "by ana")) == 1
    assert ("acknowledged", "by ben") not in history


def test_resolved_by_somebody_and_told_so(service: Service) -> None:
    alert = alert_of(service, seeded.SHORT["name"])
    path = f"/api/alerts/{alert['id']}"
    resolved = service.post(f"{path}/resolve", {"by": "ana"})
    assert (resolved["state"], resolved["resolved_reason"]) == ("resolved", "by ana")
    assert service.post(f"{path}/resolve", {"by": "ben"})["resolved_reason"] == "by ana"
    seeded.watched(service.site)
    assert {told["reason"] for told in service.get(path)["notifications"]} == {"firing", "resolved"}
    status, problem = service.call("POST", f"{path}/ack")
    assert (status, problem["detail"]) == (409, "the alert is resolved already")
    seeded.failures(service.site, 1)
    make_new = service.get("/api/alerts", state="open")["total"]
    assert make_new == 2, "a resolved alert stays resolved"


def test_what_is_not_there_is_404(empty: Service) -> None:
    for method, path in (("GET", ""), ("POST", "/ack"), ("POST", "/resolve")):
        status, problem = empty.call(method, f"/api/alerts/77{path}")
        assert (status, problem["detail"]) == (404, "there is no alert 77")


@pytest.mark.parametrize("body", [{"by": ""}, {"by": 5}, {"who": "ana"}, {"by": "x\x00"}, [], {"by": "x" * 201}])
def test_who_it_is_must_be_told_well(service: Service, body: Any) -> None:
    alert = alert_of(service, seeded.SHORT["name"])
    assert service.call("POST", f"/api/alerts/{alert['id']}/ack", body)[0] == 422
    assert service.get(f"/api/alerts/{alert['id']}")["state"] == "firing"


def test_a_silence_is_set_seen_and_lifted(empty: Service) -> None:
    now = clock.now()
    ends = (now + timedelta(hours=1)).isoformat()
    status, made = empty.call("POST", "/api/silences", {"ends_at": ends, "comment": "works", "severity": "warning"})
    assert status == 201
    assert (made["rule_id"], made["severity"], made["group"], made["created_by"]) == (None, "warning", {}, "api")
    assert [s["id"] for s in empty.get("/api/silences")["items"]] == [made["id"]]
    assert empty.call("DELETE", f"/api/silences/{made['id']}") == (204, None)
    assert empty.call("DELETE", f"/api/silences/{made['id']}")[0] == 404
    assert empty.get("/api/silences")["items"] == []


def test_past_silences_are_listed_when_asked_for(empty: Service) -> None:
    with clock.stopped(clock.now() - timedelta(days=3)):
        seeded.silence(empty.site)
    assert empty.get("/api/silences")["total"] == 0
    assert empty.get("/api/silences", expired="true")["total"] == 1


def test_a_silence_keeps_new_alerts_quiet(site: Site) -> None:
    with serving(site) as service:
        ends = (clock.now() + timedelta(hours=1)).isoformat()
        silence = service.post("/api/silences", {"ends_at": ends})
        seeded.everything(site)
        assert service.get("/api/notifications")["items"] == []
        alert = alert_of(service, seeded.SHORT["name"])
        assert "silence" in alert["notice"]
        service.call("DELETE", f"/api/silences/{silence['id']}")
        seeded.watched(site)
        assert service.get("/api/notifications", alert_id=alert["id"])["total"] == 2


@pytest.mark.parametrize(
    ("silence", "field"),
    [
        ({}, "ends_at"),
        ({"ends_at": "2020-01-01T00:00:00Z"}, "ends_at"),
        ({"ends_at": "2030-01-01T00:00:00"}, "ends_at"),
        ({"ends_at": "tomorrow"}, "ends_at"),
        ({"ends_at": 1900000000}, "ends_at"),
        ({"ends_at": "2030-01-01T00:00:00Z", "starts_at": "2031-01-01T00:00:00Z"}, "body"),
        ({"ends_at": "2030-01-01T00:00:00Z", "severity": "loud"}, "severity"),
        ({"ends_at": "2030-01-01T00:00:00Z", "group": {"to": 5}}, "group.to"),
        ({"ends_at": "2030-01-01T00:00:00Z", "until": "x"}, "until"),
    ],
)
def test_a_silence_that_says_nothing_sensible_is_refused(lite: Site, silence: dict[str, Any], field: str) -> None:
    with serving(lite) as service:
        status, problem = service.call("POST", "/api/silences", silence)
        assert (status, [error["field"] for error in problem["errors"]]) == (422, [field])


@pytest.mark.parametrize("ends", ["9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59Z"])
def test_the_end_of_time_can_be_kept(site: Site, ends: str) -> None:
    with serving(site) as service:
        made = service.post("/api/silences", {"ends_at": ends, "starts_at": "0001-01-01T00:00:00+14:00"})
        assert service.get("/api/silences")["items"] == [made]


def test_a_token_that_may_read_sees_no_numbers_in_alerts_and_silences(empty: Service) -> None:
    site, number = empty.site, "+13035550123"
    rounds.enrol(site)
    trigger = {"type": "threshold", "count": 1, "within": "5m", "group_by": ["to"]}
    seeded.action(site, seeded.rule(site, {**seeded.FULL, "trigger": trigger, "clear": None}))
    seeded.failures(site, 1, to=number)
    seeded.watched(site)
    ends = (clock.now() + timedelta(days=1)).isoformat()
    empty.post("/api/silences", {"group": {"to": number}, "ends_at": ends, "comment": f"{number} is ours"})
    with site.database.begin() as session:
        token = create_token(session, "looks", "read", clock.now())
    (alert,) = empty.get("/api/alerts")["items"]
    assert alert["group"] == {"to": number}
    assert number in alert["summary"]
    for path in ("/api/alerts", f"/api/alerts/{alert['id']}", "/api/silences"):
        assert number in str(empty.get(path)), path
        status, answer = empty.call("GET", path, token=token)
        assert status == 200
        assert "3035550123" not in str(answer), path
        assert "'to': '+1303•••0123'" in str(answer), path
