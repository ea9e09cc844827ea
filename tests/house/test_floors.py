"""Who may import whom."""

import re
import subprocess
import sys
from pathlib import Path

from tests.house.source import HOUSE, files, imports, name_of, tracked


def test_the_floors_hold() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    ran = subprocess.run([program, "--no-cache"], cwd=HOUSE, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout


def test_users_regexes_go_through_one_door() -> None:
    users = {name_of(file) for file in files() for module, _ in imports(file) if module == "re2"}
    assert users == {"monitor/rules/patterns.py"}


def test_nothing_shipped_needs_twilios_sdk() -> None:
    found = [name_of(file) for file in files() for module, _ in imports(file) if module.split(".")[0] == "twilio"]
    assert found == []


def test_only_the_border_speaks_to_twilio() -> None:
    """Addresses of Twilio's APIs stand in the settings; the simulator, which plays Twilio, may write them too.
    Pages for people (www, status) are links only."""
    address = re.compile(r"https?://(?!www\.|status\.)[\w.-]*twilio\.com")
    found = {name_of(file) for file in files() if address.search(file.read_text())}
    assert {name for name in found if not name.startswith("simulator/")} == {"ground/settings.py"}


def test_only_the_border_reads_the_addresses_of_twilio() -> None:
    """``twilio`` has the one client: whoever wants something of Twilio asks it."""
    readers = {
        name_of(file)
        for file in files()
        if re.search(r"settings\.twilio_(api|monitor)_url", file.read_text())
        and not name_of(file).startswith("twilio/")
    }
    assert readers == set()


def test_no_test_is_hidden_from_pytest() -> None:
    """A file of tests that is not named ``test_*.py`` would never run."""
    for file in tracked():
        if file.suffix == ".py" and file.is_relative_to(HOUSE / "tests") and not file.name.startswith("test_"):
            assert not re.search(r"^(?:async )?def test_", file.read_text(), re.MULTILINE), file
