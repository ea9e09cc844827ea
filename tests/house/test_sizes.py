"""Small files, small functions: what fits on a screen or two can be read."""

import statistics

from tests.house.source import files, functions, name_of

MIGRATIONS = "migrations/versions/"


def lengths() -> dict[str, int]:
    counted = {name_of(file): len(file.read_text().splitlines()) for file in files()}
    return {name: lines for name, lines in counted.items() if lines and not name.startswith(MIGRATIONS)}


def p90(values: list[int]) -> float:
    return statistics.quantiles(values, n=10)[-1]


def test_no_file_is_over_400_lines() -> None:
    assert {name: lines for name, lines in lengths().items() if lines > 400} == {}


def test_files_are_short_as_a_rule() -> None:
    values = list(lengths().values())
    assert statistics.median(values) < 100
    assert p90(values) < 250


def test_functions_are_short_as_a_rule() -> None:
    values = [
        (function.end_lineno or function.lineno) - function.lineno + 1
        for file in files()
        if not name_of(file).startswith(MIGRATIONS)
        for function in functions(file)
    ]
    assert p90(values) <= 32
    assert max(values) <= 80


def test_there_is_no_drawer_for_everything() -> None:
    drawers = {"service.py", "services.py", "utils.py", "util.py", "helpers.py", "common.py", "misc.py"}
    assert [name_of(file) for file in files() if file.name in drawers] == []
