"""An installation on Postgres as it is after some weeks: people, their texts, the record of them, alerts and notices.

All rows are made by the database itself (``explain_fill.sql``). Texts of 40, 2 and 1 days ago, and those of today until
an hour ago, are sent.
"""

from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from bench import plan as bench_plan
from giftpulse.daily.outbox import plan
from giftpulse.ground import clock
from giftpulse.ground.site import Site
from giftpulse.timetable import enrol
from tests.web import seeded

PLANNED_AT = datetime.fromisoformat("2026-11-20T00:00:00+00:00")
NOW = PLANNED_AT + timedelta(hours=20)
SENDER = "+15005550006"

_STATEMENTS = Path(__file__).with_name("explain_fill.sql").read_text().split(";\n")


def fill(site: Site, people: int) -> int:
    """Fill a migrated, empty database; answers the program's id. 100,000 people: half a million texts."""
    with clock.stopped(PLANNED_AT):
        program = bench_plan.populate(site, people)
        plan.plan(site, PLANNED_AT)
        enrol(site)
        seeded.action(site, seeded.rule(site))
    values = {
        "now": NOW, "program": program, "sender": SENDER, "account": site.settings.twilio_account_sid, "people": people,
        "batch": 1000,
    }  # fmt: skip
    with site.database.begin() as session:
        for statement in filter(str.strip, _STATEMENTS):
            session.execute(text(statement), values)
    with site.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    return program
