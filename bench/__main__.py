"""Runs benches and prints one table for each."""

import argparse
import importlib
import os
import pkgutil
import platform
import sys
import time
from collections.abc import Callable, Iterator

import bench
from bench import Figure
from giftpulse.ground import runtime

Run = Callable[[bool], Iterator[Figure]]


def benches() -> dict[str, tuple[str, Run]]:
    """Name, title and function of every bench in this package."""
    found: dict[str, tuple[str, Run]] = {}
    for module in pkgutil.iter_modules(bench.__path__):
        if module.name == "__main__":
            continue
        loaded = importlib.import_module(f"bench.{module.name}")
        if run := getattr(loaded, "run", None):
            title = (loaded.__doc__ or module.name).strip().splitlines()[0]
            found[module.name] = (title, run)
    return found


def _shown(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.1f}"


def _print_line(figure: Figure) -> None:
    tail = "; ".join(part for part in (figure.verdict(), figure.note) if part)
    print(f"  {figure.what:<46} {_shown(figure.value):>12} {figure.unit:<14} {tail}", flush=True)


def main(arguments: list[str]) -> int:
    """Run the benches that are named, or all; returns the exit code."""
    known = benches()
    parser = argparse.ArgumentParser(prog="python -m bench", description=bench.__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"one of: {', '.join(sorted(known))}")
    parser.add_argument("--quick", action="store_true", help="less work, rougher figures")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.names if name not in known]
    if unknown:
        parser.error(f"unknown bench: {', '.join(unknown)}; expected {', '.join(sorted(known))}")
    runtime.tune()  # as the commands of the service are
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}")
    for name in options.names or sorted(known):
        title, run = known[name]
        started = time.perf_counter()
        print(f"\n{name}: {title}", flush=True)
        for figure in run(options.quick):
            _print_line(figure)
        print(f"  ({time.perf_counter() - started:.0f} s)", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
