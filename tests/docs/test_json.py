"""What the pages show in JSON is taken by the service as it stands."""

import json
import re
from typing import Any

import pytest

from giftpulse.monitor.alerts.schemas import SilenceIn
from giftpulse.monitor.channels.registry import channel_for
from giftpulse.monitor.rules.parse import parse_rule
from tests.docs.not_run import JOURNEYS
from tests.docs.pages import blocks, shell_lines

SHOWN = [(block.where, block.text) for block in blocks("json")]


def check(data: Any) -> str:
    """Take JSON as the service does; answers what it was taken for."""
    if "condition" in data or "pattern_type" in data:
        parse_rule(data)
        return "rule"
    if "action_type" in data:
        channel_for(data["action_type"]).check(data["config"])
        return "action"
    if "ends_at" in data:
        SilenceIn.model_validate(data)
        return "silence"
    assert set(data) == {"type", "timestamp", "data"}, "JSON of a kind that no test knows"
    return "payload"


@pytest.mark.parametrize(("where", "text"), SHOWN, ids=[where for where, _ in SHOWN])
def test_json_of_the_pages_is_accepted(where: str, text: str) -> None:
    assert check(json.loads(text)) in ("rule", "action", "silence", "payload")


def test_every_request_that_sends_something_is_made_by_a_test() -> None:
    sent = [where for where, line in shell_lines() if line.startswith("curl") and " -d " in line]
    assert len(sent) >= 3
    assert {where.partition(":")[0] for where in sent} <= {page for pages in JOURNEYS.values() for page in pages}


def test_the_pages_show_both_forms_and_both_channels() -> None:
    everything = "".join(text for _, text in SHOWN)
    assert re.findall(r'"pattern_type"', everything)
    assert re.findall(r'"condition"', everything)
    assert {'"email"', '"webhook"'} <= set(re.findall(r'"action_type": ("\w+")', everything))
