"""``giftpulse run`` and ``giftpulse rounds``: the timetable, one round at a time (cron, EventBridge)."""

import logging
import time

import typer

from giftpulse import timetable
from giftpulse.cli.app import app
from giftpulse.cli.console import AsJson, opened, out, show_json, show_table
from giftpulse.ground import clock, runs
from giftpulse.ground.errors import GiftPulseError
from giftpulse.ground.presence import present
from giftpulse.ground.site import Site
from giftpulse.steps import span_of
from giftpulse.timetable import ROUNDS, Notebook, Round

log = logging.getLogger(__name__)


class RoundFailedError(GiftPulseError):
    """A round ended with an error; it is noted, and the round is tried again at its next time."""


@app.command()
def run(
    name: str = typer.Argument(metavar="ROUND", help="Name of a round; `giftpulse rounds` lists them"),
    drain: bool = typer.Option(False, help="Go on until no work is waiting"),
    as_json: AsJson = False,
) -> None:
    """Run one round once, for cron and other schedulers."""
    each = timetable.find(name)
    with opened() as site, present(site, f"run {each.name}"):
        timetable.enrol(site)
        began = time.perf_counter()
        more, steps = _noted(site, each), 1
        while more and drain:
            more, steps = _noted(site, each), steps + 1
        seconds = round(time.perf_counter() - began, 3)
    if as_json:
        show_json({"round": each.name, "steps": steps, "seconds": seconds, "more": more})
    else:
        out.print(f"{each.name}: done in {seconds} s" + ("; more is waiting" if more else ""))


def _noted(site: Site, each: Round) -> bool:
    """Run a step of a round and write down how it went."""
    notebook, began = Notebook(site), time.perf_counter()
    try:
        with span_of(each) as span:
            more = each.run(site)
            span.note({"giftpulse.more": more})
    except Exception as error:
        log.debug("the round's traceback", exc_info=error)
        notebook.note(each.name, f"{type(error).__name__}: {error}", time.perf_counter() - began)
        if isinstance(error, GiftPulseError):
            raise
        raise RoundFailedError(f"the round {each.name!r} failed: {type(error).__name__}: {error}") from error
    notebook.note(each.name, None, time.perf_counter() - began, more=more)
    return more


@app.command("rounds")
def list_rounds(as_json: AsJson = False) -> None:
    """List the rounds: what they do, how often, when each ran last and how long ago."""
    with opened() as site, site.database.read() as session:
        known, now = runs.all_runs(session), clock.now()
        rows = [_row(site, each, known.get(each.name), now.timestamp()) for each in ROUNDS]
    if as_json:
        show_json(rows)
        return
    columns = ("round", "every", "last run", "lag", "failures", "does")
    show_table(
        columns,
        [
            (
                row["round"],
                f"{row['interval_seconds']:g} s",
                row["last_run_at"] or "never",
                "" if row["lag_seconds"] is None else f"{row['lag_seconds']:.0f} s",
                row["failures"] and f"{row['failures']}: {row['last_error']}",
                row["does"],
            )
            for row in rows
        ],
    )


def _row(site: Site, each: Round, last: runs.RoundRun | None, now: float) -> dict[str, object]:
    success = last.last_success_at if last else None
    return {
        "round": each.name,
        "does": each.does,
        "interval_seconds": each.every(site.settings).total_seconds(),
        "wakes_on": list(each.wakes_on),
        "last_run_at": last.last_run_at.isoformat(timespec="seconds") if last else None,
        "last_success_at": success.isoformat(timespec="seconds") if success else None,
        "lag_seconds": round(now - last.last_run_at.timestamp(), 1) if last else None,
        "failures": last.failures if last else 0,
        "last_error": last.last_error if last else None,
    }
