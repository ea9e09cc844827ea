"""Groups of records, and matches gathered by rule and group."""

from datetime import UTC, datetime, timedelta

from giftpulse.monitor.matching.compile import compile_rules
from giftpulse.monitor.matching.groups import millis, tally
from giftpulse.monitor.rules.parse import parse_rule
from tests.monitor.matching.records import SOME_DAY, FakeEntry


def rule_by(*fields: str) -> dict[str, object]:
    return {
        "name": "a rule",
        "condition": {"field": "kind", "op": "exists", "value": True},
        "trigger": {"type": "each", "group_by": list(fields)},
    }


def test_a_group_is_the_values_of_its_fields_as_text() -> None:
    matcher = compile_rules(
        [
            ("none", parse_rule(rule_by())),
            ("one", parse_rule(rule_by("error_code"))),
            ("three", parse_rule(rule_by("from", "to_country", "messaging_service_sid"))),
        ]
    )
    entry = FakeEntry(error_code=30003, from_="+14155550100", to_country="US")
    assert matcher.group_of("none", entry) == ()
    assert matcher.group_of("one", entry) == ("30003",)
    assert matcher.group_of("three", entry) == ("+14155550100", "US", None)
    assert matcher.group_of("one", FakeEntry()) == (None,)
    assert matcher.group_labels["three"] == ("from", "to_country", "messaging_service_sid")


def test_matches_are_gathered_by_rule_and_group_with_their_event_times() -> None:
    matcher = compile_rules([(1, parse_rule(rule_by("to"))), (2, parse_rule(rule_by()))])
    later = SOME_DAY + timedelta(milliseconds=1_500)
    entries = [FakeEntry(to="a"), FakeEntry(to="b", event_at=later), FakeEntry(to="a", event_at=later)]
    start = millis(SOME_DAY)
    assert tally(matcher, entries, matcher.match_many(entries)) == {
        (1, ("a",)): [start, start + 1_500],
        (1, ("b",)): [start + 1_500],
        (2, ()): [start, start + 1_500, start + 1_500],
    }


def test_instants_are_whole_milliseconds() -> None:
    assert millis(datetime(1970, 1, 1, 0, 0, 1, 500, tzinfo=UTC)) == 1_000
    assert millis(datetime(1970, 1, 1, 0, 0, 1, 123_000, tzinfo=UTC)) == 1_123
    assert all(millis(SOME_DAY + timedelta(milliseconds=step)) == millis(SOME_DAY) + step for step in range(1_000))
