"""Secrets at rest: encrypted with the installation's ``SECRET_KEY`` (Fernet: AES-128-CBC and HMAC-SHA256)."""

import base64
import hashlib
import hmac
import os
import secrets as randomness
from collections.abc import Callable
from copy import copy
from functools import cached_property
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from giftpulse.ground.errors import SettingsError


class SecretBox:
    """Locks and unlocks text. The first key locks; all keys unlock, so that a key can be changed.

    ``kept`` answers the key of digests that outlived the ``SECRET_KEY`` it came from, or None if none was kept. It is
    asked once, when the first digest is wanted.
    """

    def __init__(self, *keys: str, kept: Callable[["SecretBox"], bytes | None] = lambda _box: None) -> None:
        each = [Fernet(_derive(key)) for key in keys]
        self._newest, self._fernet = each[0], MultiFernet(each)
        # Of the oldest key, which stays when another is put in front of it: what was digested must be found again.
        self._oldest = hashlib.sha256(b"giftpulse digest\0" + keys[-1].encode()).digest()
        self._kept = kept

    @cached_property
    def digest_key(self) -> bytes:
        """The key of digests. Raises :class:`SettingsError` if one is kept that our keys do not open."""
        return self._kept(self) or self._oldest

    def prepare(self) -> None:
        """Find the key of digests now. Raises :class:`SettingsError` if one is kept that our keys do not open."""
        _ = self.digest_key

    def keeping(self, digest_key: bytes | None) -> "SecretBox":
        """The same box with this key of digests; None: the one that the oldest key makes."""
        other = copy(self)
        other.__dict__["digest_key"] = digest_key or self._oldest
        return other

    def lock(self, text: str) -> str:
        """The encrypted form, printable."""
        return self._fernet.encrypt(text.encode()).decode()

    def unlock(self, locked: str) -> str:
        """The text again. Raises :class:`SettingsError` if it was locked with another key."""
        try:
            return self._fernet.decrypt(locked.encode()).decode()
        except InvalidToken:
            raise SettingsError(
                "SECRET_KEY: a stored secret was encrypted with another key; expected the key of that time"
            ) from None

    def is_newest(self, locked: str) -> bool:
        """Whether the newest key alone opens this: then the older ones are not needed for it."""
        try:
            self._newest.decrypt(locked.encode())
        except InvalidToken:
            return False
        return True

    def relock(self, locked: str) -> str:
        """The same text, locked with the newest key. Raises :class:`SettingsError` if none of our keys opens it."""
        return self.lock(self.unlock(locked))

    def digest(self, text: str) -> bytes:
        """32 bytes that recognise a text and do not tell it: without the key nobody finds it by trying all texts there
        are, as they could all phone numbers for a plain hash (HMAC-SHA256)."""
        return hmac.digest(self.digest_key, text.encode(), "sha256")


def _derive(key: str) -> bytes:
    # A SECRET_KEY is random and long, so a plain hash is enough to bring it to 32 bytes.
    return base64.urlsafe_b64encode(hashlib.sha256(b"giftpulse secret box\0" + key.encode()).digest())


def key_file(database: Path) -> Path:
    """Where the key of a SQLite file lies."""
    return database.with_name(database.name + ".key")


def key_beside(database: Path) -> str:
    """The embedded form's key: a file next to the database, made on the first start, for its owner's eyes."""
    path = key_file(database)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        key = randomness.token_urlsafe(48)
        file.write(key + "\n")
    return key
