"""Every shell line of README and docs is run by a test or stands in one short list with the reason why not; and what is
not run is held against what it speaks of, as far as words go."""

import re
import shlex
import subprocess
from typing import Any

import pytest
import yaml

from tests.docs.not_run import AWS, JOURNEYS, NOT_RUN, why_not
from tests.docs.pages import HOUSE, blocks, shell_lines
from tests.docs.test_commands import leaf

LINES = [(where.partition(":")[0], line) for where, line in shell_lines() if shlex.split(line, comments=True)]
COMPOSE = [
    (page, shlex.split(line)) for page, line in LINES if re.match(r"docker compose |podman-compose ", line)
]  # fmt: skip
MAKE = sorted({line for _, line in LINES if line.startswith("make ")})
OF_AWS = [line for page, line in LINES if page == AWS and "aws " in line]
IMAGE = "giftpulse"
PLAIN = ("rm", "mv", "mkdir")
WITH_VALUE = {"--file", "--scale", "--volume", "--env", "--entrypoint", "--user"}


def test_every_page_with_a_line_to_run_is_on_a_journey() -> None:
    read = [page for pages in JOURNEYS.values() for page in pages]
    assert len(read) == len(set(read))
    assert {page for page, line in LINES if why_not(page, line) is None} == set(read)


def test_every_entry_of_the_list_is_needed_and_has_its_reason() -> None:
    for pattern, why in NOT_RUN.items():
        assert [line for _, line in LINES if re.fullmatch(pattern, line.strip(), re.DOTALL)], pattern
        assert len(why) > 20
    assert len(NOT_RUN) <= 5


def test_no_command_of_ours_is_left_out() -> None:
    """But for the one that would write a migration into the source."""
    ours = [
        line for page, line in LINES if why_not(page, line) and re.search(r"^(\S+=\S+ )?(\.venv/bin/)?giftpulse ", line)
    ]
    assert ours == ["DATABASE_URL=sqlite:////tmp/before.db .venv/bin/giftpulse db upgrade"]


def test_the_list_is_told() -> None:
    told = " ".join((HOUSE / "docs" / "containers.md").read_text().split())
    assert "`tests/docs/not_run.py`" in told


@pytest.mark.parametrize("line", MAKE)
def test_make_knows_what_it_would_do(line: str) -> None:
    said = subprocess.run(
        ["make", "--dry-run", "PYTHON=python3", "ENGINE=docker", *shlex.split(line)[1:]],
        cwd=HOUSE, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert said.returncode == 0, said.stderr
    assert said.stdout


@pytest.mark.parametrize(("page", "words"), COMPOSE, ids=[" ".join(words) for _, words in COMPOSE])
def test_compose_finds_the_services_and_commands_that_are_named(page: str, words: list[str]) -> None:
    before, verb, options, after = _parsed(words[2:] if words[0] == "docker" else words[1:])
    services = _services(before.get("--file", "docker-compose.yml"))
    named = [scaled.partition("=")[0] for scaled in options.get("--scale", "").split() if scaled]
    if verb in ("exec", "run"):
        named.append(after[0])
        _check_command(verb, services[after[0]], options, after[1:])
    elif verb == "cp":
        named += [place.partition(":")[0] for place in after if ":" in place]
    else:
        assert verb in ("up", "stop", "start", "logs", "down")
        named += after
    assert set(named) <= services.keys()


def _parsed(words: list[str]) -> tuple[dict[str, str], str, dict[str, str], list[str]]:
    """Options before the verb, the verb, those after it, and what follows on these."""
    before, rest = _options(words)
    options, after = _options(rest[1:])
    return before, rest[0], options, after


def _options(words: list[str]) -> tuple[dict[str, str], list[str]]:
    taken: dict[str, str] = {}
    rest = list(words)
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        value = rest.pop(0) if option in WITH_VALUE else ""
        taken[option] = f"{taken[option]} {value}" if option in taken else value
    return taken, rest


def _services(file: str) -> dict[str, Any]:
    services: dict[str, Any] = yaml.safe_load((HOUSE / file).read_text())["services"]
    return services


def _check_command(verb: str, service: dict[str, Any], options: dict[str, str], words: list[str]) -> None:
    """What is run in a container of ours exists: by its name, or, where the image starts it, without."""
    if IMAGE not in service["image"] or "--entrypoint" in options or (verb == "exec" and words[0] in PLAIN):
        assert words
        return
    if verb == "exec":
        assert words[0] == "giftpulse"
        words = words[1:]
    words = words or service["command"]
    command, rest = leaf(words)
    command.make_context("giftpulse", list(rest)).close()


def test_every_block_is_shell() -> None:
    everything = "\n".join(f"block() {{\n{block.text}\n}}" for block in blocks("sh"))
    read = subprocess.run(["sh", "-n"], input=everything, capture_output=True, text=True, check=False)
    assert read.returncode == 0, read.stderr


def test_lines_for_aws_have_its_shape() -> None:
    assert OF_AWS
    for line in OF_AWS:
        assert re.search(r"\baws [a-z0-9-]+ [a-z0-9-]+( |$)", line), line
        assert [word for word in re.findall(r"(?<= )--[^\s)]*", line) if not re.fullmatch(r"--[a-z0-9-]+", word)] == []
