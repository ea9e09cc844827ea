"""What only the edges may do: open transactions, catch everything, print."""

import ast
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.house.source import files, functions, imports, name_of, nodes

STEPS = {
    "daily/cleanup.py",
    "daily/delivery/confirm.py",
    "daily/delivery/reconcile.py",
    "daily/delivery/watch.py",
    "daily/editions/generate.py",
    "daily/editions/make.py",
    "daily/inbound/asking.py",
    "daily/inbound/door.py",
    "daily/inbound/listen.py",
    "daily/outbox/claims.py",
    "daily/outbox/expire.py",
    "daily/outbox/plan.py",
    "daily/outbox/retention.py",
    "daily/outbox/send.py",
    "daily/outbox/settle.py",
    "daily/rounds.py",
    "daily/subscribers/importing.py",  # a thousand lines of a file at a time
    "daily/subscribers/signup.py",  # a route that is no API
    "embedded.py",  # needs no ticks any more, and gives its leases back
    "fitting.py",  # keeps the key of digests at the first start
    "ground/access.py",  # notes when a token was used, in a request that may only read
    "ground/database.py",  # defines it
    "ground/presence.py",  # says that this process is there
    "logs/backfill.py",
    "logs/cleanup.py",
    "logs/pull.py",
    "logs/receive.py",
    "logs/recheck.py",
    "monitor/cleanup.py",
    "monitor/match.py",
    "monitor/notify/send.py",
    "monitor/notify/test_fire.py",
    "monitor/rounds.py",
    "timetable.py",
    "worker/reign.py",  # renews the lease of beat
    "worker/workplace.py",  # gives its leases back at the end
}
"""Files that hold a step of a round, which is one transaction. Beside them: each api.py, the command line, the demo."""

CATCH_ALL = {
    "cli/rounds.py": 1,
    "daily/delivery/confirm.py": 1,
    "daily/inbound/listen.py": 2,
    "daily/outbox/claims.py": 2,
    "daily/outbox/plan.py": 1,
    "doctor/examine.py": 1,
    "logs/doors.py": 2,
    "logs/pull.py": 1,
    "logs/receive.py": 1,
    "metrics/page.py": 1,
    "monitor/match.py": 3,
    "monitor/notify/send.py": 1,
    "monitor/templates/render.py": 2,
    "steps.py": 3,
}
"""Where ``Exception`` is caught, and how often. Each is an edge: a round, a request, one of many records, a user's
template. Add to it only what must go on whatever happens; everything else lets an error it does not know pass."""


def is_edge(file: Path) -> bool:
    name = name_of(file)
    return file.name == "api.py" or name in STEPS or name.split("/")[0] in ("cli", "demo", "migrations")


def calls(among: Iterable[ast.AST]) -> list[str]:
    """Names of the methods that are called."""
    return [n.func.attr for n in among if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)]


def test_only_edges_open_transactions() -> None:
    assert [name_of(file) for file in files() if not is_edge(file) and "begin" in calls(nodes(file))] == []


def test_every_listed_edge_is_one() -> None:
    by_name = {name_of(file): file for file in files()}
    assert [name for name in STEPS if "begin" not in calls(nodes(by_name[name]))] == []


def test_nobody_commits_by_hand() -> None:
    found = [name_of(file) for file in files() if {"commit", "rollback"} & set(calls(nodes(file)))]
    assert found == ["migrations/env.py"]


def test_what_is_handed_a_session_neither_commits_nor_opens_another_transaction() -> None:
    for file in files():
        for function in functions(file):
            taken = {argument.arg for argument in (*function.args.args, *function.args.kwonlyargs)}
            if "session" in taken:
                assert not {"begin", "commit", "rollback"} & set(calls(ast.walk(function))), (
                    f"{name_of(file)}: {function.name}"
                )


def test_exception_is_caught_at_the_listed_edges_only() -> None:
    found: Counter[str] = Counter()
    for file in files():
        for node in nodes(file):
            if isinstance(node, ast.ExceptHandler) and catches_all(node):
                found[name_of(file)] += 1
    assert dict(found) == CATCH_ALL


def catches_all(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    names = {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}
    return bool(names & {"Exception", "BaseException"})


def test_nothing_prints() -> None:
    for file in files():
        for node in nodes(file):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in ("print", "pprint", "breakpoint"), f"{name_of(file)}:{node.lineno}"


def test_imports_stand_at_the_top() -> None:
    for file in files():
        imported = {node.lineno for node in nodes(file) if isinstance(node, ast.Import | ast.ImportFrom)}
        for function in functions(file):
            assert not imported.intersection(range(function.lineno, (function.end_lineno or 0) + 1)), (
                f"{name_of(file)}: {function.name} imports inside"
            )


@pytest.mark.parametrize("module", ["datetime", "time"])
def test_deciders_are_told_the_time(module: str) -> None:
    """Nothing but the clock asks for the present instant."""
    wanted = {"datetime": {"now", "utcnow", "today"}, "time": {"time"}}[module]
    for file in files():
        if name_of(file).startswith(("ground/clock.py", "simulator/")) or module not in dict(imports(file)):
            continue
        for node in nodes(file):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.attr in wanted:
                assert node.value.id not in ("datetime", "date", "time"), f"{name_of(file)}:{node.lineno}"
