"""`.env.example` tells every setting, its meaning and its true default; and nothing else."""

import re
from pathlib import Path

import pytest

from giftpulse.ground.settings import Settings, load
from tests.house.source import HOUSE, files, name_of

PAGE = (HOUSE / ".env.example").read_text()
TOLD = re.findall(r"^# (.+)\n#([A-Z_]+)=(.*)$", PAGE, re.MULTILINE)


def test_every_setting_is_told_and_nothing_else() -> None:
    assert [name for _, name, _ in TOLD] == [name.upper() for name in Settings.model_fields]


@pytest.mark.parametrize(("meaning", "name", "_value"), TOLD, ids=[name for _, name, _ in TOLD])
def test_the_meaning_is_the_one_that_errors_show(meaning: str, name: str, _value: str) -> None:
    assert meaning == Settings.model_fields[name.lower()].description


def test_the_defaults_shown_are_true(tmp_path: Path) -> None:
    """The page with every line switched on says the same as no page at all."""
    file = tmp_path / ".env"
    file.write_text(re.sub(r"^#([A-Z_]+=)", r"\1", PAGE, flags=re.MULTILINE))
    assert load(_env_file=file) == load(_env_file=None)
    shown = {name.lower(): value for _, name, value in TOLD if value}
    meant = load(_env_file=None).model_dump(exclude_none=True)
    assert set(shown) == {name for name, value in meant.items() if value != []}


def test_the_page_as_it_stands_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(PAGE)
    assert load(_env_file=file) == load(_env_file=None)


def test_the_environment_is_read_in_one_place() -> None:
    readers = {name_of(file) for file in files() if re.search(r"os\.(environ|getenv)", file.read_text())}
    assert readers - {name for name in readers if name.startswith(("demo/", "cli/"))} == set()
