"""Logins: what is put into an address is read out of it again, whatever signs are in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import make_url

from giftpulse.ground.logins import shown, with_login
from giftpulse.ground.settings import load

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=40)


@given(TEXT, TEXT)
def test_any_login_is_read_back(user: str, password: str) -> None:
    url = make_url(with_login("postgresql://db.example.org:5432/giftpulse?sslmode=require", user, password))
    assert (url.username, url.password, url.host, url.port) == (user, password, "db.example.org", 5432)
    assert (url.database, url.query) == ("giftpulse", {"sslmode": "require"})


@pytest.mark.parametrize(
    ("address", "user", "password", "expected"),
    [
        ("postgresql://h/d", "u", None, "postgresql://u@h/d"),
        ("postgresql://own@h/d", "u", "p", "postgresql://own:p@h/d"),
        ("postgresql://own:pw@h/d", "u", "p", "postgresql://own:pw@h/d"),
        ("postgresql+psycopg:///d?host=/run", "u", "p@/", "postgresql+psycopg://u:p%40%2F@/d?host=/run"),
        ("rediss://h:6379/0", None, "p", "rediss://:p@h:6379/0"),
        ("rediss://:own@h:6379/0", None, "p", "rediss://:own@h:6379/0"),
        ("unix:///run/redis.sock", None, "p", "unix:///run/redis.sock"),
        ("sqlite:///a@b.db", "u", "p", "sqlite:///a@b.db"),
        ("postgresql://h/d", None, None, "postgresql://h/d"),
        ("nonsense", "u", "p", "nonsense"),
    ],
)
def test_an_address_keeps_what_it_has(address: str, user: str | None, password: str | None, expected: str) -> None:
    assert with_login(address, user, password) == expected


def test_settings_put_them_together(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "DATABASE_URL": "postgresql://db.example.org/giftpulse?sslmode=verify-full",
        "DATABASE_USER": "pulse",
        "DATABASE_PASSWORD": "a:b@c/d?e#f%g",
        "REDIS_URL": "rediss://cache.example.org:6379/0",
        "REDIS_PASSWORD": "r s",
    }.items():
        monkeypatch.setenv(name, value)
    settings = load(_env_file=None)
    url = make_url(settings.database_url)
    assert (url.drivername, url.username, url.password) == ("postgresql+psycopg", "pulse", "a:b@c/d?e#f%g")
    assert settings.redis_url == "rediss://:r%20s@cache.example.org:6379/0?ssl_cert_reqs=required"
    assert "a:b@c" not in repr(settings.database_password)


def test_a_login_alone_changes_nothing_of_sqlite(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_PASSWORD", "secret-enough")
    assert load(_env_file=None).database_url == "sqlite:///giftpulse.db"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("postgresql+psycopg://u:p@h:5432/d", "postgresql+psycopg://u:***@h:5432/d"),
        ("postgresql+psycopg://u@h/d?password=p&sslmode=require", "postgresql+psycopg://u@h/d?password=***&sslmode=require"),
        ("postgresql+psycopg://h/d?Password=p&user=u", "postgresql+psycopg://h/d?Password=***&user=u"),
        ("postgresql+psycopg://h/d?sslpassword=p&password=a&password=b", "postgresql+psycopg://h/d?password=***&sslpassword=***"),
        ("postgresql+psycopg:///d?host=a&host=b&passfile=%2Fp", "postgresql+psycopg:///d?host=a&host=b&passfile=***"),
        ("postgresql+psycopg://h/d?oauth_client_secret=s", "postgresql+psycopg://h/d?oauth_client_secret=***"),
        ("sqlite:///a.db", "sqlite:///a.db"),
    ],
)  # fmt: skip
def test_an_address_is_shown_without_what_opens_it(address: str, expected: str) -> None:
    assert shown(make_url(address)) == expected
