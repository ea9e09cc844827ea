"""The pages of the sign-up: the form with the exact words that people agree to, and what they are answered. Pure."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from giftpulse.daily.programs.models import Program
from giftpulse.daily.subscribers.ledger import wording_version

_SCRIPT = 'document.getElementById("timezone").value=Intl.DateTimeFormat().resolvedOptions().timeZone||""'
_SCRIPT_HASH = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
    f"frame-ancestors 'none'; script-src 'sha256-{_SCRIPT_HASH}'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
"""Headers of every page: nothing but our own script runs, nobody frames the form, and nothing of it is kept."""

FIELDS = ("phone", "first_name")
"""Fields that are shown again when something is wrong with the form."""


def wording(program: Program) -> str:
    """Exactly what people agree to. What the carriers ask for is in it: who sends, how often, that it may cost, how to
    get help and how to stop."""
    return (
        f'I agree to receive recurring automated text messages of "{program.name}" from {program.brand}, one message '
        "a day, at the number above. Consent is not a condition of any purchase. Msg & data rates may apply. "
        "Reply HELP for help, STOP to opt out."
    )


def form_page(program: Program, action: str, form: Mapping[str, str], errors: Mapping[str, Sequence[str]]) -> str:
    """The form, with what was filled in before and what is wrong with it. The box is never ticked for anybody."""
    said = wording(program)
    return _template().render(
        title=program.name,
        description=program.description,
        action=action,
        form={name: form.get(name, "") for name in FIELDS},
        errors={name: errors.get(name, ()) for name in ("", "agree", *FIELDS)},
        wording=said,
        version=wording_version(said),
        script=Markup(_SCRIPT),  # noqa: S704  # our own constant
    )


def thanks_page(program: Program) -> str:
    """The same for everybody, so that nobody learns from it who is known here."""
    asked = (
        "If this number can take part, it gets a text that asks whether it was you. Reply YES to it, and "
        f"{program.name} begins. Without your YES nothing more is sent."
    )
    back = (
        f"If you have left {program.name} before, this page cannot bring you back: text "
        f"{program.join_keyword or 'START'} from your phone to the number that its texts came from."
    )
    lines = (asked, back, "Msg & data rates may apply. Reply HELP for help, STOP to opt out.")
    return told_page("Almost done: look at your phone", lines)


def told_page(title: str, lines: Sequence[str]) -> str:
    """A page with a few words."""
    return _template().render(title=title, form=None, told=lines)


@cache
def _template() -> Template:
    text = files("giftpulse.daily.subscribers").joinpath("signup.html").read_text("utf-8")
    return Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=False).from_string(text)
