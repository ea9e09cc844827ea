"""What a rule is refused for, for tests."""

from collections.abc import Mapping

import pytest

from giftpulse.ground.errors import InvalidInputError
from giftpulse.monitor.rules.parse import parse_rule

ANY_ERROR = {"field": "error_code", "op": "exists", "value": True}


def faults(data: Mapping[str, object]) -> dict[str, str]:
    """Field and reason of everything that ``parse_rule`` refuses in ``data``, which must be something."""
    with pytest.raises(InvalidInputError) as refused:
        parse_rule(data)
    return {error.field: error.reason for error in refused.value.errors}


def faults_of_condition(condition: object) -> dict[str, str]:
    """The same, for a rule that is sound but for its condition."""
    return faults({"name": "a rule", "condition": condition})
