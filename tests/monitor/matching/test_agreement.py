"""The compiled matcher says exactly what a walk over each condition says."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from giftpulse.monitor.matching.compile import compile_rules
from giftpulse.monitor.matching.evaluate import holds
from giftpulse.monitor.rules.language import Condition
from tests.monitor.matching.records import FakeEntry
from tests.monitor.matching.strategies import conditions, records, rule


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(conditions, min_size=1, max_size=40), st.lists(records, min_size=1, max_size=12))
def test_every_rule_matches_the_records_of_which_its_condition_holds(
    wanted: list[Condition], entries: list[FakeEntry]
) -> None:
    matcher = compile_rules((number, rule(condition)) for number, condition in enumerate(wanted))
    expected = {
        (place, number)
        for place, entry in enumerate(entries)
        for number, condition in enumerate(wanted)
        if holds(condition, entry)
    }
    found = matcher.match_many(entries)
    assert len(found) == len(set(found)), "a pair was told twice"
    assert set(found) == expected
    assert [place for place, _ in found] == sorted(place for place, _ in found)
    for place, entry in enumerate(entries):
        assert {(place, number) for number in matcher.match(entry)} == {pair for pair in expected if pair[0] == place}
        for number in range(len(wanted)):
            assert matcher.matches(number, entry) is ((place, number) in expected)
