"""How many people get a text in which quarter of an hour: counted by the database, never person by person.

The instants are those of planning (``outbox/plan.py``): the same formula, the same shares.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import TextClause, func, or_, select, text
from sqlalchemy.orm import Session

from giftpulse.daily.outbox.gate import TOO_LATE
from giftpulse.daily.programs.models import Program
from giftpulse.daily.schedule.day_plan import Day
from giftpulse.daily.subscribers.models import ACTIVE, ERASED, Subscriber
from giftpulse.ground import bulk

QUARTER = 900
"""Seconds. All zones are whole quarters of an hour away from UTC."""

_json = msgspec.json.Encoder()


class Group(NamedTuple):
    """People of an audience whose texts are due in one quarter of an hour and are alike: the same language, theme and
    country, with or without the footer. ``quarter`` counts from the epoch; ``first`` and ``last`` are seconds of the
    epoch. ``paused``: over the whole rest of the window, by themselves."""

    audience_id: int
    quarter: int
    language: str | None
    theme: str | None
    country: str | None
    footer: bool
    paused: bool
    people: int
    first: int
    last: int


def groups(session: Session, program: Program, days: Sequence[tuple[int, Day]], local_date: date) -> list[Group]:
    """The active people of these audiences, each with the day that is planned for it."""
    if not days:
        return []
    rows = [
        (audience, day.start_epoch, day.length, _epoch(day.window_end) - TOO_LATE.seconds) for audience, day in days
    ]
    with_footer = program.footer_every > 0 and program.footer != ""
    values: dict[str, Any] = {
        "days": _json.encode(rows).decode(),
        "program": program.id,
        "ordinal": local_date.toordinal(),
        "every": program.footer_every if with_footer else 1,
        "turn": 0 if with_footer else 1,  # what no remainder of 1 is: nobody
    }
    counted = session.execute(_COUNTED[bulk.is_sqlite(session)], values)
    return [Group(*row)._replace(footer=bool(row.footer), paused=bool(row.paused)) for row in counted]


def left_out(session: Session, program_id: int, without_day: Iterable[int]) -> Sequence[tuple[int, str, int]]:
    """How many people of each audience are in which state, of those that get nothing: who is not active, and everybody
    in an audience ``without_day``. The erased are nobody."""
    key = (Subscriber.audience_id, Subscriber.status)
    nothing = or_(Subscriber.status != ACTIVE, Subscriber.audience_id.in_(list(without_day)))
    asked = select(*key, func.count()).where(Subscriber.program_id == program_id, Subscriber.status != ERASED, nothing)
    return [(audience, status, number) for audience, status, number in session.execute(asked.group_by(*key))]


def _epoch(moment: datetime) -> int:
    return int(moment.timestamp())


_DAYS = {
    False: "SELECT (e->>0)::bigint AS audience_id, (e->>1)::bigint AS start_epoch, (e->>2)::bigint AS length, "
    "(e->>3)::bigint AS until FROM jsonb_array_elements(CAST(:days AS jsonb)) AS e",
    True: "SELECT value->>0 AS audience_id, value->>1 AS start_epoch, value->>2 AS length, value->>3 AS until "
    "FROM json_each(:days)",
}
_PAUSE = {
    False: "extract(epoch FROM s.paused_until)::bigint",
    True: "CAST(strftime('%s', s.paused_until) AS INTEGER)",
}
_LATER = {False: "greatest", True: "max"}


def _statement(sqlite: bool) -> TextClause:
    due, pause = "w.start_epoch + s.share * w.length / 2147483648", _PAUSE[sqlite]
    return text(
        f"WITH w AS MATERIALIZED ({_DAYS[sqlite]}), each AS ("  # noqa: S608  # constants of this file
        "SELECT s.audience_id, s.language, s.theme, s.country, (s.share + :ordinal) % :every = :turn AS footer, "
        f"s.paused_until IS NOT NULL AND {pause} > w.until AS paused, "
        f"CASE WHEN s.paused_until IS NULL OR {pause} > w.until THEN {due} "
        f"ELSE {_LATER[sqlite]}({due}, {pause}) END AS at "
        "FROM w JOIN subscribers s ON s.audience_id = w.audience_id "
        "WHERE s.program_id = :program AND s.status = 'active') "
        f"SELECT audience_id, at / {QUARTER} AS quarter, language, theme, country, footer, paused, count(*), "
        "min(at), max(at) "
        "FROM each GROUP BY 1, 2, 3, 4, 5, 6, 7"
    )


_COUNTED = {lite: _statement(lite) for lite in (False, True)}
