"""What templates see of a notice."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from giftpulse.monitor.channels.notice import TEMPLATE_NAMES, Notice, sample_notice, template_values

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def values_of(**alert: Any) -> dict[str, Any]:
    return template_values(Notice("msg_1", "firing", alert, NOW))


def test_every_name_is_there_even_for_an_empty_alert() -> None:
    values = values_of()
    assert values.keys() == TEMPLATE_NAMES
    assert values["error_code"] is None
    assert (values["logs"], values["log"], values["group"]) == ([], {}, {})
    assert values["timestamp"] == "2026-11-22T12:00:00+00:00"


def test_the_old_names_come_from_the_first_sample() -> None:
    values = template_values(sample_notice())
    assert values["from_number"] == "+15005550006"
    assert values["to_number"] == "+15005550009"
    assert values["log_type"] == "message"
    assert values["twilio_sid"].startswith("SM")
    assert values["error_code"] == 30003
    assert values["error_message"] == "The handset could not be reached"
    assert values["timestamp"] == "2026-01-02T03:04:05+00:00"
    assert values["log"] == values["logs"][0]
    assert values["alert"]["rule_name"] == values["rule_name"] == "Sample rule"


def test_the_alert_wins_over_its_sample() -> None:
    values = values_of(error_code=21610, logs=[{"error_code": 30003, "error_meaning": "unreachable"}])
    assert values["error_code"] == 21610
    assert values["error_message"] == "unreachable"


def test_only_plain_data_of_bounded_size_comes_out() -> None:
    class Secret:
        password = "hunter2"

        def __str__(self) -> str:
            return "a secret"

    class Text(str):
        __slots__ = ("password",)

    round_about: dict[str, Any] = {}
    round_about["self"] = round_about
    values = values_of(
        group={"a": Secret(), 1: NOW},
        summary=Text("x" * 10_000),
        count=10**30,
        logs=[{"body": "\ud83d", "n": n} for n in range(1000)] + ["no dict"],
        extra=round_about,
        late=True,
        labels={"b", "c"},
    )
    assert values["group"] == {"a": "a secret", "1": str(NOW)}
    assert type(values["summary"]) is str
    assert len(values["summary"]) == 4000
    assert values["count"] == str(10**30)
    assert len(values["logs"]) == 10
    assert values["log"]["body"] == "?"
    assert values["late"] is True
    assert sorted(values["labels"]) == ["b", "c"]
    assert json.loads(json.dumps(values)) == values


def test_the_alert_is_left_as_it_is() -> None:
    alert = {"logs": [{"sid": "SM1"}], "group": {"a": "b"}}
    template_values(Notice("msg_1", "firing", alert, NOW))["logs"][0]["sid"] = "changed"
    assert alert == {"logs": [{"sid": "SM1"}], "group": {"a": "b"}}


@pytest.mark.parametrize("bad", ["", "msg.1", "msg 1", "msg\r\n1", "é", "a" * 65])
def test_an_id_fits_into_headers(bad: str) -> None:
    with pytest.raises(ValueError, match="cannot be the id"):
        Notice(bad, "firing", {}, NOW)
    with pytest.raises(ValueError, match="cannot be the id"):
        Notice("msg_1", "firing", {}, NOW, first_id=bad or "?")
