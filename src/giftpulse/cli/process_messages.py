"""``giftpulse process-messages``: send what is due, by hand."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import typer

from giftpulse import timetable
from giftpulse.cli.app import app
from giftpulse.cli.console import AsJson, err, opened, out, show_facts, show_json, show_table
from giftpulse.cli.dates import INSTANT, read_instant
from giftpulse.daily.outbox import expire, plan, send
from giftpulse.daily.outbox.send import Sent
from giftpulse.daily.outbox.waiting import Waiting, waiting
from giftpulse.daily.programs import holds
from giftpulse.ground import clock
from giftpulse.ground.errors import InvalidInputError, SettingsError
from giftpulse.ground.presence import present
from giftpulse.ground.settings import Settings
from giftpulse.ground.site import Site
from giftpulse.twilio.accounts import account_of
from giftpulse.twilio.nearness import is_on_loopback

FURTHEST = timedelta(hours=26)
"""How far from the real time ``--now`` may be where a real Twilio listens: two texts of a person are a day apart, and
local dates up to 26 hours."""

_NO_ACCOUNT = "TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN: expected, for texts are sent by Twilio"
_TOLD_EVERY = 5.0  # seconds, where no terminal shows the line


@app.command()
def process_messages(
    at: str | None = typer.Option(None, "--now", help=f"As if it were then. {INSTANT}"), as_json: AsJson = False
) -> None:
    """Send what is due until nothing is due, then end. Says what is left, and what that waits for."""
    with opened() as site:
        if account_of(site.settings) is None:
            raise SettingsError(_NO_ACCOUNT)
        with present(site, "process-messages"), clock.moved(_shift(site.settings, at)):
            timetable.enrol(site)
            plan.plan_anew(site, clock.now())
            expired = expire.expire(site)
            with _progress() as tell:
                done = send.drain(site, tell)
            left, stopped = _left(site)
    facts = _facts(done, expired)
    rows = [_row(each) for each in left]
    if as_json:
        show_json({**facts, "waiting": rows, "held": stopped})
    else:
        show_facts({name.replace("_", " "): number for name, number in facts.items()})
        if rows:
            out.print()
            show_table(("program", "due", "since", "waits for"), [tuple(row.values()) for row in rows])
    if stopped:
        err.print(f"Everything is held: {stopped}", markup=False)
        raise typer.Exit(1)


def _shift(settings: Settings, at: str | None) -> timedelta:
    if at is None:
        return timedelta()
    shift = read_instant(at, "--now") - clock.now()
    if abs(shift) > FURTHEST and not is_on_loopback(settings):
        hours = FURTHEST // timedelta(hours=1)
        reason = f"expected an instant within {hours} hours of now, for TWILIO_API_URL is not on loopback"
        raise InvalidInputError.at("--now", reason)
    return shift


def _left(site: Site) -> tuple[list[Waiting], str | None]:
    """What is still due, and why everything is held, if it is."""
    with site.database.read() as session:
        now = clock.now()
        everything = [held for held in holds.open_holds(session, now) if held.scope == holds.ALL]
        return waiting(session, site.settings, now), everything[0].reason if everything else None


def _facts(done: Sent, expired: int) -> dict[str, Any]:
    return {
        "accepted": done.accepted,
        "refused": done.refused,
        "unknown": done.unknown,
        "put_back": done.put_back,
        "skipped": done.skipped + expired,
    }


def _row(each: Waiting) -> dict[str, Any]:
    since = each.oldest.isoformat(timespec="seconds")
    return {"program": each.program.name, "due": each.due, "since": since, "waits_for": each.why or "its turn"}


@contextmanager
def _progress() -> Iterator[Callable[[Sent], None]]:
    """How progress is told: one line that changes on a terminal, a line now and then elsewhere; on standard error."""
    if err.is_terminal:
        with err.status("sending") as line:
            yield lambda sent: line.update(_told(sent))
        return
    last = time.monotonic()

    def tell(sent: Sent) -> None:
        nonlocal last
        if time.monotonic() - last >= _TOLD_EVERY:
            last = time.monotonic()
            err.print(_told(sent), markup=False)

    yield tell


def _told(sent: Sent) -> str:
    waits = f"; waiting for {sent.waits_for}" if sent.waits_for else ""
    return f"{sent.accepted} accepted, {sent.refused} refused, {sent.unknown} unknown, {sent.skipped} skipped{waits}"
