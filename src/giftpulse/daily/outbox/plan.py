"""Planning: one row for each person and local date, by sets and never person by person.

The instants of a date are computed once for each audience; the database does the rest in one statement. An audience's
date is planned once (``Plan``); whoever joins, moves or comes back later has ``Subscriber.moved`` set and is planned
by that, so that a run with nothing to do looks at nobody.
"""

import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import cast

import msgspec
from sqlalchemy import Select, Table, TextClause, delete, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from giftpulse.daily.outbox.models import DAY_BITS, PLANNED, Delivery, Plan, day_number
from giftpulse.daily.programs.models import Program
from giftpulse.daily.schedule import day_plan
from giftpulse.daily.schedule.day_plan import Day, People
from giftpulse.daily.schedule.windows import Window
from giftpulse.daily.subscribers.models import Audience, Subscriber
from giftpulse.ground import bulk
from giftpulse.ground.database import announce, instant_text
from giftpulse.ground.site import Site

DUE = "daily.due"
"""The announcement that there are texts to send."""

AHEAD = timedelta(hours=30)
"""How far ahead texts are planned: the whole of the next local day, wherever it is."""

AT_ONCE = 50_000
"""People who joined or moved that are planned in one transaction."""

log = logging.getLogger(__name__)

_OLDEST_PLANNED = timedelta(days=3)  # what was planned for older dates has been given up by now
_PLANS = cast(Table, Plan.__table__)
_json = msgspec.json.Encoder()


@dataclass
class Planned:
    """What a run of planning did."""

    added: int = 0
    removed: int = 0
    days: set[date] = field(default_factory=set)

    def __iadd__(self, other: "Planned") -> "Planned":
        self.added += other.added
        self.removed += other.removed
        self.days |= other.days
        return self


def plan(site: Site, now: datetime, only: Sequence[date] | None = None) -> Planned:
    """Plan every program, each in transactions of its own. ``only``: these local dates, instead of those to come."""
    with site.database.read() as session:
        programs = session.scalars(_programs()).all()
    total = Planned()
    for program_id in programs:
        total += _plan_one(site, program_id, now, only)
    return total


def plan_anew(site: Site, now: datetime) -> None:
    """Plan the programs whose window or days were changed, and which send nothing before. The others do not wait: one
    that another process plans just now is left to it, and one that cannot be planned to the round that says so."""
    with site.database.read() as session:
        programs = session.scalars(_programs().where(Program.moved)).all()
    for program_id in programs:
        try:
            _plan_one(site, program_id, now, None, waits=False)
        except Exception as error:  # the edge: one program of several
            log.warning("a program could not be planned anew", extra={"program_id": program_id}, exc_info=error)


def _programs() -> Select[int]:
    return select(Program.id).where(Program.deleted_at.is_(None)).order_by(Program.id)


def _plan_one(
    site: Site, program_id: int, now: datetime, only: Sequence[date] | None, *, waits: bool = True
) -> Planned:
    total, more = Planned(), True
    while more:
        with site.database.begin() as session:
            done, more = plan_program(session, program_id, now, only, waits=waits)
            if done.added:
                announce(session, DUE)
        total += done
    return total


def plan_program(
    session: Session, program_id: int, now: datetime, only: Sequence[date] | None = None, *, waits: bool = True
) -> tuple[Planned, bool]:
    """One step of planning a program, and whether there is more to do. The program is locked meanwhile, so that two
    planners do not do the same twice; without ``waits``, one that somebody else has locked is left alone."""
    program = session.get(Program, program_id, with_for_update={"skip_locked": not waits})
    if program is None or program.deleted_at is not None:
        return Planned(), False
    done = Planned()
    if only is not None:
        # A date that somebody asks for: for everybody who has none yet, and no mark that would hide who joins later.
        _, dated = _days(session, program, now, only)
        return Planned(
            added=_insert(session, program_id, dated, None), days={day.local_date for _, day in dated}
        ), False
    again = program.moved
    if again:
        done.removed += _forget_all(session, program)
    fresh, all_days = _days(session, program, now, None)
    done.added += _insert_all(session, program_id, fresh, again)
    movers = _take_movers(session, program_id)
    done.removed += _forget(session, movers, now)
    done.added += _insert(session, program_id, all_days, movers)
    plans = {(audience, day.local_date) for audience, day in fresh}
    rows = [(audience, on.isoformat(), program_id, instant_text(now)) for audience, on in sorted(plans)]
    bulk.insert(session, _PLANS, ("audience_id", "local_date", "program_id", "planned_at"), rows)
    done.days = {day.local_date for _, day in all_days}
    return done, len(movers) == AT_ONCE


def people_of(audience: Audience, program: Program) -> People:
    """What matters about an audience to its days."""
    start = program.window_start if audience.window_start is None else audience.window_start
    end = program.window_end if audience.window_end is None else audience.window_end
    places = tuple(audience.jurisdictions.split(",")) if audience.jurisdictions else ()
    zones = tuple(audience.zones.split(",")) if audience.zones else ()
    return People(zones, Window(start, end), places if program.quiet_hours else None)


def holidays_of(program: Program) -> frozenset[date]:
    """The local dates that a program leaves out."""
    return frozenset(date.fromisoformat(day) for day in json.loads(program.holidays))


_Dated = list[tuple[int, Day]]


def _days(session: Session, program: Program, now: datetime, only: Sequence[date] | None) -> tuple[_Dated, _Dated]:
    """The days of all audiences, those first that were not planned before."""
    audiences = session.scalars(select(Audience).where(Audience.program_id == program.id)).all()
    planned = {(a, on) for a, on in session.execute(select(Plan.audience_id, Plan.local_date).where(
        Plan.program_id == program.id, Plan.local_date >= (now - timedelta(days=3)).date()))}  # fmt: skip
    every = [
        (audience.id, day)
        for audience in audiences
        for day in day_plan.days(
            people_of(audience, program), program.weekdays, holidays_of(program), now, AHEAD, only
        )
    ]  # fmt: skip
    return [(audience, day) for audience, day in every if (audience, day.local_date) not in planned], every


def _forget_all(session: Session, program: Program) -> int:
    """The program's own window or days changed: what is planned is planned anew."""
    program.moved = False
    session.execute(delete(Plan).where(Plan.program_id == program.id))
    gone = delete(Delivery).where(Delivery.program_id == program.id, Delivery.state == PLANNED)
    return session.execute(gone).rowcount  # type: ignore[attr-defined,no-any-return]  # a CursorResult


def _take_movers(session: Session, program_id: int) -> list[int]:
    """Those who joined, moved or came back, with their flags taken down: whoever moves from now on is found next
    time."""
    some = select(Subscriber.id).where(Subscriber.program_id == program_id, Subscriber.moved).limit(AT_ONCE)
    taken = update(Subscriber).where(Subscriber.id.in_(some.with_for_update(skip_locked=True))).values(moved=False)
    return list(session.scalars(taken.returning(Subscriber.id).execution_options(synchronize_session=False)))


def _forget(session: Session, movers: Sequence[int], now: datetime) -> int:
    """Remove what was planned for these people. A person's days are a range of the primary key: nobody else's are
    read."""
    if not movers:
        return 0
    day = day_number((now - _OLDEST_PLANNED).date())
    values = {"movers": _json.encode(movers).decode(), "day": day}
    lite = bulk.is_sqlite(session)
    done = session.execute(_FORGET[lite], values)
    return int(done.rowcount)  # type: ignore[attr-defined]  # a CursorResult


def _insert_all(session: Session, program_id: int, dated: _Dated, again: bool) -> int:
    """Rows for whole audiences. Usually nobody in them has one, and the database need not ask for each; when somebody
    has (their date was sent in a zone that they left), it is done once more with asking. ``again``: surely so."""
    if not again:
        try:
            with session.begin_nested():
                return _insert(session, program_id, dated, None, ask=False)
        except IntegrityError:
            pass
    return _insert(session, program_id, dated, None)


def _insert(session: Session, program_id: int, dated: _Dated, movers: Sequence[int] | None, *, ask: bool = True) -> int:
    """Rows for the days of whole audiences, or only of the ``movers`` among them. Where it is not to ``ask`` who has
    one
    already, those who moved are left out: they may."""
    if not dated or (movers is not None and not movers):
        return 0
    values: dict[str, object] = {"program": program_id, "days": _json.encode(list(_packed(dated))).decode()}
    if movers is not None:
        values["movers"] = _json.encode(movers).decode()
    lite = bulk.is_sqlite(session)
    done = session.execute(_INSERT[lite, movers is not None, ask], values)
    # SQLite's driver does not count what begins with WITH.
    return int(session.scalar(_CHANGES) if lite else done.rowcount)  # type: ignore[attr-defined]  # a CursorResult


def _packed(dated: _Dated) -> Iterator[tuple[int, str, int, int, str, int]]:
    for audience, day in dated:
        on, end = day.local_date, instant_text(day.window_end)
        yield audience, on.isoformat(), day.start_epoch, day.length, end, day_number(on)


# The same instants as ``spread.at_epoch``: whole numbers of 64 bits.
_SEND_AT = {
    False: "to_timestamp(w.start_epoch + s.share * w.length / 2147483648)",
    True: "strftime('%Y-%m-%dT%H:%M:%S.000000+00:00', w.start_epoch + s.share * w.length / 2147483648, 'unixepoch')",
}
_DAYS = {
    False: "SELECT (e->>0)::bigint AS audience_id, (e->>1)::date AS local_date, (e->>2)::bigint AS start_epoch, "
    "(e->>3)::bigint AS length, (e->>4)::timestamptz AS window_end, (e->>5)::bigint AS day "
    "FROM jsonb_array_elements(CAST(:days AS jsonb)) AS e",
    True: "SELECT value->>0 AS audience_id, value->>1 AS local_date, value->>2 AS start_epoch, value->>3 AS length, "
    "value->>4 AS window_end, value->>5 AS day FROM json_each(:days)",
}
_MOVERS = {
    False: "s.id IN (SELECT m::bigint FROM jsonb_array_elements_text(CAST(:movers AS jsonb)) AS m)",
    True: "s.id IN (SELECT value FROM json_each(:movers))",
}


def _statement(sqlite: bool, only_movers: bool, ask: bool) -> TextClause:
    who = _MOVERS[sqlite] if only_movers else "1 = 1" if ask else "NOT s.moved"
    return text(
        f"WITH w AS MATERIALIZED ({_DAYS[sqlite]}) "  # noqa: S608  # constants of this file
        "INSERT INTO deliveries "
        "(id, program_id, subscriber_id, audience_id, local_date, send_at, window_end, state, attempts) "
        f"SELECT s.id * {1 << DAY_BITS} + w.day, s.program_id, s.id, s.audience_id, w.local_date, {_SEND_AT[sqlite]}, "
        "w.window_end, 'planned', 0 FROM w JOIN subscribers s ON s.audience_id = w.audience_id "
        f"WHERE s.program_id = :program AND s.status = 'active' AND {who}"
        + (" ON CONFLICT (id) DO NOTHING" if ask else "")
    )


_EACH = {
    False: "(SELECT m::bigint AS value FROM jsonb_array_elements_text(CAST(:movers AS jsonb)) AS m)",
    True: "json_each(:movers)",
}
_THEIR_DAYS = f"d.id >= m.value * {1 << DAY_BITS} + :day AND d.id < (m.value + 1) * {1 << DAY_BITS}"
_FORGET = {
    # Postgres knows nothing of how few days a person has planned: it is told to look by the key, person by person.
    False: text(
        "DELETE FROM deliveries WHERE state = 'planned' AND id = ANY(ARRAY("  # noqa: S608  # constants of this file
        f"SELECT theirs.id FROM {_EACH[False]} AS m CROSS JOIN LATERAL (SELECT d.id FROM deliveries d "
        f"WHERE {_THEIR_DAYS} AND d.state = 'planned' OFFSET 0) AS theirs))"
    ),
    True: text(
        "DELETE FROM deliveries WHERE id IN (SELECT d.id FROM "  # noqa: S608  # the same
        f"{_EACH[True]} AS m JOIN deliveries d ON {_THEIR_DAYS} WHERE d.state = 'planned') AND state = 'planned'"
    ),
}
_CHANGES = text("SELECT changes()")
_BOTH = (False, True)
_INSERT = {(lite, some, ask): _statement(lite, some, ask) for lite in _BOTH for some in _BOTH for ask in _BOTH}
