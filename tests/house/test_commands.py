"""Commands: who works on a database can be seen from it, or `db copy` would not know of them."""

import ast
from collections.abc import Iterator

from tests.house.source import SRC, functions, name_of

AT_ONCE = {"begin", "read"}
"""What a command may do with the database in the statement that opens it: then it is one transaction, which `db copy`
waits for, or which waits for `db copy`."""

UNSEEN = {
    "cli/check_message.py: check_message": "reads, but for what Twilio says of one message, which any poll brings",
    "cli/database.py: status": "reads",
    "cli/database.py: upgrade": "makes the table of leases",
    "cli/keys.py: renew": "nobody can start with a key that does not fit",
    "cli/keys.py: rotate": "may be run again, on the new database",
    "cli/many.py: _check": "looks whether a worker can start; its processes say themselves that they are there",
    "cli/why.py: why": "reads",
}
"""Who opens an installation without being seen, and why that does no harm."""


def openers() -> Iterator[tuple[str, set[str]]]:
    """Each function of the command line that opens the installation, and what it calls in the same statement."""
    for file in sorted((SRC / "cli").glob("*.py")):
        for function in functions(file):
            for node in ast.walk(function):
                if isinstance(node, ast.With):
                    called = {name for item in node.items for name in calls(item.context_expr)}
                    if "opened" in called:
                        yield f"{name_of(file)}: {function.name}", called


def calls(expression: ast.expr) -> Iterator[str]:
    """Names of what is called in an expression."""
    for node in ast.walk(expression):
        if isinstance(node, ast.Call):
            yield node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def test_whoever_works_on_the_database_for_longer_can_be_seen_from_it() -> None:
    unseen = {name for name, called in openers() if not called & {"present", *AT_ONCE}}
    inside = {
        f"{name_of(file)}: {function.name}"
        for file in (SRC / "cli").glob("*.py")
        for function in functions(file)
        if "present" in {name for node in ast.walk(function) if isinstance(node, ast.expr) for name in calls(node)}
    }
    assert unseen - inside == set(UNSEEN)
