"""What the program came to, once nothing is under way any more; and what of it must not be."""

import time
from dataclasses import dataclass

from sqlalchemy import func, select

from giftpulse.daily.editions.keep import AI, FALLBACK
from giftpulse.daily.outbox.models import DELIVERED, FAILED, PLANNED, POSTING, SKIPPED, UNDELIVERED, UNKNOWN, Delivery
from giftpulse.daily.subscribers.models import ACTIVE, OPTED_OUT, SUPPRESSED
from giftpulse.demo.program import books, tally
from giftpulse.demo.program.director import Director
from giftpulse.ground.site import Site
from giftpulse.simulator import RunningSimulator

_PATIENCE = 5.0  # seconds; what no callback has settled by then, our service asks Twilio's list about in minutes


@dataclass(frozen=True)
class ProgramSummary:
    """Counts of people, texts of days, replies. ``lost``: answers of Twilio's that were lost; ``settled``: those of
    which it is known by now what became of them. ``checked``: texts at Twilio that were compared with our books.
    ``slowest_stop``: milliseconds; None when nobody said stop. ``violations``: in words."""

    people: int
    zones: int
    joined: int
    left: int
    unreachable: int
    planned: int
    waiting: int
    sent: int
    delivered: int
    failed: int
    skipped: int
    lost: int
    settled: int
    written: int
    from_library: int
    replies: int
    by_twilio: int
    stops: int
    slowest_stop: int | None
    dangers: int
    checked: int
    violations: list[str]


def calm(site: Site, director: Director) -> None:
    """Let nobody text and nothing go out any more, and wait until nothing is under way."""
    director.stop()
    director.pause_program()
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        with site.database.read() as session:
            under_way = session.scalar(select(func.count()).where(Delivery.state.in_((POSTING, UNKNOWN))))
        if director.look() and not under_way:
            return
        time.sleep(0.1)


def sum_up(site: Site, simulator: RunningSimulator, director: Director) -> ProgramSummary:
    """Count everything, and compare both sides."""
    theirs = simulator.do(books.at_twilio)
    with site.database.read() as session:
        seen, ours = tally.look(session), books.in_our_books(session)
    times = [stop.milliseconds for stop in director.stops if stop.milliseconds is not None]
    return ProgramSummary(
        people=seen.people[ACTIVE],
        zones=seen.zones,
        joined=seen.joined,
        left=seen.people[OPTED_OUT],
        unreachable=seen.people[SUPPRESSED],
        planned=seen.texts.total(),
        waiting=seen.texts[PLANNED],
        sent=seen.handed,
        delivered=seen.texts[DELIVERED],
        failed=seen.texts[FAILED] + seen.texts[UNDELIVERED],
        skipped=seen.texts[SKIPPED],
        lost=seen.lost,
        settled=seen.settled,
        written=seen.written[AI],
        from_library=seen.written[FALLBACK],
        replies=seen.replies["twiml"] + seen.replies["rest"],
        by_twilio=seen.replies["twilio"],
        stops=len(director.stops),
        slowest_stop=round(max(times)) if times else None,
        dangers=seen.dangers,
        checked=len(theirs),
        violations=books.violations(theirs, ours, director.stops),
    )
