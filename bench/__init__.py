"""Speed, measured against limits and peers in one run. ``python -m bench [name ...] [--quick]``.

A bench is a module of this package with a function ``run(quick: bool) -> Iterator[Figure]``. It checks its own
results (a wrong result raises) and never judges a time: a figure below its floor is shown, not failed.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One line of the table: ``value`` of ``unit``, what it was measured on, and what we are after (at least)."""

    what: str
    value: float
    unit: str
    note: str = ""
    floor: float | None = None
    goal: float | None = None

    def verdict(self) -> str:
        """How the value stands to goal and floor, in words; empty when there is neither."""
        if self.goal is not None and self.value >= self.goal:
            return f"goal {self.goal:,.0f} met"
        if self.floor is not None:
            met = "met" if self.value >= self.floor else "MISSED"
            goal = f", goal {self.goal:,.0f}" if self.goal is not None else ""
            return f"floor {self.floor:,.0f} {met}{goal}"
        return "" if self.goal is None else f"below the goal {self.goal:,.0f}"
