"""Under which key a rule is filed: the one that is met least often without the rule being true."""

import pytest

from giftpulse.monitor.matching.guards import Key, guard_of
from giftpulse.monitor.rules.language import AllOf, AnyOf, Comparison, Condition, Not

CODE = Comparison("error_code", "in", (30003, 30005))
STATUS = Comparison("status", "eq", "failed")
REGEX = Comparison("body", "regex", "timeout")
VAGUE = Comparison("body", "regex", r"\d+")
COUNTRY = Comparison("to_country", "eq", "GB")
SERVICE = Comparison("messaging_service_sid", "eq", "MG1")


@pytest.mark.parametrize(
    ("parts", "chosen"),
    [
        ((STATUS, CODE), CODE),
        ((STATUS, REGEX), REGEX),
        ((CODE, REGEX), REGEX),
        ((VAGUE, CODE), CODE),
        ((COUNTRY, STATUS), STATUS),
        ((COUNTRY, Comparison("duration", "gt", 5)), COUNTRY),
        ((SERVICE, STATUS), SERVICE),
        ((Not(CODE), STATUS), STATUS),
    ],
)
def test_of_several_parts_the_rarest_guards(parts: tuple[Condition, Condition], chosen: Comparison) -> None:
    guard = guard_of(AllOf(parts))
    assert guard is not None
    assert {key.field for key in guard.keys} == {chosen.field}
    assert guard.rest == next(part for part in parts if part is not chosen)


def test_a_key_of_equality_or_regex_settles_the_comparison() -> None:
    guard = guard_of(CODE)
    assert guard is not None
    assert guard.keys == (Key("equal", "error_code", 30003), Key("equal", "error_code", 30005))
    assert guard.rest is None


def test_a_comparison_by_size_is_asked_of_records_that_have_the_field() -> None:
    large = Comparison("duration", "gt", 5)
    guard = guard_of(large)
    assert guard is not None
    assert (guard.keys, guard.rest) == ((Key("present", "duration", None),), large)


def test_any_is_guarded_by_the_keys_of_all_its_parts_or_not_at_all() -> None:
    either = AnyOf((CODE, AllOf((STATUS, Not(REGEX)))))
    guard = guard_of(either)
    assert guard is not None
    assert {key.field for key in guard.keys} == {"error_code", "status"}
    assert guard.rest == either
    assert guard_of(AnyOf((CODE, Not(STATUS)))) is None


def test_an_absence_has_no_guard() -> None:
    assert guard_of(Not(CODE)) is None
    assert guard_of(Comparison("to", "exists", False)) is None
    assert guard_of(AllOf((Not(CODE), Not(STATUS)))) is None
