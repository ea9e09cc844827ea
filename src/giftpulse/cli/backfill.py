"""``giftpulse backfill``: history, with a progress bar; run again, it goes on where it was broken off."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from giftpulse.cli.app import app
from giftpulse.cli.console import AsJson, err, opened, show_json, show_table
from giftpulse.cli.instants import SINCE, past
from giftpulse.ground import clock
from giftpulse.ground.presence import present
from giftpulse.logs import backfill as history
from giftpulse.twilio.failures import TwilioError
from giftpulse.twilio.records import RESOURCES

_BROKEN_OFF = "The backfill broke off. Run the same command again to go on from here."


@app.command()
def backfill(
    since: str = typer.Option(..., help=f"How far back to fetch. {SINCE}"),
    as_json: AsJson = False,
) -> None:
    """Fetch history back to a date (0:00 UTC). Rules do not see it: old failures open no alerts."""
    # Whole days, so that the same command names the same backfill, also when it says "3d".
    start = past(since, "--since", clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)
    with opened() as site, present(site, "backfill"), _progress() as tell:
        try:
            done = history.backfill(site, start, tell)
            if err.is_terminal:
                for finished in done:
                    tell(finished)
        except TwilioError:
            err.print(_BROKEN_OFF)
            raise
    if as_json:
        rows = [{"resource": p.resource, "records": p.records, "reached": p.reached.isoformat()} for p in done]
        show_json(rows)
    else:
        show_table(("resource", "records", "reached"), [(p.resource, p.records, p.reached.isoformat()) for p in done])


@contextmanager
def _progress() -> Iterator[Callable[[history.Progress], None]]:
    """How progress is told: bars on a terminal, a line per page elsewhere; on standard error in both cases."""
    if not err.is_terminal:
        yield _tell_by_line
        return
    columns = (
        TextColumn("{task.description:<9}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %  {task.fields[records]:,} records, back to {task.fields[reached]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err) as bars:
        tasks = {kind: bars.add_task(f"{kind}s", total=1.0, records=0, reached="now") for kind in RESOURCES}

        def tell(progress: history.Progress) -> None:
            reached = f"{progress.reached:%Y-%m-%d %H:%M}"
            task = tasks[progress.resource]  # type: ignore[index]  # a resource's name is its kind
            bars.update(task, completed=progress.share, records=progress.records, reached=reached)

        yield tell


def _tell_by_line(progress: history.Progress) -> None:
    share, reached = progress.share * 100, f"{progress.reached:%Y-%m-%d %H:%M}"
    err.print(f"{progress.resource}s: {share:.0f} %, {progress.records} records, back to {reached} UTC", markup=False)
