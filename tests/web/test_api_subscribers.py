"""People and their consent over HTTP."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from giftpulse.ground import clock
from giftpulse.ground.access import create_token
from giftpulse.ground.site import Site
from tests import make
from tests.service import Service, serving
from tests.web.plain import Answer, send

CONSENT = {"source": "api", "wording": "One kind text a day", "at": "2026-01-02T03:04:05Z", "ip": "203.0.113.9"}
PHONE = "+13035550123"


@pytest.fixture
def service(site: Site) -> Iterator[Service]:
    with serving(site) as running:
        running.post("/api/programs", {"name": "Daily Positivity", "themes": ["calm"]})
        yield running


def person(**more: Any) -> dict[str, Any]:
    return {"program_id": "1", "phone": PHONE, "consent": CONSENT, **more}


def refused(service: Service, data: dict[str, Any], method: str = "POST", path: str = "/api/subscribers") -> set[str]:
    status, problem = service.call(method, path, data)
    assert status == 422, problem
    return {error["field"] for error in problem["errors"]}


def test_a_person_with_everything(service: Service) -> None:
    made = service.post("/api/subscribers", person(
        phone="+1 (303) 555-0123", timezone="Berlin", first_name="Ann", window_start="9:00", window_end="10:30",
        language="DE", theme="calm",
    ))  # fmt: skip
    told = {name: made[name] for name in ("phone", "timezone", "timezone_source", "country", "first_name", "language")}
    assert told == {
        "phone": PHONE, "timezone": "Europe/Berlin", "timezone_source": "stated", "country": "DE", "first_name": "Ann",
        "language": "de",
    }  # fmt: skip
    assert (made["window_start"], made["window_end"], made["status"]) == ("09:00", "10:30", "active")
    assert service.get(f"/api/subscribers/{made['id']}") == made
    (line,) = service.get(f"/api/subscribers/{made['id']}/consent")["items"]
    assert (line["kind"], line["source"], line["by"], line["ip"]) == ("opt_in", "api", "admin token", "203.0.113.9")
    assert (line["at"], line["wording"], line["phone"]) == ("2026-01-02T03:04:05Z", CONSENT["wording"], PHONE)


def test_without_consent_everybody_is_refused_at_consent(service: Service) -> None:
    without = {"program_id": "1", "phone": PHONE}
    assert refused(service, without) == {"consent"}
    assert refused(service, {**without, "status": "active", "consent": None}) == {"consent"}
    assert refused(service, {**without, "status": "pending"}) == {"consent"}, "the question is a text already"
    assert service.post("/api/subscribers", person(status="pending"))["status"] == "pending"


def test_faults_are_told_by_field(service: Service) -> None:
    assert refused(service, person(program_id="99")) == {"program_id"}
    assert refused(service, person(phone="12345")) == {"phone"}
    assert refused(service, person(timezone="Atlantis")) == {"timezone"}
    assert refused(service, person(zip="94110", state="TX")) == {"zip"}
    assert refused(service, person(window_start="9:00")) == {"window_end"}
    assert refused(service, person(theme="loud")) == {"theme"}
    assert refused(service, person(first_name="a\x00")) == {"first_name"}
    assert refused(service, person(status="opted_out")) == {"status"}
    assert refused(service, person(consent={**CONSENT, "at": "2999-01-01T00:00:00Z"})) == {"consent.at"}
    assert service.get("/api/subscribers")["items"] == []


def test_who_is_there_or_has_left_is_a_conflict(service: Service) -> None:
    made = service.post("/api/subscribers", person())
    status, problem = service.call("POST", "/api/subscribers", person())
    assert (status, f"subscriber {made['id']}" in problem["detail"]) == (409, True)
    path = f"/api/subscribers/{made['id']}"
    status, gone = service.call("PATCH", path, {"status": "opted_out", "reason": "they wrote us a letter"})
    assert (status, gone["status"], gone["status_reason"]) == (200, "opted_out", "they wrote us a letter")
    for source in ("api", "keyword", "form", "import"):
        status, problem = service.call("POST", "/api/subscribers", person(consent={"source": source}))
        assert (status, "opted out" in problem["detail"]) == (409, True), source
    assert refused(service, {"status": "active"}, "PATCH", path) == {"status"}
    assert service.call("PATCH", path, {"status": "suppressed"})[0] == 409
    assert [line["kind"] for line in service.get(f"{path}/consent")["items"]] == ["opt_out", "opt_in"]


def test_changes(service: Service) -> None:
    made = service.post("/api/subscribers", person(zip="94110"))
    path = f"/api/subscribers/{made['id']}"
    assert (made["timezone"], made["timezone_source"], made["state"]) == ("America/Los_Angeles", "zip", "CA")
    status, same = service.call("PATCH", path, made)
    assert status == 200
    assert {**same, "updated_at": made["updated_at"]} == made, "an answer of ours may be sent back"
    changed = service.call("PATCH", path, {"timezone": "Chicago", "first_name": "Ann", "window_start": "09:00",
        "window_end": "11:00", "paused_until": "2027-01-01T00:00:00Z"})[1]  # fmt: skip
    assert (changed["timezone"], changed["timezone_source"]) == ("America/Chicago", "stated")
    assert (changed["window_start"], changed["paused_until"]) == ("09:00", "2027-01-01T00:00:00Z")
    assert service.call("PATCH", path, {"window_end": "12:00"})[1]["window_end"] == "12:00"
    back = service.call("PATCH", path, {"window_start": None, "window_end": None, "paused_until": None})[1]
    assert (back["window_start"], back["window_end"], back["paused_until"], back["first_name"]) == (
        None, None, None, "Ann",
    )  # fmt: skip
    assert refused(service, {"window_start": "09:00"}, "PATCH", path) == {"window_end"}
    assert refused(service, {"colour": "red"}, "PATCH", path) == {"colour"}


def test_lists_are_filtered(service: Service) -> None:
    service.post("/api/programs", {"name": "Other"})
    one = service.post("/api/subscribers", person(first_name="Ann"))
    two = service.post("/api/subscribers", person(phone="+12125550123", status="pending", first_name="Bo%b"))
    three = service.post("/api/subscribers", person(program_id="2"))

    def found(**query: str) -> list[str]:
        return [item["id"] for item in service.get("/api/subscribers", **query)["items"]]

    assert found() == [three["id"], two["id"], one["id"]]
    assert found(program_id="1") == [two["id"], one["id"]]
    assert found(status="pending") == [two["id"]]
    assert found(phone=PHONE) == [three["id"], one["id"]]
    assert found(q="ann") == [one["id"]]
    assert found(q="o%") == [two["id"]]
    assert found(q="%") == [two["id"]]
    assert found(q="212555") == [two["id"]]
    assert found(timezone="new york") == [two["id"]]
    status, answer = service.call("GET", f"/api/subscribers?phone={PHONE}")
    assert (status, len(answer["items"])) == (200, 2), "a plus sign that a query turned into a blank"


def test_reading_tokens_see_no_numbers(service: Service) -> None:
    made = service.post("/api/subscribers", person(first_name="Ann"))
    with service.site.database.begin() as session:
        token = create_token(session, "looks", "read", clock.now())
    path = f"/api/subscribers/{made['id']}"
    for where in ("/api/subscribers", path, f"{path}/consent", f"{path}/export"):
        status, answer = service.call("GET", where, token=token)
        assert status == 200
        assert PHONE not in str(answer), where
        assert "203.0.113.9" not in str(answer), where
        assert "+1303•••0123" in str(answer)
    assert service.call("GET", "/api/subscribers?q=5550123", token=token)[1]["items"] == []
    for phone in (PHONE, "+13035550199"):
        status, answer = service.call("GET", f"/api/subscribers?phone={quote(phone)}", token=token)
        assert (status, answer["title"]) == (403, "Not allowed"), "whether it is there is not told"


def test_export_and_erasure(service: Service) -> None:
    made = service.post("/api/subscribers", person(first_name="Ann", timezone="Denver"))
    path = f"/api/subscribers/{made['id']}"
    told = service.get(f"{path}/export")
    assert told["subscription"] == made
    assert told["program"] == {"id": "1", "name": "Daily Positivity"}
    assert [line["kind"] for line in told["consent"]] == ["opt_in"]
    assert service.call("DELETE", path)[0] == 204
    gone = service.get(path)
    assert (gone["status"], gone["phone"], gone["first_name"], gone["timezone"]) == ("erased", None, None, None)
    assert (gone["state"], gone["country"]) == (None, None)
    lines = service.get(f"{path}/consent")["items"]
    assert [line["kind"] for line in lines] == ["erased", "opt_in"]
    assert {(line["phone"], line["ip"], line["user_agent"]) for line in lines} == {(None, None, None)}
    assert service.call("DELETE", path)[0] == 204, "twice is harmless"
    assert service.call("PATCH", path, {"first_name": "Ann"})[0] == 409
    assert service.call("POST", "/api/subscribers", person())[0] == 409


def upload(service: Service, text: str, **query: str) -> Answer:
    headers = {"Authorization": f"Bearer {make.ADMIN}", "Content-Type": "text/csv"}
    return send(service, "POST", f"/api/subscribers/import?{urlencode(query)}", text.encode(), headers)


def test_a_file_comes_in_over_http(service: Service) -> None:
    text = "phone,timezone\n+13035550123,Denver\nnonsense,\n+13035550124,Atlantis\n"
    answer = upload(service, text, program_id="1", consent_source="paper")
    assert (answer.status, answer.data["lines"], answer.data["added"]) == (200, 3, 1)
    assert [(one["line"], one["field"]) for one in answer.data["refused"]] == [(3, "phone"), (4, "timezone")]
    again = upload(service, text, program_id="1", consent_source="paper").data
    assert (again["added"], again["already"]) == (0, 1)
    assert upload(service, text, program_id="99").status == 404
    assert upload(service, "name\nAnn\n", program_id="1").status == 422
    assert [one["field"] for one in upload(service, "phone\n+13035550125\n", program_id="1").data["refused"]] == [
        "consent_source"
    ]
    assert upload(service, "phone\n" + "x" * 1024 * 1024, program_id="1").status == 413
