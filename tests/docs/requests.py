"""The requests that pages show with ``curl``, made as they stand there."""

import json
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

from tests.service import Service

Request = tuple[str, str, dict[str, str], Any]


def ask(service: Service, words: list[str]) -> Any:
    """Make the request of a ``curl``; answers what was answered. It must succeed."""
    method, path, headers, body = request_of(words)
    assert headers["Authorization"] == "Bearer $TOKEN"
    assert (headers.get("Content-Type") == "application/json") == (body is not None)
    status, answer = service.call(method, path, body)
    assert 200 <= status < 300, f"{method} {path}: {answer}"
    return answer


def request_of(words: list[str]) -> Request:
    """What a ``curl`` asks for: method, path, headers and JSON."""
    after = dict(pairwise(words))
    url = urlsplit(next(word for word in words if word.startswith("http")))
    headers = dict(words[i + 1].split(": ", 1) for i, word in enumerate(words) if word == "-H")
    body = json.loads(after["-d"]) if "-d" in after else None
    return after.get("-X", "GET"), url.path + (f"?{url.query}" if url.query else ""), headers, body
