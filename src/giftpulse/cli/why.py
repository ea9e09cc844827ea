"""``giftpulse why``: the story of one person."""

import typer

from giftpulse.cli.app import app
from giftpulse.cli.console import AsJson, opened, out, show_facts, show_json, show_table
from giftpulse.cli.dates import DATE, read_date
from giftpulse.daily.insight.schemas import story_out
from giftpulse.daily.why import Chapter, timeline
from giftpulse.ground import clock, phone


@app.command()
def why(
    number: str = typer.Argument(metavar="NUMBER", help="The number, such as +15551234567"),
    on: str | None = typer.Option(None, "--date", help=f"Of one date, instead of 7 days back and 2 ahead. {DATE}"),
    as_json: AsJson = False,
) -> None:
    """Say why somebody got a text, or none: everything about them in order, each line with its reason."""
    local_date = None if on is None else read_date(on, "--date")
    with opened() as site:
        wanted = phone.normalise(number, "NUMBER", phone.country(site.settings.twilio_from_number))
        with site.database.read() as session:
            chapters = timeline(session, site, wanted, clock.now(), local_date).chapters
            if as_json:
                stories = [story_out(chapter).model_dump(mode="json") for chapter in chapters]
    if as_json:
        show_json(stories)
        return
    for chapter in chapters:
        _show(chapter)


def _show(chapter: Chapter) -> None:
    one, program = chapter.subscriber, chapter.program
    show_facts(
        {
            "person": f"{one.phone} ({one.first_name})" if one.first_name else one.phone,
            "program": program.name,
            "status": f"{one.status}: {one.status_reason}",
            "zone": f"{one.timezone or 'unknown'} (by {one.timezone_source})",
            "paused until": one.paused_until and f"{one.paused_until:%Y-%m-%d %H:%M} UTC",
            "failures": f"{one.failures} in a row, the last one {one.failure_code}" if one.failures else None,
            "dates": f"{chapter.dates[0]} to {chapter.dates[-1]}",
        }
    )
    out.print()
    rows = [
        (f"{line.at:%Y-%m-%d %H:%M:%S} UTC", line.what, line.why if line.text is None else f'{line.why}: "{line.text}"')
        for line in chapter.lines
    ]
    show_table(("at", "what", "why"), rows, "Nothing is known.")
    out.print()
