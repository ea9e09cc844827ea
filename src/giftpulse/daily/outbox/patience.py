"""When to ask again for a sender that another claim has: soon at first, and less and less often. Pure.

In seconds of a clock that nobody moves (``post.steady``).
"""

_FIRST = 0.02
"""Seconds: about what a claim takes."""


class Patience:
    """How often each sender was found taken in a row, and when to ask for it again. ``longest``: seconds of a wait, at
    most."""

    def __init__(self, longest: float) -> None:
        self._longest = longest
        self._times: dict[str, int] = {}
        self._until: dict[str, float] = {}

    def wait(self, sender: str, now: float) -> float:
        """Seconds to wait still; 0: ask now."""
        return max(0.0, self._until.get(sender, now) - now)

    def taken(self, sender: str, now: float) -> float:
        """Another claim has it. Answers how many seconds to wait."""
        times = self._times[sender] = self._times.get(sender, 0) + 1
        wait = min(self._longest, _FIRST * (1 << min(times - 1, 16)))
        self._until[sender] = now + wait
        return wait

    def free(self, sender: str) -> None:
        """It was ours."""
        self._times.pop(sender, None)
        self._until.pop(sender, None)
