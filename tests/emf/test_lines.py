"""The embedded metric format, held against what its specification demands."""

import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from giftpulse.emf.lines import Group, Measure, line

AT = datetime(2026, 11, 20, 12, 0, 0, 123000, tzinfo=UTC)
UNITS = {"Seconds", "Count", "None", "Percent", "Bytes"}
NAMES = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", min_size=1, max_size=30)


def read(text: str) -> dict[str, Any]:
    """A line as CloudWatch Logs reads it. Fails where the specification says MUST and it is not so."""
    assert "\n" not in text
    assert len(text.encode()) < 256 * 1024
    document: dict[str, Any] = json.loads(text)
    meta = document["_aws"]
    assert set(meta) == {"Timestamp", "CloudWatchMetrics"}
    assert isinstance(meta["Timestamp"], int)
    for directive in meta["CloudWatchMetrics"]:
        assert set(directive) == {"Namespace", "Dimensions", "Metrics"}
        assert 1 <= len(directive["Namespace"]) <= 255
        assert directive["Dimensions"]
        for dimensions in directive["Dimensions"]:
            assert 1 <= len(dimensions) <= 30
            for name in dimensions:
                assert isinstance(document[name], str)
                assert 1 <= len(document[name]) <= 1024
        assert 1 <= len(directive["Metrics"]) <= 100
        for metric in directive["Metrics"]:
            assert set(metric) == {"Name", "Unit"}
            assert metric["Unit"] in UNITS
            value = document[metric["Name"]]
            assert isinstance(value, int | float)
            assert not isinstance(value, bool)
    return document


def test_a_group_is_a_document_of_the_specification() -> None:
    group = Group([Measure("SourceLagSeconds", "Seconds", 12.5)], {"Source": "message"})
    assert read(line(group, "pulse.example.org", AT)) == {
        "_aws": {
            "Timestamp": 1795176000123,
            "CloudWatchMetrics": [
                {
                    "Namespace": "GiftPulse",
                    "Dimensions": [["Installation", "Source"]],
                    "Metrics": [{"Name": "SourceLagSeconds", "Unit": "Seconds"}],
                }
            ],
        },
        "Installation": "pulse.example.org",
        "Source": "message",
        "SourceLagSeconds": 12.5,
    }


@given(st.dictionaries(NAMES, st.floats(0, 1e9), min_size=1, max_size=50))
def test_any_values_make_a_document(values: dict[str, float]) -> None:
    document = read(line(Group([Measure(f"M{n}", "Count", v) for n, v in values.items()]), "here", AT))
    assert {n: document[f"M{n}"] for n in values} == values
