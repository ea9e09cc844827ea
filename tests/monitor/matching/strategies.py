"""Random rules and records over a small vocabulary, so that rules do match records."""

from datetime import timedelta

from hypothesis import strategies as st

from giftpulse.monitor.rules.fields import FIELDS, Field
from giftpulse.monitor.rules.language import (
    AllOf,
    AnyOf,
    Clear,
    Comparison,
    Condition,
    Each,
    Not,
    RuleSpec,
    Threshold,
)
from tests.monitor.matching.records import SOME_DAY, FakeEntry

KINDS = ["message", "call", "alert"]
WORDS = ["failed", "sent", "fail", "+1415555", "+1415", "+44", "SM12", "CA34", "timeout 30003", "é", "", "A\0b"]
CODES = [30003, 30005, 11200, 21610, 0]
NUMBERS = [-0.0075, 0.0, 1.0, 30.5]
COUNTRIES = ["US", "GB", "DE"]
PATTERNS = [
    "fail", "(?i)FAILED", "^sent$", "time.*3", r"30\d{3}", r"\d+", ".*", "^$", "a|b|é", r"(?i)É", "[^a-z]+",
    r"\+1\d+", r"\bSM\d", "x?", "(?s)A.b", "timeout 30003", "(timeout|failed)", r"\z", "no such words",
]  # fmt: skip


def _values(field: Field) -> st.SearchStrategy[str | int | float]:
    if field.name == "kind":
        return st.sampled_from(KINDS)
    if field.name == "to_country":
        return st.sampled_from(COUNTRIES)
    by_type: dict[str, list[str] | list[int] | list[float]] = {
        "text": WORDS,
        "integer": CODES,
        "number": NUMBERS,
    }
    return st.sampled_from(by_type[field.type])


@st.composite
def comparisons(draw: st.DrawFn) -> Comparison:
    field = FIELDS[draw(st.sampled_from(sorted(FIELDS)))]
    op = draw(st.sampled_from(field.ops))
    if op == "exists":
        return Comparison(field.name, "exists", draw(st.booleans()))
    if op == "regex":
        return Comparison(field.name, "regex", draw(st.sampled_from(PATTERNS)))
    if op in ("in", "not_in"):
        values = draw(st.lists(_values(field), min_size=1, max_size=4, unique=True))
        return Comparison(field.name, "in" if op == "in" else "not_in", tuple(values))
    value = draw(_values(field).filter(lambda value: op != "prefix" or value != ""))
    return Comparison(field.name, op, value)  # type: ignore[arg-type]


def _joined(parts: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    several = st.lists(parts, min_size=1, max_size=4).map(tuple)
    return st.one_of(several.map(AllOf), several.map(AnyOf), parts.map(Not))


conditions: st.SearchStrategy[Condition] = st.recursive(comparisons(), _joined, max_leaves=8)

triggers = st.one_of(
    st.builds(Each, group_by=st.sampled_from([(), ("to",), ("error_code", "to_country")])),
    st.builds(
        Threshold,
        count=st.integers(1, 10_000),
        within=st.integers(1, 7 * 86_400).map(lambda seconds: timedelta(seconds=seconds)),
        group_by=st.sampled_from([(), ("from",), ("status", "account_sid", "kind")]),
    ),
)


def rule(condition: Condition) -> RuleSpec:
    """An ``each`` rule with this condition."""
    return RuleSpec("a rule", condition, Each(), Clear(1, timedelta(minutes=10)))


def _or_null(values: st.SearchStrategy[str]) -> st.SearchStrategy[str | None]:
    return st.one_of(st.none(), values)


_word = _or_null(st.sampled_from(WORDS))
_text = _or_null(
    st.one_of(
        st.lists(st.sampled_from([*WORDS, "x", "\n", "12", "ſ", "\ud83d"]), max_size=5).map(" ".join),
        st.text(st.characters(), max_size=12),
    )
)

records: st.SearchStrategy[FakeEntry] = st.builds(
    FakeEntry,
    kind=st.sampled_from([*KINDS, "conversation"]),
    direction=_word,
    status=_word,
    error_code=st.one_of(st.none(), st.sampled_from(CODES)),
    log_level=_word,
    text=_text,
    body=_text,
    from_=_word,
    to=_word,
    to_country=st.one_of(st.none(), st.sampled_from(COUNTRIES)),
    messaging_service_sid=_word,
    account_sid=_word,
    resource_sid=_word,
    price=st.one_of(st.none(), st.sampled_from(NUMBERS), st.just(float("nan"))),
    duration=st.one_of(st.none(), st.sampled_from(CODES)),
    request_url=_text,
    event_at=st.integers(0, 10_000_000).map(lambda ms: SOME_DAY + timedelta(milliseconds=ms)),
)
