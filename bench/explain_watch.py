"""Every statement that reaches Postgres while somebody watches, with the plan that it was run by.

The driver's own cursor watches, so that statements of SQLAlchemy and of the bulk paths are seen alike, with the values
that they really have. Each is explained just before it runs, in a savepoint that is rolled back.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg.pq import PipelineStatus
from sqlalchemy import Engine, event

_EXPLAINED = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b", re.IGNORECASE)


@dataclass
class Seen:
    """One statement: its words, how long it took, pages that it looked at, and its plan, one line for each node.
    ``scanned``: tables that it read from one end to the other."""

    words: str
    milliseconds: float
    pages: int
    lines: list[str] = field(default_factory=list)
    scanned: set[str] = field(default_factory=set)


_seen: list[Seen] | None = None


class Watching(psycopg.Cursor[Any]):
    """A cursor that explains what it executes while somebody watches."""

    def execute(self, query: Any, params: Any = None, **more: Any) -> "Watching":
        """Explain, then execute."""
        in_pipeline = self.connection.pgconn.pipeline_status != PipelineStatus.OFF
        if _seen is not None and not in_pipeline and isinstance(query, str) and _EXPLAINED.match(query):
            _seen.append(_explained(self.connection, query, params))
        super().execute(query, params, **more)
        return self


def watch(engine: Engine) -> None:
    """Let all connections of an engine, from now on, be watched."""
    engine.dispose()
    event.listen(engine, "connect", _use_ours)


@contextmanager
def watching() -> Iterator[list[Seen]]:
    """What is executed in this block."""
    global _seen  # cursors are made by the driver, and can be told nothing
    _seen = []
    try:
        yield _seen
    finally:
        _seen = None


def _use_ours(connection: Any, _record: Any) -> None:
    connection.cursor_factory = Watching


def _explained(connection: Any, query: str, params: Any) -> Seen:
    with connection.transaction(force_rollback=True):
        plain = psycopg.Cursor(connection)
        plain.execute("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + query, params)
        row: Any = plain.fetchone()
    found = row[0][0]
    top = found["Plan"]
    pages = top.get("Shared Hit Blocks", 0) + top.get("Shared Read Blocks", 0)
    seen = Seen(" ".join(query.split()), found["Execution Time"], pages)
    if compiled := found.get("JIT"):
        seen.lines.append(f"compiled in {compiled['Timing']['Total']:.1f} ms")
    _walk(top, 0, seen)
    return seen


def _walk(node: Any, depth: int, seen: Seen) -> None:
    kind, table, index = node["Node Type"], node.get("Relation Name"), node.get("Index Name")
    if kind == "Seq Scan":
        seen.scanned.add(table)
    words = kind + (f" using {index}" if index else "") + (f" on {table}" if table else "")
    rows, loops = node["Actual Rows"], node["Actual Loops"]
    told = f"{rows:,.0f} rows" + (f", {loops:,} times" if loops > 1 else "")
    if removed := node.get("Rows Removed by Filter"):
        told += f", {removed:,.0f} filtered out"
    seen.lines.append("  " * depth + f"{words} ({told})")
    for inner in node.get("Plans", ()):
        _walk(inner, depth + 1, seen)
