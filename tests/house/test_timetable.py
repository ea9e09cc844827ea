"""The rounds: unique, described, and woken by something that is really announced."""

import ast
import re

from giftpulse.ground.settings import load
from giftpulse.timetable import ROUNDS, find
from tests.house.source import HOUSE, files, name_of, nodes, tree


def test_names_are_unique_and_found_either_way() -> None:
    names = [each.name for each in ROUNDS]
    assert len(set(names)) == len(names)
    for name in names:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", name)
        assert find(name.replace("-", "_")).name == name


def test_each_round_is_described_on_its_page() -> None:
    page = (HOUSE / "docs" / "rounds.md").read_text()
    assert re.findall(r"^\| `([a-z-]+)` \|", page, re.MULTILINE) == [each.name for each in ROUNDS]
    settings = load(_env_file=None)
    for each in ROUNDS:
        (every,) = re.findall(rf"^\| `{each.name}` \| .+ \| (.+) \| .+ \|$", page, re.MULTILINE)
        seconds = int(each.every(settings).total_seconds())
        written = {f"{seconds} s", f"{seconds // 3600} h"} if seconds % 3600 == 0 else {f"{seconds} s"}
        assert every in written or every.strip("`") == "POLL_INTERVAL_SECONDS" == every[1:-1], each.name
        assert len(each.does) > 10


def test_each_wake_up_is_announced_somewhere() -> None:
    topics = {topic for each in ROUNDS for topic in each.wakes_on}
    announced: set[str] = set()
    constants: dict[str, str] = {}
    for file in files():
        for node in tree(file).body:
            if (
                isinstance(node, ast.Assign)
                and isinstance(node.value, ast.Constant)
                and isinstance(node.value.value, str)
            ):
                constants |= {
                    f"{name_of(file)}:{t.id}": node.value.value for t in node.targets if isinstance(t, ast.Name)
                }
        called = [n for n in nodes(file) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)]
        for call in called:
            if call.func.id == "announce" and isinstance(call.args[1], ast.Name):  # type: ignore[attr-defined]
                announced.add(call.args[1].id)
    known = {value for key, value in constants.items() if key.split(":")[1] in announced}
    assert topics <= known


def test_topics_have_different_names() -> None:
    """Two constants with one text would wake the wrong round."""
    topics = [topic for each in ROUNDS for topic in each.wakes_on]
    assert all(re.fullmatch(r"[a-z]+\.[a-z]+", topic) for topic in topics)
