"""The source of the house, as the tests of this folder read it."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

HOUSE = Path(__file__).resolve().parents[2]
SRC = HOUSE / "src" / "giftpulse"


def name_of(file: Path) -> str:
    """A source file as the tests name it: ``logs/api.py``."""
    return file.relative_to(SRC).as_posix()


def files() -> list[Path]:
    """All Python files of ``src``."""
    return sorted(SRC.rglob("*.py"))


@cache
def tree(file: Path) -> ast.Module:
    """A file, parsed."""
    return ast.parse(file.read_text(), str(file))


@cache
def nodes(file: Path) -> tuple[ast.AST, ...]:
    """All nodes of a file. Every test of this folder looks through them, and walking is dearer than looking."""
    return tuple(ast.walk(tree(file)))


def functions(file: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """All functions of a file, methods and inner ones included."""
    return (node for node in nodes(file) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def imports(file: Path) -> Iterator[tuple[str, int]]:
    """Every module that a file imports, in full, and the line."""
    for node in nodes(file):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, node.lineno


def tracked() -> list[Path]:
    """Every file that belongs to the project: those that git tracks, or all but the ignored where there is no git."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=HOUSE, capture_output=True, check=False)
    if listed.returncode == 0:
        return [HOUSE / name for name in listed.stdout.decode().split("\0") if name and (HOUSE / name).is_file()]
    hidden = {".venv", ".git", "__pycache__"}
    return [file for file in HOUSE.rglob("*") if file.is_file() and not hidden & set(file.parts)]
