"""The image and what is composed of it: nothing secret, nobody root, every name one that exists. Needs no engine."""

import re
import shlex
import socket
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

import giftpulse.__main__  # noqa: F401  its import adds the commands
from containers import healthy, trial
from giftpulse import simulator
from giftpulse.cli.app import app
from giftpulse.ground.settings import Settings, load
from tests.house.source import HOUSE

DOCKERFILE = (HOUSE / "Dockerfile").read_text()
FINAL = DOCKERFILE.rpartition("\nFROM ")[2]
FILES = ("docker-compose.yml", "compose.embedded.yml", "containers/trial.yml")
OURS = "${GIFTPULSE_IMAGE:-giftpulse:latest}"
SETTINGS = {name.upper() for name in Settings.model_fields}
OF_POSTGRES = {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD"}
OF_COMPOSE = {"GIFTPULSE_IMAGE", "GIFTPULSE_ENV_FILE", "GIFTPULSE_LISTEN", "GIFTPULSE_PORT"}
OF_IMAGES = {"POSTGRES_IMAGE", "VALKEY_IMAGE"}
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


def composed(file: str) -> dict[str, Any]:
    read = yaml.safe_load((HOUSE / file).read_text())
    assert isinstance(read, dict)
    return read


SERVICES = [(file, name, service) for file in FILES for name, service in composed(file)["services"].items()]
OF_OURS = [each for each in SERVICES if each[2]["image"] == OURS]
each_of_ours = pytest.mark.parametrize(
    ("file", "name", "service"), OF_OURS, ids=[f"{file}-{name}" for file, name, _ in OF_OURS]
)


def instructions(text: str) -> list[tuple[str, str]]:
    """The instructions of a Dockerfile with their words, lines joined, comments left out."""
    joined = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE))
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in joined.splitlines() if line.strip()]


def said(name: str) -> list[str]:
    """What the last stage says in one kind of instruction."""
    return [words for kind, words in instructions("FROM " + FINAL) if kind == name]


def words_of(command: list[str]) -> None:
    """Parse what stands after ``giftpulse`` as a call would. Fails if there is no such command or option."""
    found: Any = typer.main.get_command(app)
    rest = [re.sub(r"\$\{.*\}", "http://web.example", word) for word in command]
    while hasattr(found, "commands"):
        found, rest = found.get_command(None, rest[0]), rest[1:]
        assert found is not None, f"there is no command {command}"
    found.make_context("giftpulse", rest).close()


def test_the_image_is_built_in_two_stages_on_one_base_that_can_be_chosen() -> None:
    assert re.findall(r"^FROM (.+)$", DOCKERFILE, re.MULTILINE) == ["${BASE_IMAGE} AS builder", "${BASE_IMAGE}"]
    assert re.search(r"^ARG BASE_IMAGE=python:3\.\d+-slim$", DOCKERFILE, re.MULTILINE)
    assert [words for words in said("RUN") if re.search(r"\b(pip|apt-get|curl)\b", words)] == []
    assert said("COPY") == ["--from=builder /opt/giftpulse /opt/giftpulse"]


def test_what_is_installed_is_locked_and_nothing_is_compiled_in_the_image() -> None:
    installs = [part for part in DOCKERFILE.replace("\\\n", " ").split("&&") if re.search(r"pip .*\binstall\b", part)]
    assert len(installs) == 3
    for install in installs:
        locked = "--require-hashes" in install and "--only-binary=:all:" in install
        assert locked or ("--no-deps" in install and "--no-index" in install), install


def test_what_builds_the_wheel_is_all_that_hatchling_needs() -> None:
    (line,) = re.findall(r"\^\(([\w|-]+)\)==", DOCKERFILE)
    lock = (HOUSE / "requirements-dev.lock").read_text()
    needed = {
        name
        for name, via in re.findall(r"^([\w-]+)==.*\n(?: .*\n)*?((?: +#.*\n)+)", lock, re.MULTILINE)
        if re.search(r"# (?:via |  )hatchling$", via, re.MULTILINE)
    }
    assert set(line.split("|")) == needed | {"hatchling"}


def test_the_image_runs_as_nobody_special_and_says_how_it_is() -> None:
    (user,) = said("USER")
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)
    (health,) = said("HEALTHCHECK")
    assert health.endswith('CMD ["python", "/opt/giftpulse/libexec/healthy.py"]')
    assert said("STOPSIGNAL") == ["SIGTERM"]
    assert said("VOLUME") == said("WORKDIR") == ["/data"]
    assert said("ENTRYPOINT") == ['["giftpulse"]']
    (command,) = said("CMD")
    words_of(shlex.split(command.strip("[]").replace(",", " ")))
    environment = dict(pair.split("=", 1) for pair in shlex.split(" ".join(said("ENV"))))
    assert environment["DATABASE_URL"] == "sqlite:////data/giftpulse.db"
    assert environment.keys() - SETTINGS == {"PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}


def test_only_what_is_copied_goes_to_the_builder() -> None:
    ignored = (HOUSE / ".dockerignore").read_text().splitlines()
    assert "*" in ignored
    copied = {
        word
        for kind, words in instructions(DOCKERFILE)
        if kind == "COPY" and "--from" not in words
        for word in words.split()[:-1]
    }
    assert {line[1:] for line in ignored if line.startswith("!")} == copied | {"Dockerfile"}
    assert {"**/.env", "**/*.key", "**/*.db"} <= set(ignored)


@each_of_ours
def test_whatever_runs_is_shut_in(file: str, name: str, service: dict[str, Any]) -> None:
    assert service["read_only"] is True
    assert "/tmp" in service["tmpfs"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "user", "pid", "network_mode"} & service.keys()


@each_of_ours
def test_commands_exist(file: str, name: str, service: dict[str, Any]) -> None:
    if service.get("entrypoint", ["python"])[0] == "python" and "entrypoint" in service:
        return  # the world outside: a mail server, a receiver
    words_of(service["command"])


@each_of_ours
def test_each_of_ours_has_a_health_check_or_says_that_it_needs_none(
    file: str, name: str, service: dict[str, Any]
) -> None:
    check = service["healthcheck"]
    if file == "containers/trial.yml" or name == "migrate":
        assert check == {"disable": True}
        return
    assert check["test"][:3] == ["CMD", "python", "/opt/giftpulse/libexec/healthy.py"]
    assert check["test"][3:] == ([name] if name in ("worker", "beat") else [])


def test_every_name_of_the_environment_is_a_setting_or_one_that_its_image_asks_for() -> None:
    for file, name, service in SERVICES:
        allowed = OF_POSTGRES if name == "postgres" else SETTINGS
        assert service.get("environment", {}).keys() <= allowed, f"{file}: {name}"
    for file in FILES:
        asked = set(re.findall(r"\$\{(\w+)", (HOUSE / file).read_text()))
        assert asked - SETTINGS <= OF_COMPOSE | OF_IMAGES | {"POSTGRES_PASSWORD"}, file


@pytest.mark.parametrize("file", FILES)
def test_no_secret_stands_in_the_file_and_a_missing_one_is_told(file: str) -> None:
    text = (HOUSE / file).read_text()
    for name in re.findall(r"\$\{(\w*(?:KEY|PASSWORD|TOKEN|SECRET))\b", text):
        assert re.search(rf"\$\{{{name}:\?[^}}]+\}}", text)
        assert not re.search(rf"\$\{{{name}(?!:\?)", text), f"{name} is asked for without a word for who has not set it"
    assert not re.search(r"^\s*\w*(?:KEY|PASSWORD|TOKEN|SECRET): (?!\$\{\w+:\?)", text, re.MULTILINE)
    assert not re.search(r"://\w+:(?!\$\{)[^/\s@]+@", text)


def test_nothing_fills_the_disk_or_the_memory() -> None:
    for file in FILES[:2]:
        for name, service in composed(file)["services"].items():
            assert service["logging"]["options"].keys() == {"max-size", "max-file"}, f"{file}: {name}"
            assert re.fullmatch(r"\d+[mg]", service["mem_limit"]), f"{file}: {name}"


def test_every_image_can_be_another_one() -> None:
    for file, name, service in SERVICES:
        assert re.fullmatch(r"\$\{[A-Z]+_IMAGE:-[a-z/]+:[\w.]+\}", service["image"]), f"{file}: {name}"


def test_ports_are_open_to_this_machine_alone() -> None:
    opened = [port for _, _, service in SERVICES for port in service.get("ports", [])]
    assert opened == ["${GIFTPULSE_LISTEN:-127.0.0.1}:${GIFTPULSE_PORT:-8000}:8000"] * 2


def test_nobody_starts_before_the_database_is_migrated() -> None:
    services = composed("docker-compose.yml")["services"]
    assert services["migrate"]["command"] == ["db", "upgrade"]
    assert services["migrate"]["restart"] == "no"
    for name in ("web", "worker", "beat"):
        needs = {other: needed["condition"] for other, needed in services[name]["depends_on"].items()}
        assert needs == {
            "postgres": "service_healthy", "valkey": "service_healthy", "migrate": "service_completed_successfully",
        }  # fmt: skip
    for _, name, service in SERVICES:
        for needed in service.get("depends_on", {}).values():
            assert needed["condition"] in ("service_healthy", "service_completed_successfully"), name
    assert services["postgres"]["networks"] == services["valkey"]["networks"] == ["inside"]


def test_what_is_kept_is_kept_on_named_volumes() -> None:
    for file in FILES[:2]:
        read = composed(file)
        used = {
            volume.partition(":")[0] for service in read["services"].values() for volume in service.get("volumes", [])
        }
        assert used == read["volumes"].keys()


def test_the_trial_knows_the_simulator_and_sets_nothing_unknown(tmp_path: Path) -> None:
    told = trial.environment("web", 8000)
    assert (told["TWILIO_ACCOUNT_SID"], told["TWILIO_AUTH_TOKEN"]) == (simulator.ACCOUNT_SID, simulator.AUTH_TOKEN)
    assert told.keys() - SETTINGS == {"POSTGRES_PASSWORD", "GIFTPULSE_PORT"}
    file = tmp_path / "env"
    file.write_text("".join(f"{name}={value}\n" for name, value in told.items()))
    assert load(_env_file=file).smtp_host == "mail"
    for main, service in trial.FORMS.values():
        assert service in composed(main)["services"]


@pytest.mark.parametrize(
    ("options", "lacks"),
    [
        (["--compose", "no-such-tool compose"], "no-such-tool"),
        (["--compose", "false"], "exit code 1"),  # as Docker without its plugin
        (["--compose", "true", "--engine", "no-such-engine"], "no-such-engine"),
    ],
    ids=["no compose", "no plugin", "no engine"],
)
def test_the_trial_says_which_tool_it_lacks(options: list[str], lacks: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["trial.py", "many", *options])
    with pytest.raises(SystemExit, match=r"needs .*, or --") as ended:
        trial.main()
    assert lacks in str(ended.value)


def test_a_web_process_is_healthy_as_long_as_it_answers() -> None:
    assert healthy.judge_web({"status": "ok"}) == (True, "answers")
    assert healthy.judge_web(None) == (False, "no answer")
    assert healthy.judge_web({"detail": "Not Found"}) == (False, "no answer")


@pytest.mark.parametrize(
    ("role", "ago", "is_well"),
    [("worker", 10, True), ("worker", 121, False), ("beat", 10, True), ("beat", 121, False)],
)
def test_workers_and_beats_are_healthy_while_their_work_is_done(role: str, ago: int, is_well: bool) -> None:
    then = (NOW - timedelta(seconds=ago)).isoformat().replace("+00:00", "Z")
    older = (NOW - timedelta(hours=1)).isoformat()
    rounds = {"pull": {"last_run_at": older}, "watch": {"last_run_at": then}, "cleanup": {"last_run_at": None}}
    found, says = healthy.judge_rounds(role, {"rounds": rounds, "beat": {"last_tick_at": then}}, NOW)
    assert (found, f"{ago} s ago" in says) == (is_well, True)


def test_workers_and_beats_that_did_nothing_yet_are_not_healthy_and_without_web_nobody_knows() -> None:
    nothing = {"rounds": {"watch": {"last_run_at": None}}, "beat": {"last_tick_at": None}}
    assert healthy.judge_rounds("worker", nothing, NOW) == (False, "no round yet")
    assert healthy.judge_rounds("beat", nothing, NOW) == (False, "no tick yet")
    for role in ("worker", "beat"):
        assert healthy.judge_rounds(role, None, NOW)[0]


def test_an_installation_without_beats_says_nothing_of_ours() -> None:
    """Such a one may still stand where all come by: ending our beat for it would go on for ever."""
    found, says = healthy.judge_rounds("beat", {"rounds": {"watch": {"last_run_at": None}}, "beat": None}, NOW)
    assert (found, "cannot tell" in says) == (True, True)


def test_the_health_check_refuses_roles_that_it_does_not_know(capsys: pytest.CaptureFixture[str]) -> None:
    assert healthy.main(["butler"]) == 2
    assert "expected web, worker or beat" in capsys.readouterr().out


def _first_of_a_request(answer: bytes, words: Callable[[str], list[str]]) -> bytes:
    """Run the check against somebody who listens; answers the first bytes that come there."""
    heard = []
    with socket.create_server(("127.0.0.1", 0)) as listens:

        def once() -> None:
            connection, _ = listens.accept()
            with connection:
                heard.append(connection.recv(1000))
                connection.sendall(answer)

        server = threading.Thread(target=once)
        server.start()
        healthy.main(words(f"127.0.0.1:{listens.getsockname()[1]}"))
        server.join(10)
    return heard[0]


def test_the_health_check_asks_where_it_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    body = b'{"rounds": {"watch": {"last_run_at": "2026-11-27T12:00:00Z"}}}'
    answer = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    asked = _first_of_a_request(answer, lambda where: ["worker", f"http://{where}"])
    assert asked.startswith(b"GET /health ")
    assert "the last round was" in capsys.readouterr().out


def test_the_health_check_speaks_tls_where_it_is_told_to(capsys: pytest.CaptureFixture[str]) -> None:
    handshake = b"\x16\x03"
    assert _first_of_a_request(b"no TLS", lambda where: ["beat", f"https://{where}"]).startswith(handshake)
    assert "cannot tell" in capsys.readouterr().out


def test_the_makefile_builds_what_is_composed() -> None:
    makefile = (HOUSE / "Makefile").read_text()
    assert re.search(r"^IMAGE +\?= giftpulse:latest$", makefile, re.MULTILINE)
    assert re.search(r"^image: ## ", makefile, re.MULTILINE)
