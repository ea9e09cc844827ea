"""Every route asks who is there: the API for a token, the webhooks for Twilio's signature."""

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import func, select

from giftpulse import schema
from giftpulse.ground import clock
from giftpulse.ground.access import create_token
from giftpulse.logs.doors import Doors
from giftpulse.logs.receive import Receiver
from giftpulse.web import FEATURES, create_app
from tests import make
from tests.service import Service, serving

OPEN = {"/health", "/api/health", "/alive", "/docs", "/docs/oauth2-redirect", "/openapi.json"}
"""What anybody may see: whether we are well, and what the API looks like. Nothing of Twilio's, no secret."""

SIGN_UP = {"/join/slug"}
"""Where anybody signs up for texts: with no account there is nobody to ask for a token. What keeps it harmless is in
tests/web/test_signup.py: limits, the same answer for every number, and nothing sent without a YES by text."""

NO_API = {"/metrics"}
"""Where the API is left, and a token is asked for all the same."""

READING = {"get", "head", "options"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with closing(make.site(make.sqlite_url(tmp_path_factory.mktemp("routes")))) as site, serving(site) as running:
        yield running


@pytest.fixture(scope="module")
def operations(service: Service) -> list[tuple[str, str]]:
    """Every method and path of the API, with 1 for each id."""
    paths: dict[str, Any] = service.call("GET", "/openapi.json", token=None)[1]["paths"]
    found = [(method.upper(), path) for path, methods in paths.items() for method in methods]
    assert len(found) >= 20
    return [(method, path.replace("{", "").replace("}", "")) for method, path in found]


def concrete(path: str) -> str:
    return "/".join("1" if part.endswith("_id") else part for part in path.split("/"))


def counts(service: Service) -> dict[str, int]:
    with service.site.database.read() as session:
        tables = schema.metadata.tables.values()
        return {t.name: session.scalar(select(func.count()).select_from(t)) or 0 for t in tables}


def test_without_a_token_there_is_nothing(service: Service, operations: list[tuple[str, str]]) -> None:
    for method, path in operations:
        if path not in OPEN | SIGN_UP:
            assert service.call(method, concrete(path), token=None)[0] == 401, f"{method} {path}"
            assert service.call(method, concrete(path), token="gp_nobody-knows-this-token")[0] == 401, path


def test_the_open_paths_are_these_and_no_more(service: Service, operations: list[tuple[str, str]]) -> None:
    for path in OPEN:
        assert service.call("GET", path, token=None)[0] == 200, path
    assert {path for _, path in operations if not path.startswith("/api/")} <= OPEN | SIGN_UP | NO_API


def test_a_token_that_may_read_changes_nothing(service: Service, operations: list[tuple[str, str]]) -> None:
    with service.site.database.begin() as session:
        token = create_token(session, "looks", "read", clock.now())
    assert service.call("GET", "/api/rules", token=token)[0] == 200
    before = counts(service)
    for method, path in operations:
        if path in OPEN | SIGN_UP:
            continue
        status = service.call(method, concrete(path), {} if method != "GET" else None, token=token)[0]
        if method.lower() in READING:
            assert status in (200, 404), f"{method} {path}"
        else:
            assert status == 403, f"{method} {path}"
    assert counts(service) == before


def test_no_route_is_hidden_from_these_tests(service: Service) -> None:
    """What the OpenAPI does not tell is open by this list, or a webhook."""
    paths = [getattr(route, "path", None) for route in create_app(service.site).api.routes]
    assert {path for path in paths if path} == {"/docs", "/docs/assets", "/docs/oauth2-redirect", "/openapi.json"}
    assert paths.count(None) == len(FEATURES), "a router that is not in FEATURES"
    for feature in FEATURES:
        for route in feature.router.routes:
            assert isinstance(route, APIRoute)
            assert route.include_in_schema, route.path


def test_every_webhook_wants_a_signature(service: Service) -> None:
    before = counts(service)
    doors = Doors(service.site, Receiver(service.site))
    assert doors.paths == {"/webhook/status", "/webhook/inbound", "/webhook/debugger", "/webhook/events"}
    form = {"MessageSid": make.sid(), "MessageStatus": "sent", "Sid": make.sid("NO"), "Payload": json.dumps({})}
    for path in doors.paths:
        for signature in ("", "AAAA", "RSOYDt4T1cUTdK1PDd93/VVr8B8="):
            assert service.webhook(path, form, signature=signature) == 403, path
        assert service.call("POST", path, {}, token=make.ADMIN)[0] == 403, "a token of the API opens no webhook"
    assert counts(service) == before


def test_no_webhook_stands_outside_the_doors(operations: list[tuple[str, str]]) -> None:
    assert [path for _, path in operations if "webhook" in path] == []
