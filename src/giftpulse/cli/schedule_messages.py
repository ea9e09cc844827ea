"""``giftpulse schedule-messages``: plan who gets which text when, by hand."""

from datetime import date

import typer
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from giftpulse.cli.app import app
from giftpulse.cli.console import AsJson, opened, out, show_json, show_table
from giftpulse.cli.dates import DATE, read_date
from giftpulse.daily.outbox import plan
from giftpulse.daily.outbox.models import PLANNED, Delivery
from giftpulse.ground import clock
from giftpulse.ground.presence import present


@app.command()
def schedule_messages(
    on: str | None = typer.Option(None, "--date", help=f"Plan this date alone, however far ahead. {DATE}"),
    as_json: AsJson = False,
) -> None:
    """Plan the texts of the next 30 hours, or of one date. Run again, it plans what is new and nothing twice."""
    only = None if on is None else [read_date(on, "--date")]
    with opened() as site, present(site, "schedule-messages"):
        done = plan.plan(site, clock.now(), only)
        with site.database.read() as session:
            dates = _waiting(session)
    rows = [{"date": day.isoformat(), "planned": number} for day, number in dates]
    if as_json:
        show_json({"added": done.added, "removed": done.removed, "dates": rows})
        return
    out.print(f"{done.added} texts planned; {done.removed} that were planned for another time or place taken back")
    show_table(("date", "texts that wait to be sent"), [tuple(row.values()) for row in rows], "No text is planned.")


def _waiting(session: Session) -> list[tuple[date, int]]:
    counted = select(Delivery.local_date, func.count()).where(Delivery.state == PLANNED)
    rows = session.execute(counted.group_by(Delivery.local_date).order_by(Delivery.local_date))
    return [(day, number) for day, number in rows]
