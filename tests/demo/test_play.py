"""The whole demo in this process, for a moment: what it shows, how it ends, and what it leaves."""

import io
import logging
import os
import signal
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from rich.console import Console

from giftpulse.cli.serve import listener
from giftpulse.demo.caught import Thing
from giftpulse.demo.figures import Figures
from giftpulse.demo.play import Wishes, play
from giftpulse.demo.screen import Screen
from giftpulse.demo.stage import Stage
from giftpulse.ground.errors import SettingsError


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary directories are made."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate() if not thread.name.startswith(("asyncio", "ThreadPool"))}


def test_it_ends_by_itself_with_a_whole_record_and_leaves_nothing(folder: Path) -> None:
    before, handlers = threads(), logging.root.handlers[:]
    to = io.StringIO()
    screen = Screen(Console(file=to, width=100, height=40, force_terminal=True))
    summary = play(listener("127.0.0.1", 0), Wishes(speed=20, seconds=4), screen, ["a note"])
    assert summary.is_complete
    assert summary.twilio == summary.ours
    assert summary.ours["message"] > 180
    assert summary.ours["call"] > 20
    assert {"callback", "events", "poll", "sent", "inbound"} <= set(summary.changes)
    assert summary.troubles == 0
    assert summary.is_clean
    program = summary.program
    assert program.people > 290
    assert program.zones > 30
    assert program.written >= 15
    assert program.joined >= 1
    assert program.sent == program.checked >= 5
    assert program.planned > program.sent
    assert "GiftPulse demo" in to.getvalue()
    assert "a note" in to.getvalue()
    assert list(folder.iterdir()) == []
    assert threads() == before
    assert logging.root.handlers == handlers


class Impatient:
    """A display whose person ends the demo at the second look, or which breaks there."""

    def __init__(self, number: int | None) -> None:
        self.number = number
        self.looks = 0
        self.ended = False
        self.address = ""

    def begin(self, stage: Stage, notes: Sequence[str]) -> None:
        self.address = stage.address

    def show(self, figures: Figures, things: Sequence[Thing], second: float) -> None:
        self.looks += 1
        if self.looks == 2:
            if self.number is None:
                raise BrokenPipeError
            os.kill(os.getpid(), self.number)

    def end(self) -> None:
        self.ended = True


@pytest.mark.no_cover  # what it starts and ends is the same as above
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_cleanly(folder: Path, number: signal.Signals) -> None:
    handler, display = signal.getsignal(number), Impatient(number)
    summary = play(listener("127.0.0.1", 0), Wishes(), display)
    assert display.looks == 2
    assert display.ended
    assert summary.is_complete
    assert list(folder.iterdir()) == []
    assert signal.getsignal(number) == handler


@pytest.mark.no_cover
def test_a_display_that_breaks_takes_everything_down_with_it(folder: Path) -> None:
    before, display = threads(), Impatient(None)
    with pytest.raises(BrokenPipeError):
        play(listener("127.0.0.1", 0), Wishes(), display)
    assert display.ended
    assert list(folder.iterdir()) == []
    assert threads() == before
    port = int(display.address.rpartition(":")[2])
    listener("127.0.0.1", port).close()


def test_an_address_that_is_not_ours_is_refused() -> None:
    with pytest.raises(SettingsError):
        listener("192.0.2.1", 0)
