"""What is written can be read, whatever the rule; and whatever is sent in, only our own error comes out."""

import json
from datetime import timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from giftpulse.ground.errors import InvalidInputError
from giftpulse.monitor.rules.conditions import condition_to_json
from giftpulse.monitor.rules.durations import write_duration
from giftpulse.monitor.rules.language import Condition, Trigger
from giftpulse.monitor.rules.parse import parse_rule, rule_to_json
from giftpulse.monitor.rules.seed_form import SHORT_KEYS
from giftpulse.monitor.rules.triggers import trigger_to_json
from tests.monitor.matching.strategies import conditions, triggers

durations = st.integers(0, 7 * 86_400).map(lambda seconds: timedelta(seconds=seconds))


@settings(deadline=None)
@given(conditions, triggers, durations, durations)
def test_a_rule_survives_being_written_and_read(
    condition: Condition, trigger: Trigger, hold: timedelta, cooldown: timedelta
) -> None:
    data: dict[str, object] = {
        "name": "a rule",
        "condition": condition_to_json(condition),
        "trigger": trigger_to_json(trigger),
        "clear": {"for": write_duration(hold)},
        "cooldown": write_duration(cooldown),
    }
    try:
        spec = parse_rule(data)
    except InvalidInputError:
        assume(False)
    assert spec.trigger == trigger
    assert (spec.clear.hold, spec.cooldown) == (hold, cooldown)
    written = json.loads(json.dumps(rule_to_json(spec)))
    assert parse_rule(written) == spec
    assert rule_to_json(parse_rule(written)) == written


_KEYS = [
    "name", "condition", "trigger", "clear", "cooldown", "severity", "enabled", "field", "op", "value", "all", "any",
    "not", "type", "count", "within", "group_by", "below", "for", *SHORT_KEYS,
]  # fmt: skip
_WORDS = ["kind", "error_code", "regex", "eq", "in", "threshold", "each", "5m", "status:x", "regex:(", "1,x", "call"]
_leaves = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.sampled_from([*_WORDS, ""])
)
_json = st.recursive(
    _leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(_KEYS), inner, max_size=4)),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(_KEYS), _json, max_size=8))
def test_whatever_is_sent_in_is_read_or_refused(data: dict[str, object]) -> None:
    try:
        spec = parse_rule(data)
    except InvalidInputError as refused:
        faults = [error.reason for error in refused.errors]
    else:
        faults = ["none"]
        assert parse_rule(rule_to_json(spec)) == spec
    assert faults
    assert all(faults)
