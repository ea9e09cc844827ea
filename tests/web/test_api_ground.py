"""What holds for every route: tokens, problem details, request ids, CORS, limits."""

import json
import logging
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from giftpulse.ground import clock
from giftpulse.ground.access import create_token, revoke_token
from giftpulse.ground.site import Site
from giftpulse.monitor.rules import store
from giftpulse.web import LARGEST_BODY
from tests import make
from tests.service import Service, serving
from tests.web.plain import send

PROBLEM = "application/problem+json"


@pytest.fixture
def service(lite: Site) -> Iterator[Service]:
    with serving(lite) as running:
        yield running


def token(service: Service, role: str = "admin") -> str:
    with service.site.database.begin() as session:
        return create_token(session, role, "read" if role == "read" else "admin", clock.now())


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer gp_unknown-unknown-unknown"},
        {"Authorization": f"Basic {make.ADMIN}"},
        {"Authorization": make.ADMIN},
        {"X-API-Key": "gp_unknown-unknown-unknown"},
        {"X-API-Key": ""},
        {"Authorization": "Bearer \xfc\xfc\xfc"},
        {"Cookie": f"token={make.ADMIN}"},
    ],
    ids=repr,
)
def test_without_a_known_token_it_is_401(service: Service, headers: dict[str, str]) -> None:
    answer = send(service, "GET", "/api/rules", headers=headers)
    assert (answer.status, answer.headers["Content-Type"]) == (401, PROBLEM)
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_token_in_the_address_is_no_token(service: Service) -> None:
    """Addresses end up in logs."""
    assert send(service, "GET", f"/api/rules?token={make.ADMIN}&api_key={make.ADMIN}", headers={}).status == 401


def test_a_token_works_in_either_header_until_it_is_revoked(service: Service) -> None:
    made = token(service)
    for headers in ({"Authorization": f"Bearer {made}"}, {"Authorization": f"bearer {made}"}, {"X-API-Key": made}):
        assert send(service, "GET", "/api/rules", headers=headers).status == 200
    with service.site.database.begin() as session:
        revoke_token(session, "admin", clock.now())
    assert send(service, "GET", "/api/rules", headers={"X-API-Key": made}).status == 401


def test_a_reader_may_look_and_nothing_else(service: Service) -> None:
    headers = {"Authorization": f"Bearer {token(service, 'read')}", "Content-Type": "application/json"}
    assert send(service, "GET", "/api/logs", headers=headers).status == 200
    answer = send(service, "POST", "/api/rules", b'{"name": "x"}', headers)
    assert (answer.status, answer.data["title"]) == (403, "Not allowed")


def test_a_problem_has_its_shape_and_the_id_of_its_request(service: Service) -> None:
    answer = send(service, "POST", "/api/rules", b'{"name": ""}')
    assert (answer.status, answer.headers["Content-Type"]) == (422, PROBLEM)
    assert set(answer.data) == {"type", "title", "status", "detail", "request_id", "errors"}
    assert (answer.data["type"], answer.data["status"]) == ("about:blank", 422)
    assert answer.data["request_id"] == answer.headers["X-Request-ID"]
    assert all(set(error) == {"field", "reason"} for error in answer.data["errors"])


def test_each_request_has_an_id_of_its_own(service: Service) -> None:
    ids = {
        send(service, "GET", path).headers["X-Request-ID"] for path in ("/health", "/api/rules", "/nothing", "/docs")
    }
    assert len(ids) == 4


@pytest.mark.parametrize("path", ["/", "/api", "/api/nothing", "/webhook/nothing", "/api/rules/1/2", "/../etc/passwd"])
def test_what_is_not_there_is_a_problem(service: Service, path: str) -> None:
    answer = send(service, "GET", path)
    assert (answer.status, answer.headers["Content-Type"], answer.data["title"]) == (404, PROBLEM, "Not Found")


def test_another_method_is_a_problem_that_tells_the_right_ones(service: Service) -> None:
    for method, path, allow in (
        ("DELETE", "/api/rules", "GET, POST"),
        ("POST", "/api/rules/1", "DELETE, GET, PATCH, PUT"),
        ("PUT", "/api/logs", "GET"),
        ("POST", "/health", "GET"),
        ("GET", "/api/alerts/1/ack", "POST"),
        ("DELETE", "/docs", "GET"),
    ):
        answer = send(service, method, path)
        assert (answer.status, answer.headers["Content-Type"]) == (405, PROBLEM), path
        assert answer.headers["Allow"] == allow, path


def test_a_body_too_large_is_refused_before_it_is_read_in_full(service: Service) -> None:
    answer = send(service, "POST", "/api/rules", b" " * (LARGEST_BODY + 1))
    assert (answer.status, answer.headers["Content-Type"]) == (413, PROBLEM)


def test_an_error_of_ours_is_a_problem_that_tells_nothing(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("the password is hunter22")

    monkeypatch.setattr(store, "get", fails)
    answer = send(service, "GET", "/api/rules/1")
    assert (answer.status, answer.headers["Content-Type"]) == (500, PROBLEM)
    assert b"hunter22" not in answer.body
    assert answer.data["request_id"] == answer.headers["X-Request-ID"]
    assert any(record.exc_info and record.message == "request failed" for record in caplog.records)


def test_each_request_leaves_a_line_without_its_query(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "giftpulse.requests"):
        send(service, "GET", "/api/logs?q=+15005550009")
        # The line is written when the answer has gone, which may be a moment after it arrived here.
        service.eventually(lambda: [r for r in caplog.records if r.name == "giftpulse.requests"])
    (line,) = [record.__dict__ for record in caplog.records if record.name == "giftpulse.requests"]
    assert (line["method"], line["path"], line["status"]) == ("GET", "/api/logs", 200)
    assert line["milliseconds"] > 0
    assert "15005550009" not in json.dumps({k: str(v) for k, v in line.items()})


def asked_from(service: Service, origin: str, method: str = "GET") -> dict[str, str]:
    """The headers of a preflight."""
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    return {k.lower(): v for k, v in send(service, "OPTIONS", "/api/rules", headers=headers).headers.items()}


def test_no_page_of_another_origin_may_call_unless_it_is_named(service: Service) -> None:
    assert "access-control-allow-origin" not in asked_from(service, "https://evil.example")
    answer = send(service, "GET", "/health", headers={"Origin": "https://evil.example"})
    assert answer.headers["Access-Control-Allow-Origin"] is None


def test_a_named_origin_may_call_and_others_may_not(tmp_path: Path) -> None:
    url = make.sqlite_url(tmp_path)
    with closing(make.site(url, cors_origins=["https://board.example"])) as site, serving(site) as service:
        allowed = asked_from(service, "https://board.example", "PATCH")
        assert allowed["access-control-allow-origin"] == "https://board.example"
        assert "PATCH" in allowed["access-control-allow-methods"]
        assert "access-control-allow-credentials" not in allowed
        assert "access-control-allow-origin" not in asked_from(service, "https://evil.example")
        headers = {"Origin": "https://board.example", "X-API-Key": make.ADMIN}
        answer = send(service, "GET", "/api/rules", headers=headers)
        assert answer.headers["Access-Control-Allow-Origin"] == "https://board.example"
        assert answer.headers["Access-Control-Expose-Headers"] == "X-Request-ID"


def test_the_description_is_there_for_people_and_for_programs(service: Service) -> None:
    assert b"swagger" in send(service, "GET", "/docs", headers={}).body.lower()
    described = send(service, "GET", "/openapi.json", headers={}).data
    assert described["info"]["title"] == "GiftPulse"
    assert described["components"]["securitySchemes"].keys() == {"HTTPBearer", "APIKeyHeader"}
