"""Our own log: lines that are JSON, without numbers and secrets."""

import io
import json
import logging
import sys
from typing import Any

import pytest

from giftpulse.ground import journal


def line(message: str, *arguments: object, exc: BaseException | None = None, **extra: Any) -> dict[str, Any]:
    """What the JSON form writes of one record."""
    record = logging.LogRecord("giftpulse.test", logging.INFO, "f.py", 1, message, arguments, None)
    if exc is not None:
        record.exc_info = (type(exc), exc, exc.__traceback__)
    record.__dict__.update(extra)
    text = journal.JsonLines().format(record)
    assert "\n" not in text
    written: dict[str, Any] = json.loads(text)
    return written


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("to +15551234567 now", "+15551234567"),
        ("to +1 (555) 123-4567 now", "123-4567"),
        ("to %2B15551234567", "15551234567"),
        ("from 15551234567", "15551234567"),
        ("Authorization: Bearer abcdefghijkl", "abcdefghijkl"),
        ("authorization=Basic QUM6dG9rZW4=", "QUM6dG9rZW4="),
        ('{"X-API-Key": "abcdefghijkl"}', "abcdefghijkl"),
        ("sent with bearer abcdefghijkl", "abcdefghijkl"),
        ("token gp_abcdefghijklmnop", "abcdefghijklmnop"),
        ("secret whsec_abcdefghijklmnop", "abcdefghijklmnop"),
        ("key sk-abcdefghijklmnop", "abcdefghijklmnop"),
        ("postgresql://me:hunter22@host/name", "hunter22"),
        ("smtp://:hunter22@host", "hunter22"),
        ("password=hunter22&x=1", "hunter22"),
        ("?sslpassword=hunter22&x=1", "hunter22"),
        ("auth_token: hunter22", "hunter22"),
    ],
)
def test_numbers_and_secrets_are_masked(text: str, hidden: str) -> None:
    assert hidden not in json.dumps(line(text))
    assert hidden not in json.dumps(line("%s", text))
    assert hidden not in json.dumps(line("happened", detail=text, inner={"list": [text]}))
    assert hidden not in json.dumps(line("failed", exc=RuntimeError(text)))


@pytest.mark.parametrize(
    "key", ["token", "auth_token", "password", "client_secret", "Authorization", "api_key", "cookie"]
)
def test_what_is_named_like_a_secret_is_not_written(key: str) -> None:
    extra: dict[str, Any] = {key: "anything"}
    assert line("x", **extra)[key] == "********"
    assert line("x", inner={key: {"deep": "anything"}})["inner"][key] == "********"


@pytest.mark.parametrize(
    "text",
    [
        "SM" + "0123456789abcdef" * 2,
        "2026-11-20T12:00:00Z",
        "took 1234.5678901 ms",
        "id 1234567",
        "http://127.0.0.1:8080/path",
        "error 30003 of rule 17",
    ],
)
def test_what_one_needs_to_find_a_fault_stays(text: str) -> None:
    assert line(text)["message"] == text


def test_known_secrets_are_hidden_wherever_they_turn_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "_known_secrets", set())
    journal.hide("correct-horse-battery", None, "", "short")
    assert line("x correct-horse-battery y")["message"] == "x ******** y"
    assert line("short")["message"] == "short"


def test_a_line_has_its_parts() -> None:
    written = line("hello %s", "there", rule=17, took=0.5, fine=True, nothing=None)
    assert set(written) == {"at", "level", "logger", "message", "rule", "took", "fine", "nothing"}
    assert (written["message"], written["level"], written["logger"]) == ("hello there", "INFO", "giftpulse.test")
    assert (written["rule"], written["took"], written["fine"], written["nothing"]) == (17, 0.5, True, None)
    assert written["at"].endswith("+00:00")


def test_an_error_stays_on_its_line() -> None:
    try:
        raise ValueError("no +15551234567")
    except ValueError as error:
        written = line("failed", exc=error)
    assert "ValueError" in written["error"]
    assert "Traceback" in written["error"]


def test_the_request_goes_with_every_line() -> None:
    token = journal.request_id.set("abc123")
    try:
        assert line("x")["request_id"] == "abc123"
    finally:
        journal.request_id.reset(token)
    assert "request_id" not in line("x")


def test_the_form_for_people_is_masked_too() -> None:
    record = logging.LogRecord("giftpulse", logging.WARNING, "f.py", 1, "to %s", ("+15551234567",), None)
    record.__dict__["token"] = "abcdefgh"
    text = journal.TextLines().format(record)
    assert "WARNING" in text
    assert "token=********" in text
    assert "1234567" not in text


@pytest.mark.parametrize("style", ["json", "text"])
def test_starting_sends_the_whole_log_to_standard_error(monkeypatch: pytest.MonkeyPatch, style: str) -> None:
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    monkeypatch.setattr(logging.root, "handlers", [])
    level = logging.root.level
    try:
        journal.start("INFO", style)
        journal.start("INFO", style)
        logging.getLogger("giftpulse.somewhere").info("to +15551234567")
        logging.getLogger("uvicorn.access").info("noise")
    finally:
        logging.root.setLevel(level)
    (only,) = written.getvalue().splitlines()
    assert "•••4567" in only
    assert (style == "json") == only.startswith("{")
