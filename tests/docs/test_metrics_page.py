"""docs/operations.md: its tables of metrics are what `/metrics` shows, name by name and label by label."""

import re
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from giftpulse import timetable
from giftpulse.daily.programs import holds
from giftpulse.daily.programs import store as programs
from giftpulse.ground import counters, runs
from giftpulse.ground.door_counts import WEBHOOKS
from giftpulse.ground.site import Site
from giftpulse.logs.models import LogCursor
from giftpulse.metrics.page import page
from tests import make
from tests.docs.pages import HOUSE

PAGE = (HOUSE / "docs" / "operations.md").read_text()
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def told(heading: str) -> dict[str, frozenset[str]]:
    """Names and labels of the table that follows."""
    part = PAGE.partition(heading)[2].partition("\n**")[0]
    rows = re.findall(r"^\| `(giftpulse_\w+)` \| (.*?) ?\| (.+) \|$", part, re.MULTILINE)
    assert all(len(meaning) >= 1 for _, _, meaning in rows)
    return {name: frozenset(re.findall(r"`(\w+)`", labels)) for name, labels, _ in rows}


def shown(families: list[Metric]) -> dict[str, frozenset[str]]:
    """The same of what is scraped."""
    found = {}
    for family in families:
        name = family.name + ("_total" if family.type == "counter" else "")
        if name.startswith("giftpulse_"):
            assert family.samples, name
            found[name] = frozenset(family.samples[0].labels) - {"le"}
    return found


def with_something_of_everything(site: Site) -> None:
    timetable.enrol(site)
    counters.request_served("GET", "/api/rules", 200, 0.1)
    WEBHOOKS.answered("/webhook/status", 204, 0.1)
    counters.twilio_answered("GET", "ok")
    with site.database.begin() as session:
        runs.note(session, "watch", NOW, None)
        session.add(LogCursor(account_sid=make.ACCOUNT, resource="message", failures=0, watermark=NOW))
        programs.create(session, {"name": "Kind Words"}, NOW)
        holds.hold(session, holds.ALL, holds.OPERATOR, "a test", NOW)


def test_the_tables_are_complete_and_true(site: Site) -> None:
    with_something_of_everything(site)
    if not site.settings.is_sqlite:
        with site.database.begin() as session:
            session.execute(text("ANALYZE log_entries"))
    installation, process = told("**Of the installation.**"), told("**Of the process that answers.**")
    found = shown(list(text_string_to_metric_families(page(site).decode())))
    if site.settings.is_sqlite:
        installation.pop("giftpulse_record_entries")
    assert {**installation, **process} == found
    assert set(process) == set(shown(list(counters.OWN.collect())))


def test_what_the_suggested_alerts_ask_for_exists() -> None:
    rules = PAGE.partition("groups:\n")[2].partition("```")[0]
    asked = set(re.findall(r"giftpulse_\w+", rules))
    assert len(asked) > 5
    assert asked <= set(told("**Of the installation.**")) | set(told("**Of the process that answers.**"))


def test_the_example_of_a_scrape_names_our_path(tmp_path: Path) -> None:
    assert "metrics_path: /metrics" in PAGE
    with closing(make.site(make.sqlite_url(tmp_path))) as site:
        assert page(site).startswith(b"# HELP ")
