"""Tokens: only their hash is kept; what they may do; when they were used."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from giftpulse.ground import clock
from giftpulse.ground.access import ApiToken, create_token, list_tokens, revoke_token, role_of
from giftpulse.ground.errors import InvalidInputError, NotFoundError
from giftpulse.ground.site import Site
from tests import make
from tests.make import NOON


def create(site: Site, name: str = "ci", role: str = "admin") -> str:
    with site.database.begin() as session:
        return create_token(session, name, "read" if role == "read" else "admin", NOON)


def last_used(site: Site, name: str = "ci") -> object:
    with site.database.read() as session:
        return session.scalars(select(ApiToken.last_used_at).where(ApiToken.name == name)).one()


def test_only_a_hash_is_stored(site: Site) -> None:
    token = create(site)
    assert token.startswith("gp_")
    assert len(token) >= 35
    with site.database.read() as session:
        stored = str(session.execute(text("SELECT * FROM api_tokens")).all())
    assert token not in stored
    assert token[8:] not in stored
    assert token[:7] in stored, "the hint, by which its owner knows it again"


def test_every_token_is_another(lite: Site) -> None:
    assert len({create(lite, f"token {number}") for number in range(20)}) == 20


def test_what_a_token_may_do(site: Site) -> None:
    admin, reader = create(site, "admin"), create(site, "reader", "read")
    assert role_of(site, admin) == "admin"
    assert role_of(site, reader) == "read"
    assert role_of(site, make.ADMIN) == "admin", "the one of the settings"


@pytest.mark.parametrize("token", ["", "gp_", "gp_unknown", make.ADMIN[:-1], make.ADMIN + "x", "ü", "\x00"])
def test_others_may_do_nothing(lite: Site, token: str) -> None:
    create(lite)
    assert role_of(lite, token) is None


def test_an_empty_admin_token_lets_nobody_in(tmp_path_factory: pytest.TempPathFactory) -> None:
    url = make.sqlite_url(tmp_path_factory.mktemp("open"))
    for value in ("", None):
        site = make.site(url, giftpulse_admin_token=value)
        assert role_of(site, "") is None
        site.close()


def test_a_revoked_token_ends_at_once_and_stays_listed(site: Site) -> None:
    token = create(site)
    with site.database.begin() as session:
        revoke_token(session, "ci", NOON)
        revoke_token(session, "ci", NOON + timedelta(days=1))
    assert role_of(site, token) is None
    with site.database.read() as session:
        (listed,) = list_tokens(session)
    assert listed.revoked_at == NOON


def test_a_name_is_used_once_for_all_times(site: Site) -> None:
    create(site)
    with pytest.raises(InvalidInputError, match="there is a token named 'ci' already"):
        create(site)
    with site.database.begin() as session:
        revoke_token(session, "ci", NOON)
    with pytest.raises(InvalidInputError):
        create(site)


def test_what_is_not_there_cannot_be_revoked(lite: Site) -> None:
    with pytest.raises(NotFoundError, match="there is no token named 'ci'"), lite.database.begin() as session:
        revoke_token(session, "ci", NOON)


def test_its_use_is_noted_to_the_minute(site: Site, time: clock.Stopped) -> None:
    token = create(site)
    assert last_used(site) is None
    role_of(site, token)
    assert last_used(site) == NOON
    time.move(seconds=60)
    role_of(site, token)
    assert last_used(site) == NOON, "not a write for every request"
    time.move(seconds=1)
    role_of(site, token)
    assert last_used(site) == NOON + timedelta(seconds=61)
