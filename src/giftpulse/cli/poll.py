"""``giftpulse poll-logs`` and ``giftpulse process-logs``: one pull, and one match pass, by hand."""

from typing import Any

import typer
from sqlalchemy import func, select

from giftpulse import timetable
from giftpulse.cli.app import app
from giftpulse.cli.console import AsJson, opened, out, show_facts, show_json, show_table
from giftpulse.cli.instants import SINCE, past
from giftpulse.ground import clock
from giftpulse.ground.errors import SettingsError
from giftpulse.ground.presence import present
from giftpulse.ground.site import Site
from giftpulse.logs import pull, readers
from giftpulse.logs.pull import Pulled
from giftpulse.monitor import match, rounds
from giftpulse.monitor.match import Matched
from giftpulse.monitor.notify.models import PENDING, Notification
from giftpulse.monitor.rules.catalogue import Catalogue
from giftpulse.twilio.accounts import account_of

NO_ACCOUNT = "TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN: expected, for without them nothing can be asked of Twilio"


@app.command()
def poll_logs(
    since: str | None = typer.Option(None, help=f"How far back to look, instead of since the last poll. {SINCE}"),
    as_json: AsJson = False,
) -> None:
    """Fetch messages, calls and alerts from Twilio once."""
    cutoff = past(since, "--since", clock.now()) if since is not None else None
    with opened() as site, present(site, "poll-logs"):
        if account_of(site.settings) is None:
            raise SettingsError(NO_ACCOUNT)
        timetable.enrol(site)
        rows = [_row(pulled) for pulled in pull.pull(site, since=cutoff)]
    if as_json:
        show_json(rows)
    else:
        columns = ("resource", "pages", "new", "changed", "unchanged", "rejected", "trouble")
        show_table(columns, [(*list(row.values())[:6], row["error"] or row["skipped"]) for row in rows])
    if any(row["error"] for row in rows):
        raise typer.Exit(1)


def _row(pulled: Pulled) -> dict[str, Any]:
    written = pulled.written
    return {
        "resource": pulled.resource,
        "pages": pulled.pages,
        "new": written.new,
        "changed": written.changed,
        "unchanged": written.unchanged,
        "rejected": pulled.rejected,
        "error": pulled.error,
        "skipped": pulled.skipped,
    }


@app.command()
def process_logs(as_json: AsJson = False) -> None:
    """Match all that is new in the record against the rules, until nothing is owed. Sends nothing."""
    with opened() as site, present(site, "process-logs"):
        timetable.enrol(site)
        total = _match_all(site)
        with site.database.read() as session:
            owed, _ = readers.owed_since(session, match.READER)
            waiting = session.scalar(select(func.count()).where(Notification.state == PENDING)) or 0
    done = {
        "batches": total.batches,
        "changes": total.changes,
        "matches": total.matches,
        "alerts_opened": total.opened,
        "batches_still_owed": owed,
        "notifications_waiting": waiting,
    }
    if as_json:
        show_json(done)
        return
    show_facts({name.replace("_", " "): number for name, number in done.items()})
    if owed:
        out.print("What is still owed is being worked on by another process.")
    if waiting:
        out.print("Notifications are sent by `giftpulse up`, or by `giftpulse run notify`.")


def _match_all(site: Site) -> Matched:
    catalogue, total = Catalogue(), Matched()
    while (done := match.match_some(site, catalogue)).batches:
        total.batches += done.batches
        total.changes += done.changes
        total.matches += done.matches
        total.opened += done.opened
    rounds.decide(site)
    return total
