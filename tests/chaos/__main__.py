"""The fleet beaten at length, with a table of verdicts: ``make chaos``. Ends with 1 when anything went wrong."""

import argparse
import logging
import signal
import sys
import time

from rich.console import Console
from rich.table import Table

from tests.chaos import trial, verdict
from tests.chaos.trial import Outcome, Wishes


def main(arguments: list[str]) -> int:
    """Run the trial; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="for how long blows are dealt")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of the dice; a new one each time")
    parser.add_argument("--rate", type=float, default=20.0, help="happenings of the account a second")
    parser.add_argument("--people", type=int, default=500, help="whose texts are due meanwhile")
    parser.add_argument("--hasten", action="store_true", help="do not wait for the leases of the dead to run out")
    options = parser.parse_args(arguments)
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the fleet ends with us
    patience = 90.0 if options.hasten else 600.0
    seconds = options.minutes * 60
    wishes = Wishes(seconds, options.seed, options.rate, options.people, hasten=options.hasten, patience=patience)
    tell(f"seed {options.seed}")
    outcome = trial.run(wishes, tell)
    _show_blows(outcome)
    return 0 if verdict.show(f"Verdict, seed {options.seed}", outcome.lines) else 1


def _show_blows(outcome: Outcome) -> None:
    table = Table(title="Blows", title_justify="left")
    for head in ("kind", "dealt", "hit something alive"):
        table.add_column(head)
    for kind, dealt in sorted(outcome.tally.dealt.items()):
        table.add_row(kind, str(dealt), str(outcome.tally.hit[kind]))
    Console(width=140).print(table)
    ended = ", ".join(f"{number} {kind}" for kind, number in sorted(outcome.ended_by_themselves.items()))
    tell(f"Ended by themselves, and started again (kind: exit code): {ended or 'none'}")


def tell(line: str) -> None:
    """A line of how it goes."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
