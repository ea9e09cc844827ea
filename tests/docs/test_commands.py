"""Every command that a page shows exists and takes the options that it is shown with."""

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import typer

import giftpulse.__main__  # noqa: F401  its import adds the commands
from giftpulse.cli.app import app
from giftpulse.timetable import find
from giftpulse.web import FEATURES
from tests.docs.pages import HOUSE, PAGES, name_of, shell_lines, spans

ROOT: Any = typer.main.get_command(app)
TARGETS = set(re.findall(r"^([a-z]+):", (HOUSE / "Makefile").read_text(), re.MULTILINE))


def _ours(line: str) -> list[str] | None:
    """The words after ``giftpulse``, if the line calls it."""
    words = shlex.split(line, comments=True)
    while words and re.match(r"[A-Z_]+=", words[0]):
        words = words[1:]
    return words[1:] if words and words[0] in ("giftpulse", ".venv/bin/giftpulse") else None


def _shown() -> Iterator[tuple[str, list[str]]]:
    for where, line in shell_lines():
        if (words := _ours(line)) is not None:
            yield where, words
    for page in PAGES:
        for span in spans(page):
            if (words := _ours(span.replace("'", ""))) is not None:
                yield name_of(page), words


SHOWN = [(where, words) for where, words in _shown() if words]


def leaf(words: list[str]) -> tuple[Any, list[str]]:
    """The command that words call, and what is left for it. Fails if there is none."""
    command, rest = ROOT, list(words)
    while hasattr(command, "commands") and rest and not rest[0].startswith("-"):
        found = command.get_command(None, rest[0])
        assert found is not None, f"there is no command {' '.join(words)!r}"
        command, rest = found, rest[1:]
    return command, rest


@pytest.mark.parametrize(("where", "words"), SHOWN, ids=[f"{where} {' '.join(words)}" for where, words in SHOWN])
def test_commands_exist_and_take_their_options(where: str, words: list[str]) -> None:
    command, rest = leaf(words)
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    for word in rest:
        assert not word.startswith("--") or word.partition("=")[0] in {*known, "--help"}, f"{words}: no option {word}"
    if rest and not hasattr(command, "commands"):  # a name alone is only a mention
        # Reads and checks the values as a call would, and calls nothing.
        command.make_context("giftpulse", list(rest)).close()


def _leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    if not hasattr(command, "commands"):
        yield " ".join(path)
        return
    for name, inner in command.commands.items():
        yield from _leaves(inner, (*path, name))


def test_the_readme_lists_every_command_and_no_other() -> None:
    section = (HOUSE / "README.md").read_text().split("## Commands", 1)[1].split("\n## ", 1)[0]
    assert set(re.findall(r"^\| `([a-z -]+)` \|", section, re.MULTILINE)) == set(_leaves(ROOT))


def test_rounds_that_are_shown_exist() -> None:
    names = [words[1] for _, words in SHOWN if words[0] == "run" and len(words) > 1 and words[1] != "ROUND"]
    assert names
    for name in names:
        find(name)


def test_make_targets_that_are_shown_exist() -> None:
    shown = {line.split()[1] for _, line in shell_lines() if line.startswith("make ")}
    shown |= {span.split()[1] for page in PAGES for span in spans(page) if re.match(r"make [a-z]", span)}
    assert {"demo", "test", "up"} <= shown
    assert shown <= TARGETS


def test_routes_that_are_shown_exist() -> None:
    known = {
        f"{method} {route.path}" for feature in FEATURES for route in feature.router.routes for method in route.methods
    }
    shown = {
        span.split("?")[0] for page in PAGES for span in spans(page) if re.match(r"(GET|POST|PUT|PATCH|DELETE) /", span)
    }
    assert shown
    assert shown <= known
