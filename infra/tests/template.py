"""A template as the tests read it."""

import json
from collections.abc import Iterator
from typing import Any


class Template:
    """The resources of a stack by type and by name."""

    def __init__(self, content: dict[str, Any]) -> None:
        self.content = content
        self.resources: dict[str, dict[str, Any]] = content["Resources"]

    def of(self, kind: str) -> dict[str, dict[str, Any]]:
        """Properties of all resources of a type (``RDS::DBInstance``), by name."""
        return {n: r.get("Properties", {}) for n, r in self.resources.items() if r["Type"] == f"AWS::{kind}"}

    def one(self, kind: str) -> dict[str, Any]:
        """Properties of the only resource of a type."""
        (found,) = self.of(kind).values()
        return found

    def named(self, kind: str, part: str) -> dict[str, Any]:
        """Properties of the only resource of a type with this in its name."""
        (found,) = [properties for name, properties in self.of(kind).items() if part in name]
        return found

    def containers(self) -> dict[str, dict[str, Any]]:
        """The one container of each task definition."""
        tasks = self.of("ECS::TaskDefinition")
        assert all(len(task["ContainerDefinitions"]) == 1 for task in tasks.values())
        return {name: task["ContainerDefinitions"][0] for name, task in tasks.items()}

    def statements(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every statement that allows something to a role, and the policy it stands in."""
        for name, policy in self.of("IAM::Policy").items():
            for statement in policy["PolicyDocument"]["Statement"]:
                assert statement["Effect"] == "Allow"
                yield name, statement


def many(value: Any) -> list[Any]:
    """What may stand alone or in a list, as a list."""
    return value if isinstance(value, list) else [value]


def text(value: Any) -> str:
    """Anything of a template, to look for words in."""
    return json.dumps(value)
