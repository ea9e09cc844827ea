"""How much memory the processes of a fleet hold, sampled; and whether it grows."""

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.chaos.cast import Role

_PAGE = 4096


def resident(roles: Sequence[Role]) -> dict[str, int]:
    """Resident bytes by role: of its process and all that it has forked."""
    leaders = {role.process.pid: role.name for role in roles if role.process is not None}
    held = dict.fromkeys(leaders.values(), 0)
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            group = int((folder / "stat").read_text().rpartition(")")[2].split()[2])
            if group in leaders:
                held[leaders[group]] += int((folder / "statm").read_text().split()[1]) * _PAGE
        except OSError:  # it has ended meanwhile
            continue
    return held


def growth(samples: Sequence[Mapping[str, int]], warm: float) -> dict[str, tuple[float, float]]:
    """By role: megabytes at the end, and percent of growth since the warm-up, the first share ``warm`` of the time.

    Each end is the median of a tenth of the samples, for garbage comes and goes.
    """
    rest = samples[int(len(samples) * warm) :]
    tenth = max(1, len(rest) // 10)
    grown = {}
    for name in rest[0]:
        first = statistics.median(each[name] for each in rest[:tenth])
        last = statistics.median(each[name] for each in rest[-tenth:])
        grown[name] = (last / 1e6, 100 * (last - first) / first)
    return grown
