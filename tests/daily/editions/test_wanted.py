"""Which texts are missing: the wishes of people are counted seldom, and heard soon enough."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import event

from giftpulse.daily.editions.wanted import REMEMBERED, jobs
from giftpulse.ground.site import Site
from tests.daily.editions import made
from tests.make import NOON

ROUND = timedelta(minutes=5)


@contextmanager
def counting(site: Site) -> Iterator[list[str]]:
    """The statements that read people, as they go."""
    seen: list[str] = []

    def heard(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "FROM subscribers" in statement:
            seen.append(statement)

    event.listen(site.database.engine, "before_cursor_execute", heard)
    yield seen
    event.remove(site.database.engine, "before_cursor_execute", heard)


def languages(site: Site, now: datetime, program_id: int | None = None) -> set[str]:
    """The languages of the texts that are missing for today."""
    with site.database.read() as session:
        found = jobs(session, now, timedelta(), program_id)
    return {job.slot.language for job in found}


def test_people_are_not_read_on_every_round(site: Site) -> None:
    one, two = made.program(site), made.program(site, slug="evening", name="Evening")
    for number, program in enumerate((one, two, two)):
        made.subscriber(site, program, number, language="es")
    with counting(site) as read:
        for at in range(4):  # twenty minutes
            assert languages(site, NOON + at * ROUND) == {"en", "es"}
        assert len(read) == 4, "each program twice"
        languages(site, NOON + 3 * ROUND)
        assert len(read) == 4, "a round that is woken early reads nobody"


def test_a_new_wish_is_heard_within_ten_minutes_and_at_once_by_whoever_asks_for_the_program(site: Site) -> None:
    program = made.program(site)
    assert languages(site, NOON) == {"en"}
    made.subscriber(site, program, 1, language="es")
    assert languages(site, NOON + ROUND, program.id) == {"en", "es"}
    assert languages(site, NOON + ROUND) == {"en"}
    assert timedelta(minutes=10) >= REMEMBERED
    assert languages(site, NOON + 2 * ROUND) == {"en", "es"}


def test_a_clock_that_was_set_back_makes_nobody_wait(site: Site) -> None:
    program = made.program(site)
    assert languages(site, NOON + timedelta(hours=2)) == {"en"}
    made.subscriber(site, program, 1, language="es")
    assert languages(site, NOON) == {"en", "es"}
