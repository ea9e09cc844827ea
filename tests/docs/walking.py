"""Going through a page as a reader would: its requests and commands in order, against a running service."""

import io
import json
import shlex
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

from giftpulse.daily.programs.seed import seed
from giftpulse.daily.subscribers.importing import Imported, import_csv
from giftpulse.ground import clock
from tests.docs.pages import blocks, shell_lines
from tests.service import Service

Request = tuple[str, str, dict[str, str], Any]


def walk(service: Service, page: str) -> list[Any]:
    """Make every request of a page; answers what was answered. Each must succeed. The commands ``seed`` and
    ``subscribers import`` are carried out where they stand; others are left out."""
    answers = []
    for words in steps(page):
        if words[0] == "curl":
            answers.append(ask(service, words))
        elif words[0].endswith("giftpulse"):
            _command(service, words[1:], page)
    return answers


def steps(page: str) -> list[list[str]]:
    """The commands of a page in order, each as its words."""
    split = [shlex.split(line, comments=True) for where, line in shell_lines() if where.partition(":")[0] == page]
    return [words for words in split if words]


def take_in(service: Service, page: str) -> Imported:
    """Import the CSV file that a page shows, into the first program."""
    (shown,) = [block.text for block in blocks("csv") if block.where.partition(":")[0] == page]
    return import_csv(service.site, 1, io.BytesIO(shown.encode()), country="US")


def _command(service: Service, words: list[str], page: str) -> None:
    if words[0] == "seed":
        with service.site.database.begin() as session:
            seed(session, service.site.settings, clock.now())
    elif words[:2] == ["subscribers", "import"]:
        take_in(service, page)


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
