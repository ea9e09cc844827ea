"""Secrets at rest, and the key beside the database."""

import base64
import stat
from contextlib import closing
from pathlib import Path

import pytest

from giftpulse import fitting, schema
from giftpulse.ground.errors import SettingsError
from giftpulse.ground.secrets import SecretBox, key_beside
from giftpulse.ground.settings import load
from giftpulse.ground.site import open_site


def test_what_is_locked_is_unreadable_and_comes_back() -> None:
    box = SecretBox("a key that is long enough")
    locked = box.lock("grüße 👋")
    assert "grüße".encode() not in base64.urlsafe_b64decode(locked)
    assert locked != box.lock("grüße 👋"), "the same text twice must not look the same"
    assert box.unlock(locked) == "grüße 👋"


def test_a_wrong_key_says_so_and_shows_nothing() -> None:
    locked = SecretBox("the first key, long enough").lock("hunter22")
    with pytest.raises(SettingsError, match="SECRET_KEY: a stored secret was encrypted with another key") as refused:
        SecretBox("another key, long enough").unlock(locked)
    assert "hunter22" not in str(refused.value)


@pytest.mark.parametrize("spoilt", ["", "gAAAAA", "not a token"])
def test_what_was_tampered_with_is_refused(spoilt: str) -> None:
    with pytest.raises(SettingsError):
        SecretBox("a key that is long enough").unlock(spoilt)


def test_a_key_can_be_changed() -> None:
    old = SecretBox("the old key, long enough").lock("kept")
    both = SecretBox("the new key, long enough", "the old key, long enough")
    assert both.unlock(old) == "kept"
    assert SecretBox("the new key, long enough").unlock(both.lock("new")) == "new"


def test_the_key_file_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    key = key_beside(tmp_path / "pulse.db")
    file = tmp_path / "pulse.db.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text().strip() == key
    assert len(key) >= 48
    assert key_beside(tmp_path / "pulse.db") == key
    assert key_beside(tmp_path / "other.db") != key


def test_an_installation_opens_what_it_locked_before(tmp_path: Path) -> None:
    settings = load(_env_file=None, database_url=f"sqlite:///{tmp_path}/new/folder/pulse.db")
    with closing(open_site(settings)) as site:
        locked = site.box.lock("kept")
    with closing(open_site(settings)) as site:
        assert site.box.unlock(locked) == "kept"
    with closing(open_site(load(_env_file=None, database_url="sqlite://", secret_key="x" * 32))) as other:
        box = other.box
    with pytest.raises(SettingsError):
        box.unlock(locked)


def test_no_second_key_is_made_where_the_first_is_gone(tmp_path: Path) -> None:
    settings = load(_env_file=None, database_url=f"sqlite:///{tmp_path}/pulse.db")
    file = tmp_path / "pulse.db.key"
    with closing(open_site(settings)) as site:
        schema.upgrade(site.database.engine)
    key = file.read_text()
    file.unlink()
    with closing(open_site(settings)) as site:  # nothing is locked yet
        fitting.settle(site)
    assert file.read_text() != key
    key = file.read_text()
    file.unlink()
    with pytest.raises(SettingsError, match=r"pulse\.db\.key is missing, .*: put it back\. If it is lost, .*renew"):
        open_site(settings)
    assert not file.exists()
    file.write_text(key)
    with closing(open_site(settings)) as site:
        fitting.settle(site)
