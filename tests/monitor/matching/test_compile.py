"""The matcher from outside: what it answers, what it leaves alone, and what a bad rule does to the others."""

from datetime import timedelta

import pytest

from giftpulse.monitor.matching.compile import Matcher, compile_rules
from giftpulse.monitor.matching.evaluate import holds
from giftpulse.monitor.rules.language import AllOf, AnyOf, Clear, Comparison, RuleSpec, Threshold
from giftpulse.monitor.rules.parse import parse_rule
from tests.monitor.matching.records import FakeEntry
from tests.monitor.matching.strategies import rule

ANY_ERROR = Comparison("error_code", "exists", True)


def matcher_of(**conditions: object) -> Matcher[str]:
    """A matcher of rules by name, each with a condition in JSON."""
    return compile_rules((name, parse_rule({"name": name, "condition": c})) for name, c in conditions.items())


def test_a_code_a_status_and_a_regex_are_found_together() -> None:
    matcher = matcher_of(
        code={"field": "error_code", "op": "in", "value": [30003, 30005]},
        status={"field": "status", "op": "eq", "value": "failed"},
        regex={"any": [{"field": f, "op": "regex", "value": "time ?out"} for f in ("text", "body")]},
        call={"field": "kind", "op": "eq", "value": "call"},
        other={"field": "error_code", "op": "eq", "value": 11200},
    )
    entry = FakeEntry(error_code=30005, status="failed", text="a timeout", body="time out")
    assert sorted(matcher.match(entry)) == ["code", "regex", "status"]
    assert matcher.match(FakeEntry(kind="call")) == ["call"]
    assert matcher.match(FakeEntry()) == []


def test_many_records_are_answered_by_their_position() -> None:
    matcher = matcher_of(failed={"field": "status", "op": "eq", "value": "failed"})
    entries = [FakeEntry(kind=kind, status=word) for word in ("failed", "sent") for kind in ("call", "message")]
    assert matcher.match_many(entries) == [(0, "failed"), (1, "failed")]
    assert matcher.match_many([]) == []


def test_no_rules_match_nothing() -> None:
    matcher: Matcher[int] = compile_rules([])
    assert matcher.match(FakeEntry(error_code=1)) == []
    assert matcher.match_many([FakeEntry(body="x")]) == []


def test_a_rule_on_every_record_matches_kinds_that_are_not_known_yet() -> None:
    matcher = matcher_of(
        all={"field": "kind", "op": "exists", "value": True}, rest={"field": "kind", "op": "ne", "value": "message"}
    )
    assert sorted(matcher.match(FakeEntry(kind="conversation"))) == ["all", "rest"]
    assert matcher.match(FakeEntry()) == ["all"]


def test_a_rule_that_cannot_be_compiled_is_told_and_stops_no_other() -> None:
    matcher = compile_rules(
        [
            ("good", rule(ANY_ERROR)),
            ("regex", rule(Comparison("body", "regex", "(?=x)"))),
            ("deep", rule(AllOf((ANY_ERROR, AnyOf((Comparison("gone", "eq", 1),)))))),
            ("group", RuleSpec("x", ANY_ERROR, Threshold(2, timedelta(1), ("gone",)), Clear(1, timedelta(0)))),
        ]
    )
    assert set(matcher.rules) == {"good"}
    assert set(matcher.broken) == {"regex", "deep", "group"}
    assert "lookahead" in matcher.broken["regex"]
    assert matcher.match(FakeEntry(error_code=1, body="x")) == ["good"]


def test_one_rule_can_be_asked_about_one_record() -> None:
    matcher = matcher_of(
        failed={"field": "status", "op": "eq", "value": "failed"}, sent={"field": "status", "op": "eq", "value": "sent"}
    )
    assert matcher.matches("failed", FakeEntry(status="failed"))
    assert not matcher.matches("sent", FakeEntry(status="failed"))
    with pytest.raises(KeyError):
        matcher.matches("unknown", FakeEntry())


def test_equal_conditions_of_many_rules_all_match() -> None:
    spec = rule(Comparison("body", "regex", "fail(ed|ure)"))
    matcher = compile_rules((number, spec) for number in range(500))
    assert sorted(matcher.match(FakeEntry(body="a failure"))) == list(range(500))


def test_a_record_that_changes_is_judged_anew() -> None:
    condition = {"all": [{"not": {"field": "body", "op": "regex", "value": "a+"}}]}
    matcher = matcher_of(without=condition)
    entry = FakeEntry(body="aaa")
    assert matcher.match(entry) == []
    entry.body = "b"
    assert matcher.match(entry) == ["without"]
    assert matcher.matches("without", entry)


class Dear(FakeEntry, kw_only=True):
    """Counts how often the country is worked out."""

    asked: int = 0

    def __getattribute__(self, name: str) -> object:
        if name == "to_country":
            self.asked += 1
        return super().__getattribute__(name)


def test_the_country_is_worked_out_only_where_a_rule_comes_to_need_it() -> None:
    matcher = matcher_of(
        british={
            "all": [
                {"field": "to_country", "op": "eq", "value": "GB"},
                {"field": "status", "op": "eq", "value": "failed"},
            ]
        }
    )
    sent, failed = Dear(status="sent", to_country="GB"), Dear(status="failed", to_country="GB")
    assert matcher.match_many([sent, failed]) == [(1, "british")]
    assert (sent.asked, failed.asked) == (0, 1)


@pytest.mark.parametrize("text", ["\ud83d", "a\0b", "", "\udc00 timeout", "👍 timeout", "x" * 100_000, "\r\n"])
def test_no_text_breaks_the_search(text: str) -> None:
    patterns = ["timeout", ".*", r"\d+", "^$", "(?i)É"]
    conditions = [Comparison("body", "regex", pattern) for pattern in patterns]
    matcher = compile_rules((pattern, rule(c)) for pattern, c in zip(patterns, conditions, strict=True))
    entry = FakeEntry(body=text)
    assert set(matcher.match(entry)) == {
        pattern for pattern, condition in zip(patterns, conditions, strict=True) if holds(condition, entry)
    }


def test_overlapping_prefixes_and_values_tell_a_rule_once() -> None:
    matcher = matcher_of(
        prefixes={"any": [{"field": "to", "op": "prefix", "value": p} for p in ("+1", "+1415", "+44")]},
        either={
            "any": [
                {"field": "status", "op": "eq", "value": "failed"},
                {"field": "error_code", "op": "gt", "value": 30000},
                {"field": "status", "op": "prefix", "value": "fail"},
            ]
        },
    )
    entry = FakeEntry(to="+14155550100", status="failed", error_code=30003)
    assert sorted(matcher.match(entry)) == ["either", "prefixes"]
