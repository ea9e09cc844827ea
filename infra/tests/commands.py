"""Commands ``aws`` of a page, held to what AWS's own library knows of its services. Nothing is run."""

import re
import shlex
from collections.abc import Iterator
from typing import Any

from botocore import xform_name
from botocore.exceptions import UnknownServiceError
from botocore.model import OperationModel
from botocore.session import get_session

EVERYWHERE = {"query", "output", "region"}
DEPLOY = {
    "stack-name",
    "template-file",
    "s3-bucket",
    "s3-prefix",
    "capabilities",
    "disable-rollback",
    "no-fail-on-empty-changeset",
    "parameter-overrides",
}
"""Options of ``aws cloudformation deploy``, which the command line makes of several calls."""


def blocks(page: str) -> list[str]:
    """What stands in fences of shell, lines joined that go on."""
    found = re.findall(r"^```sh\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    return [block.replace("\\\n", " ") for block in found]


def commands(block: str) -> Iterator[list[str]]:
    """The words of each ``aws``, up to a pipe."""
    for line in block.splitlines():
        if line.startswith("aws "):
            yield shlex.split(line.partition(" | ")[0])


def complaints(words: list[str]) -> list[str]:
    """What is wrong with a command: a service, an operation or an option that is none, or one that is missing."""
    _, service, operation, *rest = words
    options = [word.removeprefix("--") for word in rest if word.startswith("--")]
    if (service, operation) == ("cloudformation", "deploy"):
        return [f"no option {each}" for each in options if each not in DEPLOY | EVERYWHERE]
    if (service, operation) == ("ecr", "get-login-password"):
        return [f"no option {each}" for each in options if each not in EVERYWHERE]
    try:
        model = get_session().get_service_model(service)
    except UnknownServiceError:
        return [f"no service {service}"]
    if operation == "wait":
        waits = get_session().get_waiter_model(service)
        by_name = {xform_name(each, "-"): waits.get_waiter(each).operation for each in waits.waiter_names}
        if rest[0] not in by_name:
            return [f"nothing to wait for: {rest[0]}"]
        return _of(model.operation_model(by_name[rest[0]]), options)
    names = {xform_name(each, "-"): each for each in model.operation_names}
    if operation not in names:
        return [f"no operation {operation} of {service}"]
    return _of(model.operation_model(names[operation]), options)


def _of(operation: OperationModel, options: list[str]) -> list[str]:
    shape: Any = operation.input_shape
    known = {xform_name(name, "-"): each.type_name for name, each in shape.members.items()}
    switches = {f"no-{name}" for name, kind in known.items() if kind == "boolean"}
    needed = {xform_name(name, "-") for name in shape.required_members}
    wrong = [f"no option {each}" for each in options if each not in known.keys() | switches | EVERYWHERE]
    return wrong + [f"without {each}" for each in sorted(needed - set(options))]
