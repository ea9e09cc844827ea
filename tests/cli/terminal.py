"""A terminal to type commands into: in this process, or in one of its own."""

import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import typer.main
import typer.testing
from typer.testing import CliRunner, Result

import giftpulse.__main__ as entry
from giftpulse.cli.app import app
from giftpulse.ground.bulletin import Bulletin
from giftpulse.ground.database import Database
from giftpulse.ground.settings import Settings
from giftpulse.simulator import RunningSimulator

# Where bytecode is not kept (`make` keeps it), each process would compile everything anew; here the first one does.
_BYTECODE = tempfile.TemporaryDirectory(prefix="giftpulse-bytecode-")
FAST = {"PYTHONPYCACHEPREFIX": _BYTECODE.name, "PYTHONDONTWRITEBYTECODE": ""} if sys.dont_write_bytecode else {}

# Typer's runner builds all commands anew for each one that it runs, which takes as long as many a command itself.
vars(typer.testing)["_get_command"] = cache(typer.main.get_command)

VARIABLES = tuple(name.upper() for name in Settings.model_fields)


def command_names() -> set[str]:
    """Every command, as ``rules export``; the modules that add them are loaded by ``giftpulse.__main__``."""
    assert entry.COMMANDS
    names: set[str] = set()
    root: Any = typer.main.get_command(app)
    for name, command in root.commands.items():
        inner = getattr(command, "commands", None)
        names |= {name} if inner is None else {f"{name} {sub}" for sub in inner}
    return names


def run(*typed: str, typing: str | None = None) -> Result:
    """Run a command in this process. An error that is not ours is raised, as it would show a traceback."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        result = CliRunner().invoke(app, list(typed), input=typing, env={"COLUMNS": "200"})
    finally:  # a command logs to the terminal that it was given, which is closed by now
        root.handlers[:] = handlers
        root.setLevel(level)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def told(*typed: str, exit_code: int = 0, typing: str | None = None) -> Any:
    """The JSON that a command prints: its whole standard output."""
    result = run(*typed, "--json", typing=typing)
    assert result.exit_code == exit_code, result.output
    return json.loads(result.stdout)


def error_of(*typed: str, typing: str | None = None) -> str:
    """What a command that must fail says; nothing of it on standard output."""
    result = run(*typed, typing=typing)
    assert result.exit_code == 1, result.output
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    return result.stderr


def point_at(simulator: RunningSimulator) -> dict[str, str]:
    """The settings that make a simulator our Twilio."""
    return {
        "TWILIO_API_URL": simulator.url,
        "TWILIO_MONITOR_URL": simulator.url,
        "TWILIO_ACCOUNT_SID": simulator.account_sid,
        "TWILIO_AUTH_TOKEN": simulator.auth_token,
    }


def database(path: Path) -> Database:
    """The database that commands in a directory work on."""
    return Database(f"sqlite:///{path / 'giftpulse.db'}", bulletin=Bulletin())


def spawn(at: Path, *typed: str, **variables: str) -> subprocess.Popen[str]:
    """A command in a process of its own, in a directory of its own, with these settings and no others."""
    kept = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    return subprocess.Popen(
        [sys.executable, "-m", "giftpulse", *typed],
        cwd=at,
        env={**kept, **FAST, "PYTHONUNBUFFERED": "1", **variables},
        stdout=subprocess.PIPE,
        stderr=(at / "stderr.txt").open("w"),
        text=True,
    )


def wait_for(path: Path, words: str, process: subprocess.Popen[str], seconds: float = 30.0) -> str:
    """The first line of a file with these words, as soon as it is there."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        for line in path.read_text().splitlines():
            if words in line:
                return line
        time.sleep(0.05)
    raise AssertionError(f"{words!r} did not come; the process said: {path.read_text()}")


def get(url: str, token: str | None = None) -> Any:
    """The JSON at an address, once it answers."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    for attempt in range(50):
        try:
            with urlopen(Request(url, headers=headers), timeout=10) as answer:
                return json.load(answer)
        except URLError:
            if attempt == 49:
                raise
            time.sleep(0.1)
    raise AssertionError
