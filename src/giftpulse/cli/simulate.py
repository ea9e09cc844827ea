"""``giftpulse simulate``: a dry run of a local date."""

from datetime import timedelta

import typer

from giftpulse.cli.app import app
from giftpulse.cli.console import AsJson, opened, out, show_facts, show_json, show_table
from giftpulse.cli.dates import DATE, read_date
from giftpulse.daily.insight.forecast_schemas import ForecastOut, SenderDayOut, forecast_out
from giftpulse.daily.programs import store as programs
from giftpulse.daily.simulate import simulate as dry_run
from giftpulse.ground import clock
from giftpulse.ground.errors import NotFoundError


@app.command()
def simulate(
    on: str | None = typer.Option(None, "--date", help=f"By default tomorrow's (UTC). {DATE}"),
    program: str | None = typer.Option(None, "--program", help="One program, by its slug; by default all"),
    as_json: AsJson = False,
) -> None:
    """Say what a date will look like: people, segments and cost by zone and hour, who is skipped. Changes nothing."""
    now = clock.now()
    local_date = (now + timedelta(days=1)).date() if on is None else read_date(on, "--date")
    with opened() as site, site.database.read() as session:
        found = None if program is None else programs.by_slug(session, program)
        if program is not None and found is None:
            raise NotFoundError(f"there is no program {program!r}")
        told = forecast_out(dry_run(session, site, local_date, now, None if found is None else found.id))
    if as_json:
        show_json(told.model_dump(mode="json"))
    else:
        _show(told)


def _show(told: ForecastOut) -> None:
    show_facts(
        {
            "date": told.local_date,
            "programs": ", ".join(told.programs) or "none",
            "people": told.people,
            "texts": told.texts,
            "segments": told.segments,
            "cost": f"{told.cost:.2f} {told.unit}",
        }
    )
    hours = [(each.zone, f"{each.hour:02}:00", each.people, each.texts, each.segments) for each in told.hours]
    for columns, rows in (
        (("zone", "hour", "people", "texts", "segments"), hours),
        (("sender", "segments", "a second", "cost", "first (UTC)", "done (UTC)", "inside of all windows"),
         [_sender(each, told.unit) for each in told.senders]),
        (("text for", "people", "state", "edition", "words"),
         [(f"{each.program}, {each.language}{f', {each.theme}' if each.theme else ''}", each.people,
           "missing: the library steps in" if each.state == "missing" else each.state, each.edition_id, each.text)
          for each in told.needed]),
        (("who gets nothing", "people"), list(told.skipped.items())),
        (("problem",), [(each,) for each in told.problems]),
        (("assumed",), [(each,) for each in told.assumptions]),
    ):  # fmt: skip
        if rows:
            out.print()
            show_table(columns, rows)


def _sender(each: SenderDayOut, unit: str) -> tuple[object, ...]:
    first, done = (f"{at:%m-%d %H:%M}" if at else "" for at in (each.first_at, each.finish_at))
    fits = "yes" if each.fits else f"no, {each.late} texts are late"
    cost = f"{each.cost:.2f} {unit}"
    return each.sender, each.segments, f"{each.segments_per_second:g}", cost, first, done, fits
