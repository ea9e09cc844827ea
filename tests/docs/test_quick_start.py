"""The README's quick start, request by request, against a running service."""

import json
import shlex
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import pytest

from giftpulse.ground import egress
from giftpulse.ground.site import Site
from tests.docs.pages import shell_lines
from tests.service import Service, serving


def requests() -> list[tuple[str, str, dict[str, str], Any]]:
    """Method, path, headers and body of each curl command of the README."""
    found = []
    for where, line in shell_lines():
        words = shlex.split(line)
        if where.startswith("README.md") and words[0] == "curl":
            found.append(_request(words))
    return found


def _request(words: list[str]) -> tuple[str, str, dict[str, str], Any]:
    after = dict(pairwise(words))
    url = urlsplit(next(word for word in words if word.startswith("http")))
    headers = dict(words[i + 1].split(": ", 1) for i, word in enumerate(words) if word == "-H")
    body = json.loads(after["-d"]) if "-d" in after else None
    return after.get("-X", "GET"), url.path + (f"?{url.query}" if url.query else ""), headers, body


def test_each_request_does_what_the_page_says(lite: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(egress, "system_lookup", _no_such_name)
    with serving(lite) as service:
        answers = [_ask(service, *request) for request in requests()]
    rule, webhook, mail, tried, alerts = answers
    assert rule["id"] == "1"
    assert rule["trigger"] == {"type": "each", "group_by": []}
    assert [webhook["rule_id"], mail["rule_id"]] == ["1", "1"]
    assert tried["delivered"] is False  # there is no such receiver
    assert tried["detail"]
    assert alerts["items"] == []


def _no_such_name(host: str) -> list[str]:
    raise OSError(f"there is no {host} here")


def _ask(service: Service, method: str, path: str, headers: dict[str, str], body: Any) -> Any:
    assert headers["Authorization"] == "Bearer $TOKEN"
    status, answer = service.call(method, path, body)
    assert status == (201 if body else 200), answer
    return answer
