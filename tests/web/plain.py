"""Plain HTTP, for tests that look at headers or send what is no JSON."""

import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tests import make
from tests.service import Service


class Answer:
    """Status, headers and body of an answer."""

    def __init__(self, status: int, headers: Any, body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    @property
    def data(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


def send(
    service: Service, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> Answer:
    """One request; as the admin, unless ``headers`` are given."""
    given = (
        {"Authorization": f"Bearer {make.ADMIN}", "Content-Type": "application/json"} if headers is None else headers
    )
    request = Request(service.url + path, data=body, headers=given, method=method)
    try:
        with urlopen(request, timeout=30) as answer:
            return Answer(answer.status, answer.headers, answer.read())
    except HTTPError as error:
        with error:
            return Answer(error.code, error.headers, error.read())
