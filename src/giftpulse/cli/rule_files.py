"""Rules that come in from a file: what is new, what changes, what is refused."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy.orm import Session

from giftpulse.ground.errors import InvalidInputError
from giftpulse.monitor.rules import store
from giftpulse.monitor.rules.models import Rule
from giftpulse.monitor.rules.parse import parse_rule, rule_to_json

Result = Literal["created", "changed", "unchanged", "refused"]


@dataclass(frozen=True)
class Imported:
    """What came of one rule of a file."""

    index: int
    name: str
    result: Result
    error: str | None = None
    id: int | None = None

    def as_data(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def read_rules(data: Any, name: str) -> list[Any]:
    """The rules of a file: a list, or one rule by itself. Raises InvalidInputError."""
    if isinstance(data, dict):
        return [data]
    if not isinstance(data, list):
        raise InvalidInputError.at(name, "expected a JSON list of rules")
    return data


def name_of(data: Any) -> str:
    """What a rule calls itself, for a message about it."""
    return str(data.get("name") or "") if isinstance(data, dict) else ""


def import_rules(session: Session, rules: Sequence[Any], now: datetime) -> list[Imported]:
    """Bring rules in, one after the other; a faulty one stops no other.

    Rules are known by name. Where several have one name, they are taken in their order, so that what was exported
    comes back as it was. A rule that says the same already is left alone: a change would resolve its open alerts.
    """
    known: dict[str, list[Rule]] = defaultdict(list)
    for rule in session.scalars(store.written().order_by(Rule.id)):
        known[rule.name].append(rule)
    present = {name: iter(found) for name, found in known.items()}
    return [_import_one(session, index, data, present, now) for index, data in enumerate(rules)]


def _import_one(
    session: Session, index: int, data: Any, present: Mapping[str, Iterator[Rule]], now: datetime
) -> Imported:
    if not isinstance(data, dict):
        return Imported(index, "", "refused", "expected an object such as {...}")
    try:
        spec = parse_rule(data)
    except InvalidInputError as error:
        return Imported(index, name_of(data), "refused", str(error))
    rule = next(present.get(spec.name, iter(())), None)
    if rule is None:
        return Imported(index, spec.name, "created", id=store.create(session, data, now).id)
    if json.loads(rule.spec) == json.loads(json.dumps(rule_to_json(spec))):
        return Imported(index, spec.name, "unchanged", id=rule.id)
    return Imported(index, spec.name, "changed", id=store.replace(session, rule.id, data, now).id)
