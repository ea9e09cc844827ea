"""Actions over HTTP: checked when saved, secrets never shown, kept when the mask comes back."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from giftpulse.ground.site import Site
from giftpulse.monitor.actions.models import Action
from giftpulse.monitor.actions.store import config_of
from tests import make
from tests.service import Service, serving
from tests.web import seeded

EMAIL = {
    "action_type": "email", "enabled": True,
    "config": {"recipients": ["ops@example.com"], "subject": "Twilio Alert", "body": "Error {{ error_code }} detected"},
}  # fmt: skip
WEBHOOK = {"action_type": "webhook", "config": {"url": seeded.NOWHERE, "method": "POST", "headers": {}, "payload": {}}}
SECRET = {
    "action_type": "webhook", "name": "pager",
    "config": {"url": seeded.NOWHERE, "headers": {"Authorization": "Bearer abcdefgh"}, "secret": "whsec_" + "A" * 32},
}  # fmt: skip


@pytest.fixture
def service(site: Site) -> Iterator[Service]:
    with serving(site) as running:
        yield running


@pytest.fixture
def lite_service(lite: Site) -> Iterator[Service]:
    with serving(lite) as running:
        yield running


def refused(service: Service, action: Any, method: str = "POST", path: str = "/api/actions") -> dict[str, str]:
    status, problem = service.call(method, path, action)
    assert status == 422, problem
    return {error["field"]: error["reason"] for error in problem["errors"]}


def full_config(service: Service, action_id: str) -> dict[str, Any]:
    """The configuration as the sender sees it."""
    with service.site.database.read() as session:
        return config_of(service.site, session.get_one(Action, int(action_id))) or {}


def test_the_seeds_email_is_taken_as_it_stands(service: Service) -> None:
    rule_id = service.post("/api/rules", seeded.SHORT)["id"]
    made = service.post("/api/actions", {**EMAIL, "rule_id": rule_id})
    assert (made["rule_id"], made["action_type"], made["enabled"], made["name"]) == (rule_id, "email", True, "email")
    assert made["config"] == EMAIL["config"]
    assert made["trouble"] is None
    assert service.get(f"/api/actions/{made['id']}") == made


def test_the_seeds_webhook_is_taken_as_it_stands(service: Service) -> None:
    made = service.post("/api/actions", WEBHOOK)
    assert made["rule_id"] is None
    assert made["config"]["url"] == seeded.NOWHERE
    assert made["config"]["method"] == "POST"


def test_secrets_are_never_shown_nor_stored_in_clear(service: Service) -> None:
    status, made = service.call("POST", "/api/actions", SECRET)
    assert status == 201
    shown = seeded.shown([made, service.get("/api/actions"), service.get(f"/api/actions/{made['id']}")])
    assert "abcdefgh" not in shown
    assert "AAAA" not in shown
    assert made["config"]["headers"] == {"Authorization": "********"}
    with service.site.database.read() as session:
        stored = session.scalars(select(Action.config)).one()
    assert "127.0.0.1" not in stored
    assert "abcdefgh" not in stored
    assert full_config(service, made["id"])["headers"] == {"Authorization": "Bearer abcdefgh"}


def test_a_mask_that_comes_back_keeps_the_secret(service: Service) -> None:
    made = service.post("/api/actions", SECRET)
    path = f"/api/actions/{made['id']}"
    status, put = service.call("PUT", path, {**made, "name": "night shift"})
    assert (status, put["name"]) == (200, "night shift")
    assert full_config(service, made["id"])["secret"] == "whsec_" + "A" * 32
    config = {**made["config"], "headers": {"Authorization": "Bearer new-value"}}
    assert service.call("PATCH", path, {"config": config})[0] == 200
    kept = full_config(service, made["id"])
    assert kept["headers"] == {"Authorization": "Bearer new-value"}
    assert kept["secret"] == "whsec_" + "A" * 32


def test_a_secret_does_not_follow_to_another_receiver(service: Service) -> None:
    made = service.post("/api/actions", SECRET)
    moved = {**made["config"], "url": "http://127.0.0.1:10/"}
    faults = refused(service, {**made, "config": moved}, "PUT", f"/api/actions/{made['id']}")
    assert set(faults) == {"config.headers.Authorization", "config.secret"}


def test_a_mask_for_nothing_is_refused(lite_service: Service) -> None:
    made = lite_service.post("/api/actions", WEBHOOK)
    config = {"url": seeded.NOWHERE, "headers": {"X-Token": "********"}}
    faults = refused(lite_service, {"config": config}, "PATCH", f"/api/actions/{made['id']}")
    assert set(faults) == {"config.headers.X-Token"}


def test_patch_changes_what_it_names(service: Service) -> None:
    rule_id = service.post("/api/rules", seeded.SHORT)["id"]
    made = service.post("/api/actions", {**EMAIL, "rule_id": rule_id, "name": "ops"})
    path = f"/api/actions/{made['id']}"
    patched = service.call("PATCH", path, {"enabled": False})[1]
    assert (patched["enabled"], patched["rule_id"], patched["name"]) == (False, rule_id, "ops")
    patched = service.call("PATCH", path, {"rule_id": None, "enabled": True})[1]
    assert (patched["rule_id"], patched["enabled"], patched["config"]) == (None, True, made["config"])


def test_put_may_make_it_another_kind(lite_service: Service) -> None:
    made = lite_service.post("/api/actions", SECRET)
    status, put = lite_service.call("PUT", f"/api/actions/{made['id']}", EMAIL)
    assert (status, put["action_type"], put["config"]) == (200, "email", EMAIL["config"])


@pytest.mark.parametrize(
    ("action", "field", "reason"),
    [
        ({**EMAIL, "rule_id": "999"}, "rule_id", "there is no rule 999"),
        ({**EMAIL, "rule_id": "rule-1"}, "rule_id", "expected an id"),
        ({**EMAIL, "rule_id": True}, "rule_id", "expected an id"),
        ({**EMAIL, "action_type": "google_chat"}, "action_type", "must be one of email, webhook"),
        ({**EMAIL, "config": {"recipients": []}}, "config.recipients", "1 to 50"),
        ({**EMAIL, "config": {"recipients": ["nobody"]}}, "config.recipients.0", ""),
        ({**EMAIL, "config": {"recipients": ["a@example.com"], "body": "{{ x"}}, "config.body", ""),
        ({**EMAIL, "config": {"recipients": ["a@example.com"], "template": "x"}}, "config.template", "not available"),
        ({**EMAIL, "config": {"recipients": ["a@example.com"], "bcc": []}}, "config.bcc", "not known"),
        ({**EMAIL, "config": {"recipients": ["a@example.com"], "body": "\ud800"}}, "config", "surrogate"),
        ({**EMAIL, "config": "ops@example.com"}, "config", "dictionary"),
        ({"action_type": "email"}, "config", "required"),
        ({**EMAIL, "retries": 3}, "retries", "not permitted"),
        ({**WEBHOOK, "config": {"url": "ftp://example.com/"}}, "config.url", ""),
        ({**WEBHOOK, "config": {"url": "http://169.254.169.254/latest/meta-data/"}}, "config.url", ""),
        ({**WEBHOOK, "config": {"url": "http://10.0.0.1/"}}, "config.url", ""),
        ({**WEBHOOK, "config": {"url": "http://[::ffff:10.0.0.1]/"}}, "config.url", ""),
        ({**WEBHOOK, "config": {"url": seeded.NOWHERE, "method": "GET"}}, "config.method", "POST or PUT"),
        ({**WEBHOOK, "config": {"url": seeded.NOWHERE, "headers": {"Host": "x"}}}, "config.headers.Host", ""),
        ({**WEBHOOK, "config": {"url": seeded.NOWHERE, "headers": {"X": "a\r\nb"}}}, "config.headers.X", ""),
        ({**WEBHOOK, "config": {"url": seeded.NOWHERE, "payload": {"a": float("nan")}}}, "config", "JSON"),
    ],
)
def test_what_could_not_work_is_refused(lite: Site, action: dict[str, Any], field: str, reason: str) -> None:
    with serving(lite) as service:
        faults = refused(service, action)
        assert field in faults
        assert reason in faults[field]
        assert service.get("/api/actions")["items"] == []


def test_a_payload_without_end_is_refused(lite_service: Service) -> None:
    payload: list[Any] = []
    for _ in range(200):
        payload = [payload]
    assert (
        "nested deeper"
        in refused(lite_service, {**WEBHOOK, "config": {"url": seeded.NOWHERE, "payload": payload}})["config"]
    )


def test_private_addresses_need_the_setting(tmp_path: Path) -> None:
    with closing(make.site(make.sqlite_url(tmp_path), webhook_allowed_networks=[])) as site, serving(site) as service:
        assert set(refused(service, WEBHOOK)) == {"config.url"}


def test_everything_wrong_is_told_at_once(lite_service: Service) -> None:
    action = {"rule_id": "5", "action_type": "email", "config": {"recipients": ["x"], "subject": 1, "cc": []}}
    assert set(refused(lite_service, action)) == {"rule_id", "config.recipients.0", "config.subject", "config.cc"}


def test_a_deleted_action_keeps_what_was_told(service: Service) -> None:
    seeded.everything(service.site)
    told = service.get("/api/notifications")["items"][0]
    assert service.call("DELETE", f"/api/actions/{told['action_id']}") == (204, None)
    assert service.call("GET", f"/api/actions/{told['action_id']}")[0] == 404
    assert service.call("DELETE", f"/api/actions/{told['action_id']}")[0] == 404
    kept = service.get(f"/api/notifications/{told['id']}")
    assert (kept["action_id"], kept["log"]) == (told["action_id"], [])
    assert service.get("/api/notifications", action_id=told["action_id"])["total"] >= 1


def test_a_list_may_be_of_one_rule(service: Service) -> None:
    rule_id = service.post("/api/rules", seeded.SHORT)["id"]
    of_rule = service.post("/api/actions", {**EMAIL, "rule_id": rule_id})
    of_all = service.post("/api/actions", WEBHOOK)
    assert [action["id"] for action in service.get("/api/actions")["items"]] == [of_all["id"], of_rule["id"]]
    assert [action["id"] for action in service.get("/api/actions", rule_id=rule_id)["items"]] == [of_rule["id"]]


def test_a_test_tells_what_came_of_it(service: Service) -> None:
    made = service.post("/api/actions", SECRET)
    status, fired = service.call("POST", f"/api/actions/{made['id']}/test")
    assert status == 200
    assert (fired["delivered"], fired["status"]) == (False, None)
    assert "abcdefgh" not in seeded.shown(fired)
    kept = service.get(f"/api/notifications/{fired['notification_id']}")
    assert (kept["reason"], kept["state"], kept["attempts"], len(kept["log"])) == ("test", "failed", 1, 1)
    assert service.get(f"/api/actions/{made['id']}")["trouble"]
    assert service.call("POST", "/api/actions/999/test")[0] == 404


def test_notifications_may_be_filtered(service: Service) -> None:
    seeded.everything(service.site)
    told = service.get("/api/notifications")
    assert told["total"] == len(told["items"]) >= 3
    one = told["items"][0]
    of_alert = service.get("/api/notifications", alert_id=one["alert_id"])["items"]
    assert {found["alert_id"] for found in of_alert} == {one["alert_id"]}
    assert service.get("/api/notifications", state="sent")["items"] == []
    assert service.get("/api/notifications", state="pending")["total"] == told["total"]
    assert service.call("GET", "/api/notifications?state=lost")[0] == 422
    assert service.call("GET", "/api/notifications/999")[0] == 404
