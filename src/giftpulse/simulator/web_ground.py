"""What all routes share: who is asking, forms, JSON answers, and the two shapes of a page."""

import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlencode

import msgspec
from aiohttp import BasicAuth, web

from giftpulse.simulator.ledger import Page
from giftpulse.simulator.permissions import needed
from giftpulse.simulator.problems import Refusal, forbidden, not_found, unauthorized
from giftpulse.simulator.world import Account, World

WORLD: web.AppKey[World] = web.AppKey("world", World)
_PAGING = frozenset({"Page", "PageSize", "PageToken"})


def reply(content: Any, status: int = 200) -> web.Response:
    """A JSON answer."""
    return web.Response(body=msgspec.json.encode(content), status=status, content_type="application/json")


def refused(refusal: Refusal) -> web.Response:
    """A refusal, as Twilio words it."""
    answer = reply(refusal.wire(), refusal.status)
    if refusal.status == 401:
        answer.headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
    return answer


def signed_in(request: web.Request) -> tuple[Account, bool]:
    """The account of the Basic credentials, and whether they are its own token (not an API key). Raises Refusal."""
    try:
        given = BasicAuth.decode(request.headers.get("Authorization", ""))
    except ValueError:
        raise unauthorized() from None
    for account in request.app[WORLD].accounts.values():
        if given.login == account.sid:
            secret: str | None = account.about.token
        else:
            secret = account.about.keys.get(given.login)
        if secret is not None and hmac.compare_digest(secret.encode(), given.password.encode()):
            _check_permission(account, given.login, request)
            return account, given.login == account.sid
    raise unauthorized()


def _check_permission(account: Account, key: str, request: web.Request) -> None:
    has, wanted = account.about.permissions.get(key), needed(request.method, request.path)
    if has is not None and wanted is not None and wanted not in has:
        raise forbidden(wanted)


def named_account(request: web.Request) -> Account:
    """The account in the path, if the credentials reach it: its own, or (by token, not by key) its parent's."""
    mine, by_token = signed_in(request)
    asked = request.app[WORLD].accounts.get(request.match_info["account"])
    if asked is None:
        raise not_found(request.path)
    if asked is mine or (by_token and asked.about.parent == mine.sid):
        return asked
    raise unauthorized()


async def form(request: web.Request) -> dict[str, list[str]]:
    """The parameters of a POST; blank ones count."""
    return parse_qs((await request.read()).decode("utf-8", "replace"), keep_blank_values=True)


def page_numbers(query: Mapping[str, str]) -> tuple[int, int]:
    """``Page`` and ``PageSize`` (50 unless given; nonsense is ignored)."""
    size, page = query.get("PageSize", ""), query.get("Page", "")
    return int(page) if page.isdigit() else 0, int(size) if size.isdigit() and int(size) else 50


def checked_size(request: web.Request) -> tuple[int, int]:
    """As ``page_numbers``; refuses more than 1,000 rows a page."""
    page, size = page_numbers(request.query)
    if size > 1000:
        raise Refusal(400, 20007, "Page size too large, must be 1000 or less")
    return page, size


def page_uri(request: web.Request, page: int, size: int, token: str | None = None) -> str:
    """The path of a page, with the filters as they were given."""
    query = [(name, value) for name, value in request.query.items() if name not in _PAGING]
    query += [("PageSize", str(size)), ("Page", str(page))]
    if token is not None:
        query.append(("PageToken", token))
    return f"{request.path}?{urlencode(query)}"


def listed(request: web.Request, key: str, rows: list[Any], found: Page[Any], page: int, size: int) -> web.Response:
    """A page of the 2010-04-01 API: a flat envelope with relative URIs and no totals."""
    previous = found.previous_token if page > 0 else None
    return reply(
        {
            "first_page_uri": page_uri(request, 0, size),
            "end": max(0, page * size + len(rows) - 1),
            "previous_page_uri": page_uri(request, page - 1, size, previous) if previous else None,
            key: rows,
            "uri": page_uri(request, page, size, request.query.get("PageToken")),
            "page_size": size,
            "start": page * size,
            "next_page_uri": page_uri(request, page + 1, size, found.next_token) if found.next_token else None,
            "page": page,
        }
    )


def with_meta(request: web.Request, key: str, rows: list[Any], found: Page[Any], page: int, size: int) -> web.Response:
    """A page of the newer APIs: ``meta`` with absolute URLs and the name of the list."""
    base = base_url(request)
    previous = found.previous_token if page > 0 else None
    return reply(
        {
            "meta": {
                "page": page,
                "page_size": size,
                "first_page_url": base + page_uri(request, 0, size),
                "previous_page_url": base + page_uri(request, page - 1, size, previous) if previous else None,
                "url": base + page_uri(request, page, size, request.query.get("PageToken")),
                "next_page_url": base + page_uri(request, page + 1, size, found.next_token)
                if found.next_token
                else None,
                "key": key,
            },
            key: rows,
        }
    )


def base_url(request: web.Request) -> str:
    """The address under which we were called."""
    return f"{request.scheme}://{request.host}"
