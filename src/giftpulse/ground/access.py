"""API tokens: who may call. Only a hash is stored; the token itself is shown once, when it is made.

Tokens carry 192 random bits, so a plain SHA-256 is enough: there is nothing to guess.
"""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader, HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials
from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from giftpulse.ground import clock
from giftpulse.ground.database import Base
from giftpulse.ground.errors import ForbiddenError, InvalidInputError, NotFoundError, UnauthorizedError
from giftpulse.ground.site import Site

Role = Literal["admin", "read"]

_LAST_USE_IS_KEPT_TO = timedelta(minutes=1)
_READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class ApiToken(Base):
    """One token: its name, what it may do, and the hash that recognises it."""

    __tablename__ = "api_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    role: Mapped[str]
    hash: Mapped[str] = mapped_column(unique=True)
    hint: Mapped[str]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


def create_token(session: Session, name: str, role: Role, now: datetime) -> str:
    """Make a token and answer it, this one time. The name must be new among all tokens ever made."""
    if session.scalar(select(ApiToken.id).where(ApiToken.name == name)):
        raise InvalidInputError.at("name", f"there is a token named {name!r} already")
    token = "gp_" + secrets.token_urlsafe(24)
    session.add(ApiToken(name=name, role=role, hash=_hash(token), hint=token[:7], created_at=now))
    session.flush()
    return token


def list_tokens(session: Session) -> list[ApiToken]:
    """All tokens, the revoked ones too, oldest first."""
    return list(session.scalars(select(ApiToken).order_by(ApiToken.id)))


def revoke_token(session: Session, name: str, now: datetime) -> None:
    """End a token at once. Raises :class:`NotFoundError` if there is none of that name."""
    token = session.scalar(select(ApiToken).where(ApiToken.name == name))
    if token is None:
        raise NotFoundError(f"there is no token named {name!r}")
    token.revoked_at = token.revoked_at or now


def role_of(site: Site, token: str) -> Role | None:
    """What a token may do, or None if we do not know it. Notes the time of use, to the minute."""
    admin = site.settings.giftpulse_admin_token
    if admin and admin.get_secret_value() and hmac.compare_digest(token.encode(), admin.get_secret_value().encode()):
        return "admin"
    now = clock.now()
    with site.database.read() as session:
        found = session.scalar(select(ApiToken).where(ApiToken.hash == _hash(token), ApiToken.revoked_at.is_(None)))
    if found is None:
        return None
    if found.last_used_at is None or now - found.last_used_at > _LAST_USE_IS_KEPT_TO:
        with site.database.begin() as session:
            session.get_one(ApiToken, found.id).last_used_at = now
    return "admin" if found.role == "admin" else "read"


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def site_of(request: Request) -> Site:
    """The installation that serves this request."""
    site = request.app.state.site
    assert isinstance(site, Site)
    return site


AtSite = Annotated[Site, Depends(site_of)]

_bearer = HTTPBearer(auto_error=False, description="An API token: `giftpulse token create NAME`")
_header = APIKeyHeader(name="X-API-Key", auto_error=False, description="The same token in a header of its own")


def allowed(
    request: Request,
    site: AtSite,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)] = None,
    header: Annotated[str | None, Depends(_header)] = None,
) -> Role:
    """Dependency of every API route: a known token, and an admin one for anything that changes something."""
    token = bearer.credentials if bearer else header
    role = role_of(site, token) if token else None
    if role is None:
        raise UnauthorizedError("send an API token as 'Authorization: Bearer <token>' or 'X-API-Key: <token>'")
    if role != "admin" and request.method not in _READING_METHODS:
        raise ForbiddenError("this token may only read; changes need a token with the role admin")
    return role


def may_name_numbers(role: Role, field: str) -> None:
    """Refuse a search for a number to a token that may not see numbers: its answer would confirm what is hidden.
    Raises :class:`ForbiddenError`."""
    if role != "admin":
        raise ForbiddenError(f"{field}: this token may see no numbers, nor search for one; use one with the role admin")


Allowed = Depends(allowed)
AsRole = Annotated[Role, Depends(allowed)]
