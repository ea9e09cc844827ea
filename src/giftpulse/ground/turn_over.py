"""What a round that stays is told when only its turn is over: its process goes on."""

import threading
from collections.abc import Callable


class TurnOver(threading.Event):
    """Begin nothing new. What is under way may end by itself, for as long as ``process_ends`` answers no."""

    def __init__(self, process_ends: Callable[[], bool]) -> None:
        super().__init__()
        self.process_ends = process_ends


def hurries(stop: threading.Event | None) -> bool:
    """Whether whoever is told to stop has to end within seconds."""
    return not isinstance(stop, TurnOver) or stop.process_ends()
