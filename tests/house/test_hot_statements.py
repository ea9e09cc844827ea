"""What is asked all day finds its rows by an index, on a Postgres that knows how big its tables are.

Texts, record and people are some thousands, the least at which reading all of a table is dearer than an index. What
must read much of a table anyway (searching, planning, retention) is not judged; ``python -m bench.explain`` shows it.
"""

from collections.abc import Iterator
from contextlib import closing

import pytest

from bench.explain_asked import asked
from bench.explain_fill import NOW, fill
from bench.explain_watch import watch, watching
from giftpulse.ground import clock
from tests import make

PEOPLE = 4000
BIG = {"deliveries", "log_entries", "log_changes", "subscribers", "consent_events", "notes"}
BY_INDEX = (
    "readers: claim", "readers: settle", "readers: owed", "chase list", "a log by SID, with its history",
    "logs related to one", "settle: claim", "notes: claim", "notes: questions that wait", "which text a message is",
    "which text a message is: none of ours", "export of a person", "erasure of a person", "sign-up: an address",
    "sign-up: a number", "GET /api/logs: cursor=900000", "GET /api/messages: all", "GET /api/messages: state=failed",
    "GET /api/subscribers: phone", "GET /api/subscribers: status", "GET /api/inbox: handled", "GET /api/inbox: danger",
    "GET /api/inbox: subscriber_id", "alerts: close what is quiet", "notices: claim", "health", "plan: a second run",
)  # fmt: skip


@pytest.fixture
def read_whole(postgres_url: str) -> Iterator[dict[str, set[str]]]:
    """For each thing that is asked, the big tables that were read from one end to the other."""
    with closing(make.site(postgres_url, migrated=True)) as site:
        fill(site, PEOPLE)
        watch(site.database.engine)
        found = {}
        with clock.stopped(NOW):
            for what, does in asked(site):
                with watching() as seen:
                    does()
                found[what] = {table for each in seen for table in each.scanned} & BIG
        yield found


def test_what_is_asked_all_day_finds_its_rows_by_an_index(read_whole: dict[str, set[str]]) -> None:
    assert {what: read_whole[what] for what in BY_INDEX if read_whole[what]} == {}
    # Of its chain of changes Postgres cannot tell the length, and thinks that it is as long as this small table.
    assert read_whole["why"] <= {"log_changes"}
    assert read_whole["GET /api/logs: q=777"] == {"log_entries"}, "it can be seen when a table is read whole"
