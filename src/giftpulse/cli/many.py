"""``giftpulse worker`` and ``giftpulse beat``: the rounds on many machines, over Redis."""

import os
import runpy
import sys
from enum import StrEnum

import typer

from giftpulse import timetable
from giftpulse.cli.app import app
from giftpulse.cli.console import err, opened
from giftpulse.ground import settings
from giftpulse.queues import chosen
from giftpulse.worker.needs import redis_of


class Pool(StrEnum):
    """What a worker runs rounds in."""

    PREFORK = "prefork"
    THREADS = "threads"


@app.command()
def worker(
    concurrency: int = typer.Option(8, min=1, max=256, help="Rounds at a time"),
    queues: str | None = typer.Option(None, help="Queues to take from, with commas; all by default"),
    pool: Pool = typer.Option(Pool.PREFORK, help="Run rounds in processes (prefork) or threads"),
) -> None:
    """Run rounds as they are asked for, beside other workers. Needs Postgres and REDIS_URL."""
    names = chosen(queues)
    _check()
    err.print(f"[bold]GiftPulse[/] worker: {concurrency} rounds at a time, queues {', '.join(names)}")
    options = ["--concurrency", str(concurrency), "--queues", ",".join(names), "--pool", pool.value]
    # What workers would tell each other, nobody here asks for.
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    _become("worker", "--hostname", f"worker-{os.getpid()}@%h", *options, *quiet)


@app.command()
def beat() -> None:
    """Tick: ask for each round when it is due. Of several, one ticks and the others wait to take over."""
    _check()
    err.print("[bold]GiftPulse[/] beat")
    _become("beat")


def _check() -> None:
    """Say what is wrong before Celery begins, in our words."""
    redis_of(settings.load())
    with opened() as site:
        timetable.enrol(site)


def _become(*words: str) -> None:
    """Go on as ``python -m celery``, in this very process: signals reach it, and its exit code is ours. Every other
    command starts without having loaded Celery."""
    sys.argv = ["celery", "--quiet", "--app", "giftpulse.worker", *words]
    runpy.run_module("celery", run_name="__main__", alter_sys=True)
