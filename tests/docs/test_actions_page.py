"""docs/actions.md: names, filters, limits, and a signature that its sample code checks."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from giftpulse.ground.clock import Stopped
from giftpulse.ground.site import Site
from giftpulse.monitor import rounds
from giftpulse.monitor.actions import store as actions
from giftpulse.monitor.channels import payload, webhook
from giftpulse.monitor.channels.notice import TEMPLATE_NAMES, Notice, sample_notice
from giftpulse.monitor.notify.backoff import Policy
from giftpulse.monitor.notify.models import Notification
from giftpulse.monitor.rules import store as rules
from giftpulse.monitor.templates import budget, render
from giftpulse.monitor.templates.sandbox import Sandbox
from tests import make
from tests.docs.pages import HOUSE, blocks, table

PAGE = (HOUSE / "docs" / "actions.md").read_text()
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_every_name_of_templates_is_told() -> None:
    shown = {name for names, _ in table("docs/actions.md", "names") for name in re.findall(r"\w+", names)}
    assert shown == TEMPLATE_NAMES


def test_every_filter_is_told() -> None:
    listed = PAGE.split("<!-- filters -->", 1)[1].strip().split("\n\n", 1)[0]
    known = {name for name in Sandbox(autoescape=False).filters if not name.startswith("_")}
    assert set(re.findall(r"`(\w+)`", listed)) == known


def test_the_payload_shown_has_what_a_real_one_has(lite: Site, time: Stopped) -> None:
    (shown,) = [json.loads(block.text) for block in blocks("json") if '"type": "alert.' in block.text]
    sent = payload.default_payload(_notice_of_a_failure(lite, time))
    assert list(shown) == list(sent)
    assert set(shown["data"]) == set(sent["data"])
    assert set(shown["data"]["logs"][0]) == set(sent["data"]["logs"][0])
    kinds = {key: type(value) for key, value in sent["data"].items() if value is not None}
    assert {key: type(shown["data"][key]) for key in kinds if shown["data"][key] is not None} == {
        key: kind for key, kind in kinds.items() if shown["data"][key] is not None
    }


def _notice_of_a_failure(site: Site, time: Stopped) -> Notice:
    """A rule, an action, a text that fails, and the notice that comes of it."""
    rounds.enrol(site)
    action = {"action_type": "email", "enabled": True, "config": {"recipients": ["ops@example.com"]}}
    with site.database.begin() as session:
        rules.create(session, {"name": "Texts fail", "pattern_type": "error_code", "pattern_value": "30003"}, time())
        actions.create(session, site, action, time())
    make.take(site, make.message(status="undelivered", error_code=30003))
    rounds.watch(site)
    with site.database.read() as session:
        written = session.scalars(select(Notification)).one()
    return Notice(written.notice_id, written.reason, json.loads(written.alert), time())


def test_the_sample_checks_our_signature() -> None:
    is_genuine = _sample()
    body, _, _ = payload.body_of(sample_notice("firing"), None)
    now = datetime.now(UTC)
    headers = {name.lower(): text for name, text in payload.signature_headers("msg_1", now, body, SECRET).items()}
    assert is_genuine(SECRET, headers, body)
    assert not is_genuine(SECRET, headers, body + b" ")
    assert not is_genuine(payload.new_secret(), headers, body)
    two = {**headers, **payload.signature_headers("msg_1", now, body, f"{payload.new_secret()} {SECRET}")}
    assert is_genuine(SECRET, two, body)
    assert not is_genuine(SECRET, {**headers, "webhook-timestamp": "1"}, body)


def _sample() -> Callable[[str, dict[str, str], bytes], bool]:
    (code,) = [block.text for block in blocks("python") if block.where.startswith("docs/actions.md")]
    scope: dict[str, Any] = {}
    exec(compile(code, "docs/actions.md", "exec"), scope)
    checked: Callable[[str, dict[str, str], bytes], bool] = scope["is_genuine"]
    return checked


def test_the_limits_are_true() -> None:
    for number in (
        render.MAX_TEMPLATE, render.MAX_STRUCTURE, budget.MAX_TEXT, budget.MAX_STEPS, render.MAX_LEAVES,
        render.MAX_SUBJECT, webhook.MAX_HEADERS,
    ):  # fmt: skip
        assert re.search(rf"\b{number:,}\b", PAGE), number
    assert f"{budget.MAX_CPU_SECONDS} s" in PAGE


def test_the_waits_are_true() -> None:
    units = {"s": 1, "min": 60, "h": 3600}
    line = PAGE.split("after 5 s", 1)[1].split("give or take", 1)[0]
    waits = [int(number) * units[unit] for number, unit in re.findall(r"(\d+) (s|min|h)\b", "5 s" + line)]
    assert waits == [wait.total_seconds() for wait in Policy().schedule]
