"""``/join/{slug}``: the sign-up page, for anybody. Whoever signs up is asked by text whether it was they."""

import ipaddress
import logging
import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from giftpulse.daily.programs import store, texts
from giftpulse.daily.programs.models import Program
from giftpulse.daily.subscribers import places, signup_limits
from giftpulse.daily.subscribers.join import join
from giftpulse.daily.subscribers.ledger import Consent, wording_version
from giftpulse.daily.subscribers.numbers import number_hash
from giftpulse.daily.subscribers.places import Place
from giftpulse.daily.subscribers.signup_page import HEADERS, form_page, thanks_page, told_page, wording
from giftpulse.ground import clock, forms, phone
from giftpulse.ground.access import AtSite
from giftpulse.ground.errors import ConflictError, InvalidInputError
from giftpulse.ground.site import Site

log = logging.getLogger(__name__)

_FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 20
_FIELDS = ("phone", "first_name", "agree", "timezone", "version", "website")
_PROPERTIES = {name: {"type": "string"} for name in _FIELDS}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {_FORM: {"schema": {"type": "object", "properties": _PROPERTIES}}},
    }
}
_PAGE: dict[str, Any] = {"content": {"text/html": {"schema": {"type": "string"}}}}

router = APIRouter(
    prefix="/join",
    tags=["sign-up"],
    default_response_class=HTMLResponse,
    responses={404: {**_PAGE, "description": "There is no such program"}},
)

Slug = Annotated[str, Path(description="The slug of a program")]

_SLUG = re.compile(r"[a-z0-9-]{1,80}\Z")


async def _body(request: Request) -> bytes:
    return await request.body()


@router.get("/{slug}")
def sign_up_page(slug: Slug, request: Request, site: AtSite) -> HTMLResponse:
    """The form by which people join a program. Open to anybody."""
    with site.database.read() as session:
        program = _found(session, slug)
    if program is None:
        return _nobody()
    return _page(form_page(program, request.url.path, {}, {}))


@router.post(
    "/{slug}",
    openapi_extra=_BODY,
    responses={
        415: {**_PAGE, "description": "Not a form"},
        422: {**_PAGE, "description": "The form again, with what is wrong"},
        429: {**_PAGE, "description": "Too often"},
    },
)
def sign_up(slug: Slug, request: Request, site: AtSite, body: Annotated[bytes, Depends(_body)]) -> HTMLResponse:
    """Sign up. The answer is the same whether the number is known or not; a text asks for a YES. For somebody who has
    left nothing changes: they come back by a text of their own."""
    # Other sites can send such a form too, but nothing richer, and there is no cookie that it could misuse.
    if request.headers.get("Content-Type", "").split(";")[0].strip().lower() != _FORM:
        return _page(told_page("This is not a form", ["Please use the sign-up page itself."]), 415)
    with site.database.begin() as session:
        program = _found(session, slug)
        if program is None:
            return _nobody()
        return _signed_up(session, site, program, request, _fields(body))


def _found(session: Session, slug: str) -> Program | None:
    return store.by_slug(session, slug) if _SLUG.match(slug) else None


def _signed_up(session: Session, site: Site, program: Program, request: Request, form: dict[str, str]) -> HTMLResponse:
    if form.get("website"):  # only a robot sees this field
        return _page(thanks_page(program))
    now, ip, errors = clock.now(), address_of(request), dict[str, list[str]]()
    number = _number(form, errors)
    name = _name(form, errors)
    said = wording(program)
    if form.get("agree") != "yes":
        errors["agree"] = ["Please tick the box if you agree."]
    elif form.get("version") != wording_version(said):
        errors[""] = ["These words have changed in the meantime; please read them once more."]
    if errors:
        return _page(form_page(program, request.url.path, form, errors), 422)
    if signup_limits.address_is_over(session, ip, now) or signup_limits.program_is_over(session, program.id, now):
        return _page(told_page("Too many at once", ["Please try again in an hour."]), 429)
    if not signup_limits.phone_is_over(session, number_hash(site, number), now):
        agent = texts.tamed(request.headers.get("User-Agent", ""), 400)
        consent = Consent("opt_in", "form", number, now, ip=ip, user_agent=agent, wording=said)
        try:
            join(session, site, program, number, consent, now, place=_place(form), first_name=name, status="pending")
        except ConflictError as error:
            # They have left, and a form is no proof that it is they; whoever fills it in does not learn of it.
            log.info("a sign-up changes nothing", extra={"reason": str(error)})
    return _page(thanks_page(program))


def address_of(request: Request) -> str:
    """Where a request comes from. Behind a proxy of our own network it is what that one says last."""
    peer = request.client.host if request.client else ""
    told = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    try:
        if told and ipaddress.ip_address(peer).is_private:
            return str(ipaddress.ip_address(told))
    except ValueError:
        return peer
    return peer


def _fields(body: bytes) -> dict[str, str]:
    """The fields of a form, each once; none of one that is too long to be ours."""
    try:
        parsed = forms.parse(body, most=_MOST_FIELDS)
    except ValueError:
        return {}
    return {name: texts.tamed(value, 200) for name, value in parsed.items() if isinstance(value, str)}


def _number(form: dict[str, str], errors: dict[str, list[str]]) -> str:
    try:
        # Without a country code it is taken for a number of the US, where ten digits are one.
        return phone.normalise(form.get("phone", ""), region="US")
    except InvalidInputError:
        errors["phone"] = ["Please give a mobile number, with country code if it is not of the US."]
        return ""


def _name(form: dict[str, str], errors: dict[str, list[str]]) -> str | None:
    name = form.get("first_name", "")
    if len(name) > 60:
        errors["first_name"] = ["Please give a shorter name."]
    return name or None


def _place(form: dict[str, str]) -> Place | None:
    """The browser's time zone, if we know it; nobody has typed it, so nobody is told if not."""
    try:
        return places.from_zone(form["timezone"]) if form.get("timezone") else None
    except ValueError:
        return None


def _nobody() -> HTMLResponse:
    return _page(told_page("There is no such program", ["Please look at the address once more."]), 404)


def _page(html: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(html, status, headers=dict(HEADERS))
