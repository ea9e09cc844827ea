"""The demo as a live screen, for a terminal with a person before it."""

from collections import deque
from collections.abc import Sequence

from rich.console import Console
from rich.live import Live

from giftpulse.demo.caught import Thing
from giftpulse.demo.figures import Figures, Line
from giftpulse.demo.picture import Place, Sight, picture
from giftpulse.demo.program.scenes import Scene
from giftpulse.demo.stage import Stage

_KEPT = 100


class Screen:
    """Fills the terminal while the demo runs, and gives it back at the end."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live: Live | None = None
        self._place = Place("", "", "")
        self._things: deque[Thing] = deque(maxlen=_KEPT)
        self._lines: deque[Line] = deque(maxlen=_KEPT)
        self._scenes: deque[Scene] = deque(maxlen=_KEPT)

    def begin(self, stage: Stage, notes: Sequence[str]) -> None:
        """Take the terminal."""
        self._place = Place(stage.address, stage.token, str(stage.log), notes)
        self._live = Live(console=self._console, screen=True, auto_refresh=False, redirect_stderr=False)
        self._live.start()

    def show(self, figures: Figures, things: Sequence[Thing], second: float) -> None:
        """Draw the next picture."""
        ordered = [thing for thing in things if isinstance(thing, Scene)]
        self._scenes.extend(sorted([*ordered, *figures.scenes], key=lambda scene: scene.at))
        self._things.extend(thing for thing in things if not isinstance(thing, Scene))
        self._lines.extend(figures.lines)
        if self._live is not None:
            seen = tuple(self._things), tuple(self._lines)
            sight = Sight(self._place, figures, *seen, second, tuple(self._scenes))
            self._live.update(picture(sight, self._console.size.height), refresh=True)

    def end(self) -> None:
        """Give the terminal back."""
        if self._live is not None:
            self._live.stop()
            self._console.print("Ending: one last poll ...")
