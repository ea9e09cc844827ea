"""Metrics: what Prometheus reads is what was done, in all processes, and one part that fails takes no other along."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import event, insert

from giftpulse import timetable
from giftpulse.daily.editions.models import WritingAttempt
from giftpulse.daily.outbox.models import PLANNED, UNKNOWN, Delivery, delivery_id
from giftpulse.daily.programs import holds
from giftpulse.daily.programs import store as programs
from giftpulse.daily.programs.models import Program, Sender
from giftpulse.ground import clock, runs
from giftpulse.ground.access import create_token
from giftpulse.ground.counters import OWN
from giftpulse.ground.site import Site
from giftpulse.logs.models import LogCursor
from giftpulse.metrics import page
from giftpulse.timetable import Notebook
from tests import make
from tests.service import Service, serving
from tests.web import seeded
from tests.web.plain import send

SENDER = "+15005550006"


@pytest.fixture(autouse=True)
def _never_cached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "CACHED_FOR", 0.0)


@pytest.fixture
def enrolled(site: Site) -> Site:
    timetable.enrol(site)
    return site


@pytest.fixture
def service(site: Site) -> Iterator[Service]:
    with serving(site) as running:
        yield running


class Scrape:
    """What one scrape says."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.families: dict[str, Metric] = {family.name: family for family in text_string_to_metric_families(text)}
        samples = [sample for family in self.families.values() for sample in family.samples]
        self.values = {(s.name, frozenset(s.labels.items())): s.value for s in samples}
        assert len(self.values) == len(samples), "a series is there twice"

    def __call__(self, name: str, **labels: str) -> float | None:
        return self.values.get((f"giftpulse_{name}", frozenset(labels.items())))


def scraped(site: Site) -> Scrape:
    return Scrape(page.page(site).decode())


def program(site: Site, name: str = "Kind Words", **changes: Any) -> int:
    with site.database.begin() as session:
        return programs.create(session, {"name": name, "sender": SENDER, **changes}, clock.now()).id


def text_of(program_id: int, person: int, state: str, **changes: Any) -> dict[str, Any]:
    now = clock.now()
    return {
        "id": delivery_id(person, now.date()), "program_id": program_id, "subscriber_id": person, "audience_id": 1,
        "local_date": now.date(), "send_at": now, "window_end": now, "state": state, "attempts": 0, **changes,
    }  # fmt: skip


def test_a_token_is_needed_and_one_that_reads_is_enough(service: Service) -> None:
    assert send(service, "GET", "/metrics", headers={}).status == 401
    assert send(service, "GET", "/metrics", headers={"Authorization": "Bearer gp_unknown"}).status == 401
    with service.site.database.begin() as session:
        token = create_token(session, "prometheus", "read", clock.now())
    answer = send(service, "GET", "/metrics", headers={"Authorization": f"Bearer {token}"})
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    assert Scrape(answer.body.decode())("scrape_errors", part="rounds") == 0


def test_everything_has_a_meaning_and_a_proper_name(enrolled: Site) -> None:
    seeded.everything(enrolled)
    told = scraped(enrolled)
    assert len(told.families) > 40
    for name, family in told.families.items():
        assert name.startswith(("giftpulse_", "process_")), name
        assert len(family.documentation) > 20, name
        assert family.type in ("counter", "gauge", "histogram"), name
        assert not name.endswith(("_count", "_sum", "_bucket", "_info")) or name == "giftpulse_build_info"
        if "seconds" in family.documentation.lower().split()[:1]:
            assert name.endswith("_seconds"), name


def test_no_number_and_no_secret_is_told(enrolled: Site) -> None:
    seeded.everything(enrolled)
    program(enrolled)
    with enrolled.database.begin() as session:
        holds.hold(session, holds.of_sender(SENDER), holds.BREAKER, "too many of +12125550123 failed", clock.now())
        session.add(Sender(sender=SENDER, free_at=clock.now() + timedelta(seconds=90)))
    text = scraped(enrolled).text
    for secret in ("5005550006", "2125550123", make.TOKEN, make.ADMIN, "/hook"):
        assert secret not in text, secret


def test_rounds_are_those_of_all_processes(enrolled: Site, time: clock.Stopped) -> None:
    first, second = Notebook(enrolled), Notebook(enrolled)
    first.note("watch", None, 0.04)
    second.note("watch", "OSError: no way", 2.0)
    first.alive("notify")
    time.move(seconds=90)
    second.note("watch", None, 0.04, more=True)
    time.move(seconds=10)
    told = scraped(enrolled)
    assert (told("round_runs_total", round="watch"), told("round_failures_total", round="watch")) == (3, 1)
    assert told("round_duration_seconds_count", round="watch") == 3
    assert told("round_duration_seconds_sum", round="watch") == pytest.approx(2.08)
    assert told("round_duration_seconds_bucket", round="watch", le="0.01") == 0
    assert told("round_duration_seconds_bucket", round="watch", le="0.05") == 2
    assert told("round_duration_seconds_bucket", round="watch", le="5.0") == 3
    assert told("round_lag_seconds", round="watch") == 10
    assert told("round_last_run_timestamp_seconds", round="watch") == make.NOON.timestamp() + 90
    assert told("round_last_success_timestamp_seconds", round="watch") == make.NOON.timestamp() + 90
    assert told("round_more_waiting", round="watch") == 1
    assert told("round_consecutive_failures", round="watch") == 0
    assert (told("round_runs_total", round="notify"), told("round_lag_seconds", round="notify")) == (0, 100)
    assert told("round_interval_seconds", round="pull") == 300
    assert told("round_runs_total", round="pull") is None


def test_sources_and_readers_that_are_behind(enrolled: Site, time: clock.Stopped) -> None:
    with enrolled.database.begin() as session:
        seen = {"account_sid": make.ACCOUNT, "watermark": clock.now()}
        session.add(LogCursor(resource="message", failures=7, **seen))
        session.add(LogCursor(resource="alert", failures=0, account_sid=make.ACCOUNT))
    make.take(enrolled, make.message(), make.message(), now=clock.now())
    time.move(seconds=1000)
    told = scraped(enrolled)
    message = {"account": make.ACCOUNT, "resource": "message"}
    assert told("source_lag_seconds", **message) == 1000
    assert told("source_watermark_timestamp_seconds", **message) == make.NOON.timestamp()
    assert (told("source_consecutive_failures", **message), told("source_unseen", **message)) == (7, 1)
    alert = {**message, "resource": "alert"}
    assert (told("source_lag_seconds", **alert), told("source_unseen", **alert)) == (None, 0)
    for reader in ("match", "delivery", "inbound"):
        assert told("owed_batches", reader=reader) == 1
        assert told("owed_changes", reader=reader) == 2
        assert told("owed_oldest_age_seconds", reader=reader) == 1000
    assert (told("record_batches_total") or 0) >= 1
    seeded.watched(enrolled)
    told = scraped(enrolled)
    assert (told("owed_batches", reader="match"), told("owed_oldest_age_seconds", reader="match")) == (0, 0)


def test_alerts_and_notifications(enrolled: Site) -> None:
    assert scraped(enrolled)("alerts_open", severity="critical", state="firing") == 0
    seeded.everything(enrolled)
    told = scraped(enrolled)
    with serving(enrolled) as service:
        open_now = service.get("/api/alerts", state="open")["items"]
        pending = service.get("/api/notifications", state="pending")["total"]
        everything = service.get("/api/notifications")["total"]
    for severity in ("info", "warning", "critical"):
        for state in ("firing", "acknowledged"):
            number = len([a for a in open_now if (a["severity"], a["state"]) == (severity, state)])
            assert told("alerts_open", severity=severity, state=state) == number
    assert len(open_now) > 0
    assert told("notifications_pending") == told("notifications_recent", state="pending") == pending > 0
    recent = [told("notifications_recent", state=s) or 0 for s in ("pending", "sent", "failed", "dropped")]
    assert sum(recent) == everything
    assert told("blind") == 0


def test_the_outbox_of_texts(enrolled: Site, time: clock.Stopped) -> None:
    first, second = program(enrolled), program(enrolled, "Other Words", sender="MG" + "0" * 32)
    now = clock.now()
    rows = [
        text_of(first, 1, PLANNED, send_at=now - timedelta(seconds=40)),
        text_of(first, 2, PLANNED, send_at=now - timedelta(seconds=20)),
        text_of(first, 3, PLANNED, send_at=now + timedelta(seconds=1)),
        text_of(first, 4, UNKNOWN),
        text_of(second, 5, "delivered"),
    ]
    with enrolled.database.begin() as session:
        session.execute(insert(Delivery), rows)
        session.add(Sender(sender=SENDER, free_at=now + timedelta(seconds=30)))
        holds.hold(session, holds.ALL, holds.ACCOUNT, "no", now)
        holds.hold(session, holds.of_program(session.get_one(Program, first)), holds.OPERATOR, "no", now)
    told = scraped(enrolled)
    slugs = {"program": "kind-words"}, {"program": "other-words"}
    assert [told("texts_due", **slug) for slug in slugs] == [2, 0]
    assert [told("texts_oldest_due_age_seconds", **slug) for slug in slugs] == [40, 0]
    assert told("texts_open", state="unknown", **slugs[0]) == 1
    assert told("texts_open", state="posting", **slugs[0]) == told("texts_open", state="unknown", **slugs[1]) == 0
    assert [told("sender_busy_seconds", **slug) for slug in slugs] == [30, 0]
    assert told("sender_pace_segments_per_second", **slugs[0]) is not None
    assert told("holds", scope="all", cause="account") == told("holds", scope="program", cause="operator") == 1
    assert told("notes_due") == 0


def test_what_writing_cost_today(enrolled: Site, time: clock.Stopped) -> None:
    wrote = {
        "program_id": 1, "local_date": clock.now().date(), "language": "en", "theme": "", "model": "m", "reason": "",
        "outcome": "taken", "prompt_tokens": 100, "completion_tokens": 20, "cost_micros": 2500, "milliseconds": 1,
    }  # fmt: skip
    with enrolled.database.begin() as session:
        session.add(WritingAttempt(at=clock.now(), **wrote))
        session.add(WritingAttempt(at=clock.now() - timedelta(days=1), **wrote))
    told = scraped(enrolled)
    assert (told("openai_tokens_today"), told("openai_cost_dollars_today")) == (120, 0.0025)
    assert told("openai_requests_last_minute") == 1
    assert told("openai_tokens_limit") == enrolled.settings.openai_daily_token_limit


def own(name: str, **labels: str) -> float:
    return OWN.get_sample_value(f"giftpulse_{name}", labels) or 0


def test_requests_are_counted_by_their_route_and_status(service: Service) -> None:
    found = {"method": "GET", "route": "/api/rules/{rule_id}", "status": "404"}
    lost = {"method": "GET", "route": "none", "status": "404"}
    before = own("http_requests_total", **found), own("http_requests_total", **lost)
    for path in ("/api/rules/17", "/api/rules/18", "/wp-admin", "/.git"):
        assert service.call("GET", path)[0] == 404
    # What is counted is counted after the answer has gone.
    service.eventually(lambda: own("http_requests_total", **found) == before[0] + 2)
    service.eventually(lambda: own("http_requests_total", **lost) == before[1] + 2)
    assert own("http_request_duration_seconds_count", method="GET", route="/api/rules/{rule_id}") >= 2
    send(service, "BREW", "/api/rules/17")
    text = send(service, "GET", "/metrics").body.decode()
    assert "/api/rules/17" not in text
    assert "BREW" not in text
    assert "wp-admin" not in text


def test_webhooks_are_counted_by_door_and_status(service: Service) -> None:
    taken, refused = ({"door": "/webhook/status", "status": status} for status in ("204", "403"))
    before = own("webhooks_total", **taken), own("webhooks_total", **refused)
    form = {"MessageSid": make.sid(), "MessageStatus": "sent", "AccountSid": make.ACCOUNT}
    assert service.webhook("/webhook/status", form) == 204
    assert service.webhook("/webhook/status", form, signature="no") == 403
    service.eventually(lambda: own("webhooks_total", **taken) == before[0] + 1)
    service.eventually(lambda: own("webhooks_total", **refused) == before[1] + 1)
    assert own("webhook_duration_seconds_count", door="/webhook/status") >= 2
    assert own("webhooks_in_flight") == 0


def test_one_part_that_fails_takes_no_other_along(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    with service.site.database.begin() as session:
        session.connection().exec_driver_sql("ALTER TABLE alerts RENAME TO elsewhere")
    told = Scrape(send(service, "GET", "/metrics").body.decode())
    assert told("scrape_errors", part="telling") == 1
    assert "giftpulse_alerts_open" not in told.families
    for part in set(page.PARTS) - {"telling"}:
        assert told("scrape_errors", part=part) == 0
    assert told("owed_batches", reader="match") == 0
    assert told("openai_tokens_today") == 0


def queries_of(site: Site) -> int:
    seen = []

    def see(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(site.database.engine, "before_cursor_execute", see)
    try:
        page.page(site)
    finally:
        event.remove(site.database.engine, "before_cursor_execute", see)
    return len(seen)


def test_a_scrape_is_as_many_queries_for_one_program_as_for_fifty(enrolled: Site) -> None:
    program(enrolled)
    few = queries_of(enrolled)
    for number in range(49):
        program(enrolled, f"Program {number}", sender=f"+1500555{number:04d}")
    seeded.everything(enrolled)
    with enrolled.database.begin() as session:
        runs.note(session, "watch", clock.now(), None)
    assert queries_of(enrolled) == few < 25


def test_many_who_scrape_at_once_ask_the_database_once(enrolled: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "CACHED_FOR", 60.0)
    page.page(enrolled)
    assert queries_of(enrolled) == 0
    monkeypatch.setattr(page, "CACHED_FOR", 0.0)
    assert queries_of(enrolled) > 0
