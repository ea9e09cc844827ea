"""The full trials, with tables of verdicts: ``make soak``. Ends with 1 when anything went wrong.

``daily`` kills senders at work, ``flow`` lets messages through a fleet; without a word both run, one after the other.
Options of one of them come after its word.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

from tests import make, postgres
from tests.soak import flow, kills


@contextmanager
def databases() -> Iterator[dict[str, str]]:
    """A new, migrated database of each kind."""
    with postgres.running(durable=True) as server, tempfile.TemporaryDirectory() as folder:
        plain = make_url(server).set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute("CREATE DATABASE soak")
        urls = {
            "SQLite": make.sqlite_url(Path(folder)),
            "Postgres": make_url(server).set(database="soak").render_as_string(hide_password=False),
        }
        for url in urls.values():
            make.site(url).close()
        yield urls


def main(arguments: list[str]) -> int:
    """Run the trials; returns the exit code."""
    if arguments[:1] == ["flow"]:
        return flow.main(arguments[1:])
    if arguments[:1] == ["daily"]:
        return daily(arguments[1:])
    return max(daily(arguments), flow.main([]))


def daily(arguments: list[str]) -> int:
    """Kill senders; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak daily", description=kills.__doc__)
    parser.add_argument("--people", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    failed = 0
    _say(f"{options.people} people, {options.kills} senders killed at work, 2 % of Twilio's answers lost")
    _say(f"{'database':<10} {'killed':>7} {'one text':>9} {'two':>5} {'none':>5} {'left open':>10} {'s':>5}  verdict")
    with databases() as urls:
        for name, url in urls.items():
            began = time.monotonic()
            verdict = kills.run(url, options.people, options.kills, options.seed)
            good = verdict.got_one == verdict.people and verdict.kills == options.kills
            failed += not good
            took = time.monotonic() - began
            texts = (
                f"{verdict.got_one:>9} {verdict.got_two:>5} {verdict.got_none:>5} {verdict.settled:>10} {took:>5.0f}"
            )
            _say(f"{name:<10} {verdict.kills:>7} {texts}  {'good' if good else 'BAD'}")
    return 1 if failed else 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
