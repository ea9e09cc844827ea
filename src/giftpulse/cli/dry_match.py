"""Rules tried on stored logs: how many each would match. Nothing is changed, nobody is told."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from giftpulse.cli.rule_files import name_of
from giftpulse.ground.errors import InvalidInputError
from giftpulse.logs.models import LogEntry
from giftpulse.logs.readers import entry_of
from giftpulse.monitor.matching.compile import compile_rules
from giftpulse.monitor.rules.language import RuleSpec
from giftpulse.monitor.rules.parse import parse_rule

_AT_ONCE = 1000


@dataclass
class Tested:
    """What one rule of a file would match."""

    index: int
    name: str
    error: str | None = None
    matches: int | None = None
    newest_sid: str | None = None

    def as_data(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def dry_match(session: Session, rules: Sequence[Any], last: int) -> tuple[int, list[Tested]]:
    """Try rules on the ``last`` newest entries. Answers how many entries there were, and what came of each rule."""
    tested = [Tested(index, name_of(data)) for index, data in enumerate(rules)]
    specs: list[tuple[int, RuleSpec]] = []
    for one, data in zip(tested, rules, strict=True):
        try:
            specs.append((one.index, _parsed(data)))
            one.matches = 0
        except InvalidInputError as error:
            one.error = str(error)
    matcher = compile_rules(specs)
    for index, reason in matcher.broken.items():
        tested[index].error, tested[index].matches = reason, None
    tried = 0
    for some in _newest(session, last):
        tried += len(some)
        for position, index in matcher.match_many([entry_of(row) for row in some]):
            tested[index].matches = (tested[index].matches or 0) + 1
            tested[index].newest_sid = tested[index].newest_sid or some[position].sid
    return tried, tested


def _newest(session: Session, last: int) -> Iterator[Sequence[LogEntry]]:
    """So many of the newest entries, some at a time, none of which stays in memory."""
    newest, left, before = select(LogEntry).options(defer(LogEntry.raw)).order_by(LogEntry.id.desc()), last, None
    while left > 0:
        page = newest if before is None else newest.where(LogEntry.id < before)
        some = session.scalars(page.limit(min(left, _AT_ONCE))).all()
        if not some:
            return
        left, before = left - len(some), some[-1].id
        yield some
        session.expunge_all()


def _parsed(data: Any) -> RuleSpec:
    if not isinstance(data, dict):
        raise InvalidInputError.at("", "expected an object such as {...}")
    return parse_rule(data)
