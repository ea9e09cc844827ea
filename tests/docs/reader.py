"""Somebody who reads pages, and does line by line what they say, in a folder of their own."""

import shlex
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from giftpulse.ground import clock
from tests import make
from tests.cli.terminal import run
from tests.docs.not_run import why_not
from tests.docs.pages import blocks, shell_blocks
from tests.docs.requests import ask
from tests.docs.servers import SERVERS, Server
from tests.nursery import Nursery
from tests.service import Service

Address = Callable[[], str]
PLAIN = ("chmod", "rm", "python3")
"""What the shell of the machine runs, in the reader's folder."""

AFTER_A_WHILE = (["db", "copy"],)
"""Commands for which the service must have been stopped a minute ago."""


class Reader:
    """Runs what pages show. What may be told to it: ``stand_ins``, parts of lines that are different here, such as the
    address of a database; ``moments``, what the text around a line asks for before it, by the beginning of the line;
    ``others``, who answers requests that are not for our API; ``together``, what is to be seen of the servers of one
    block; ``hurry``, options that make a simulator faster. ``said``: what each line printed last."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, settings: Mapping[str, str]) -> None:
        self._folder, self._patch = folder, patch
        self._settings: dict[str, str] = {}
        self.stand_ins: dict[str, Address] = {}
        self.answers: list[Any] = []
        self.said: dict[str, str] = {}
        self.service: Service | None = None
        self.nursery: Nursery | None = None
        self.others: dict[str, Callable[[list[str]], None]] = {}
        self.together: Callable[[list[Server]], None] = lambda _servers: None
        self.hurry: tuple[str, ...] = ()
        self.moments: dict[str, Callable[[], None]] = {}
        self._stays: list[Server] = []
        self._block: list[Server] = []
        self._exported: dict[str, str] = {}
        self._numbers = count(1)
        patch.chdir(folder)
        self.set(settings)

    def set(self, settings: Mapping[str, str]) -> None:
        """Settings from now on."""
        self._settings |= settings
        for name, value in settings.items():
            self._patch.setenv(name, value)

    def do(self, page: str) -> list[Any]:
        """Do every line of a page, in order, but those that are listed as not run. Answers what its requests were
        answered. Fails at the first that does not go well, and at one that nobody knows how to run."""
        before = len(self.answers)
        self._lay_down(page)
        for where, lines in shell_blocks():
            if where.partition(":")[0] == page:
                self._exported = {}
                for line in lines:
                    self._prose(line)
                    if why_not(page, line) is None:
                        self._line(where, line)
                self._end_of_block()
        return self.answers[before:]

    def start(self, *words: str, port: int) -> Server:
        """Start a server that stays."""
        assert self.nursery is not None
        at = self._folder / f"{words[0]}-{next(self._numbers)}"
        self._stays.append(Server(self.nursery, at, list(words), self._settings, port=port))
        self._stays[-1].is_seen()
        return self._stays[-1]

    @property
    def simulator(self) -> Server:
        """The one that a page has started."""
        return next(server for server in self._stays if server.words[0] == "simulator")

    def close(self) -> None:
        """End what is still at work."""
        while self._stays:
            self._stays.pop().ends()

    def abandon(self) -> None:
        """Leave nothing behind, whatever happened."""
        for server in (*self._stays, *self._block):
            server.is_gone()

    def _lay_down(self, page: str) -> None:
        """The files that a page shows: one ``people.csv``."""
        for block in blocks("csv"):
            if block.where.partition(":")[0] == page:
                (self._folder / "people.csv").write_text(block.text)

    def _prose(self, line: str) -> None:
        for start, act in self.moments.items():
            if line.startswith(start):
                act()

    def _line(self, where: str, line: str) -> None:
        words = shlex.split(self._here(line), comments=True)
        if not words:
            return  # a comment
        if words[0] == "export":
            self._exported |= dict(word.split("=", 1) for word in words[1:])
        elif words[0] == "curl":
            self._request(words)
        elif words[0].rpartition("/")[2] == "giftpulse":
            self._command(where, words[1:], line)
        elif words[0] in PLAIN:
            self._plain(line)
        else:
            pytest.fail(f"{where}: nobody runs {line!r}, and tests/docs/not_run.py does not say why")

    def _here(self, line: str) -> str:
        for shown, address in self.stand_ins.items():
            if shown in line:
                line = line.replace(shown, address())
        return line

    def _request(self, words: list[str]) -> None:
        url = next(word for word in words if word.startswith("http"))
        other = next((do for start, do in self.others.items() if url.startswith(start)), None)
        if other is not None:
            other(words)
            return
        assert self.service is not None
        self.answers.append(ask(self.service, words))

    def _command(self, where: str, words: list[str], line: str) -> None:
        if words[0] in SERVERS:
            self._serve(words)
            return
        later = clock.moved(timedelta(minutes=3)) if words[:2] in AFTER_A_WHILE else nullcontext()
        with later:
            result = run(*words)
        # The doctor finds that things are missing here; what it finds is tested elsewhere.
        assert result.exit_code in ((0, 1) if words[0] == "doctor" else (0,)), f"{where} {line}: {result.output}"
        self.said[line] = result.output

    def _serve(self, words: list[str]) -> None:
        assert self.nursery is not None
        exported = {name: value for name, value in self._exported.items() if name != "TOKEN"}
        more = self.hurry if words[0] == "simulator" else ()
        at = self._folder / f"{words[0]}-{next(self._numbers)}"
        server = Server(self.nursery, at, words, {**self._settings, **exported}, *more)
        (self._stays if words[0] == "simulator" else self._block).append(server)
        if words[0] == "simulator":  # the pages go on with it
            server.is_seen()
            self.set(server.settings)

    def _end_of_block(self) -> None:
        """What a block starts is seen at work together, and ended."""
        for server in self._block:
            server.is_seen()
        if self._block:
            self.together(self._block)
        for server in self._block:
            server.ends()
        self._block = []

    def _plain(self, line: str) -> None:
        ran = subprocess.run(line, shell=True, cwd=self._folder, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, f"{line}: {ran.stderr}"
        self.said[line] = ran.stdout


@contextmanager
def reading(folder: Path, settings: Mapping[str, str]) -> Iterator[Reader]:
    """A reader, whose folder and settings are those of this process while the block runs."""
    with pytest.MonkeyPatch.context() as patch:
        reader = Reader(folder, patch, {"GIFTPULSE_ADMIN_TOKEN": make.ADMIN, **settings})
        try:
            yield reader
            reader.close()
        finally:
            reader.abandon()
