"""docs/quickstart.md from its first line to its last: each request is made and each command is run, in their order,
against the simulator and the service that the page starts. The alert comes of texts that fail there."""

import json
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from giftpulse.ground import settings
from giftpulse.ground.site import Site
from giftpulse.simulator import ACCOUNT_SID, AUTH_TOKEN, MARKETING, SCRIPT, SimulatorConfig
from tests import make
from tests.cli.terminal import run
from tests.docs.not_run import JOURNEYS
from tests.docs.pages import blocks
from tests.docs.reader import Reader, reading
from tests.docs.requests import request_of
from tests.nursery import Nursery
from tests.ports import free_port
from tests.service import Service

(NAME,) = JOURNEYS["quick start"]
KEY = "a key for tests, long enough to be taken"
FASTER = ("--speed", "20")
"""The simulated account lives twenty times as fast as on the page: what takes two minutes there takes seconds here."""

_WITHIN = 60.0


def test_from_the_first_line_to_the_last(nursery: Nursery, tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    database = f"sqlite:///{tmp_path}/giftpulse.db"
    file = tmp_path / ".env"
    given = {"DATABASE_URL": database, "SECRET_KEY": KEY, "PUBLIC_URL": url}
    given["TWILIO_FROM_NUMBER"] = _settings()["TWILIO_FROM_NUMBER"]
    there = list[Any]()  # a text that was due at once has taken one of the library already
    with closing(make.site(database, migrated=True)) as site, reading(tmp_path, given) as reader:
        reader.nursery, reader.hurry = nursery, FASTER
        reader.stand_ins = {"http://127.0.0.1:8000": lambda: url}
        reader.others = {"http://127.0.0.1:8001/": lambda words: _text_as_a_person(reader, words)}
        reader.moments = {
            "chmod": lambda: _write(file),
            "make up": lambda: _start(reader, site, port),
            'curl "http://127.0.0.1:8000/api/alerts': lambda: _wait_for_the_alert(reader),
            "curl -X POST http://127.0.0.1:8000/api/editions/generate": lambda: there.extend(_editions(reader)),
            "rm": reader.close,
        }
        _check(reader.do(NAME), there)
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.glob("giftpulse.db*")) == []


def _write(file: Path) -> None:
    file.write_text("".join(f"{name}={value}\n" for name, value in _settings().items()))


def _start(reader: Reader, site: Site, port: int) -> None:
    server = reader.start("up", port=port)
    reader.service = Service(server.url, site)


def _wait_for_the_alert(reader: Reader) -> None:
    assert reader.service is not None
    service = reader.service
    _eventually(lambda: MARKETING in json.dumps(service.get("/api/alerts")))


def _text_as_a_person(reader: Reader, words: list[str]) -> None:
    """Make a request of the page to the simulator, and wait for what the page promises within seconds."""
    method, path, _, body = request_of(words)
    url = reader.simulator.url + path
    with urlopen(Request(url, data=json.dumps(body).encode(), method=method)) as answer:
        assert json.load(answer)["sid"]
    came = {"DAILY": "Daily Positivity: you're in!", "STOP": "opted_out: Twilio says OptOutType STOP"}[body["body"]]
    _eventually(lambda: came in run("why", body["from"]).output, lambda: run("why", body["from"]).output)


def _editions(reader: Reader) -> list[Any]:
    assert reader.service is not None
    found: list[Any] = reader.service.get("/api/editions?program_id=1")["items"]
    return found


def _check(answers: list[Any], there: list[Any]) -> None:
    rule, alerts, logs, person, why, generated, editions = answers
    alert = next(each for each in alerts["items"] if MARKETING in json.dumps(each["group"]))
    assert (alert["rule_id"], alert["severity"]) == (rule["id"], "critical")
    assert {entry["error_code"] for entry in logs["items"]} == {30007}
    assert (person["program_id"], person["status"], person["timezone"]) == ("1", "active", "America/Denver")
    assert "opted in" in [line["what"] for line in why["lines"]]
    # Where a text is due at once, the sending that runs beside may be faster with the one of that day.
    assert len(editions["items"]) == len(there) + generated["fallbacks"] + generated["dropped"] > 0


def _eventually(is_so: Callable[[], bool], instead: Callable[[], str] = str) -> None:
    deadline = time.monotonic() + _WITHIN
    while not is_so():
        assert time.monotonic() < deadline, f"it did not happen in time: {instead()}"
        time.sleep(0.2)


def _settings() -> dict[str, str]:
    (shown,) = [block.text for block in blocks("ini") if block.where.startswith(NAME)]
    return dict(line.split("=", 1) for line in shown.splitlines())


def test_the_settings_are_those_of_the_simulator(tmp_path: Path) -> None:
    given = _settings()
    assert (given["TWILIO_ACCOUNT_SID"], given["TWILIO_AUTH_TOKEN"]) == (ACCOUNT_SID, AUTH_TOKEN)
    pools = SimulatorConfig().services
    # A number of the account, and not of the service whose texts are filtered.
    assert given["TWILIO_FROM_NUMBER"] in {number for pool in pools.values() for number in pool} - {*pools[MARKETING]}
    file = tmp_path / ".env"
    file.write_text("\n".join(f"{name}={value}" for name, value in given.items()))
    assert settings.load(_env_file=file).public_url == "http://127.0.0.1:8000"


def test_the_trouble_that_is_promised_comes_in_time() -> None:
    (filtered,) = [each for each in SCRIPT if each.kind == "filtered"]
    assert filtered.every == 90
