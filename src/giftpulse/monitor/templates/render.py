"""Templates that users write: for mail subjects, mail bodies and webhook payloads.

The language is described in ``sandbox``, its limits in ``budget``. A name that no notice has is refused when
the template is saved; a name that only this alert lacks (a group label, a field of a log) renders empty and
leaves a warning. Whatever else goes wrong raises RenderError, and the caller sends its built-in text instead:
a broken template must never swallow an alert.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, lru_cache
from typing import Any

from jinja2 import Template, TemplateError, TemplateSyntaxError, meta, nodes

from giftpulse.ground.errors import FieldError, GiftPulseError, InvalidInputError
from giftpulse.monitor.channels.notice import TEMPLATE_NAMES, sample_notice, template_values
from giftpulse.monitor.channels.outcome import short
from giftpulse.monitor.templates.budget import Budget, LimitError
from giftpulse.monitor.templates.sandbox import Sandbox
from giftpulse.monitor.templates.syntax import charge, forbidden

MAX_TEMPLATE = 8 * 1024
MAX_SUBJECT = 200
# Of all texts in a JSON structure together.
MAX_STRUCTURE = 16 * 1024
MAX_LEAVES = 200
_MAX_DEPTH = 20

# Control characters have no business in a mail or a JSON text, line ends and tabs excepted.
_CONTROL = dict.fromkeys((*range(0x09), 0x0B, 0x0C, 0x0D, *range(0x0E, 0x20), 0x7F))


class RenderError(GiftPulseError):
    """A template could not be rendered. ``str(error)`` is fit to be recorded and shown; ``path`` leads to the
    leaf at fault inside a JSON structure.
    """

    def __init__(self, reason: str, path: tuple[str, ...] = ()) -> None:
        self.path = path
        super().__init__(reason)


@dataclass(frozen=True)
class Rendered:
    """What came out (a text, or JSON data from ``render_json``), and what was missing on the way."""

    value: Any
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Compiled:
    template: Template
    unknown: tuple[str, ...]
    is_json: bool


def check(template: str, field: str, html: bool = False) -> None:
    """Refuse a template that cannot work: its syntax, an unknown name, or an error with a sample notice.

    Raises InvalidInputError at ``field``.
    """
    try:
        compiled = _compile(template, html)
        if compiled.unknown:
            raise InvalidInputError.at(field, _unknown(compiled.unknown))
        _run(compiled, template_values(sample_notice()), Budget())
    except RenderError as error:
        raise InvalidInputError.at(field, str(error)) from None


def check_json(structure: Any, field: str) -> None:
    """``check`` for a JSON structure whose leaf texts are templates; raises at the paths of the leaves."""
    leaves = _leaves(structure, field)
    if sum(len(leaf) for _, leaf in leaves) > MAX_STRUCTURE or len(leaves) > MAX_LEAVES:
        raise InvalidInputError.at(field, f"has more than {MAX_LEAVES} texts or {MAX_STRUCTURE} characters")
    errors: list[FieldError] = []
    for path, leaf in leaves:
        try:
            unknown = _compile(leaf, html=False).unknown
        except RenderError as error:
            errors.append(FieldError(path, str(error)))
        else:
            errors.extend([FieldError(path, _unknown(unknown))] if unknown else [])
    if errors:
        raise InvalidInputError(*errors)
    try:
        # All leaves at once, for they share one budget when they are sent, too.
        render_json(structure, template_values(sample_notice()))
    except RenderError as error:
        raise InvalidInputError.at(".".join((field, *error.path)), str(error)) from None


def render_text(template: str, values: Mapping[str, Any]) -> Rendered:
    """Plain text. Raises RenderError."""
    return _render(template, values, html=False)


def render_html(template: str, values: Mapping[str, Any]) -> Rendered:
    """HTML, with everything escaped that comes from ``values``. Raises RenderError."""
    return _render(template, values, html=True)


def render_subject(template: str, values: Mapping[str, Any]) -> Rendered:
    """One line of at most 200 characters, whatever is in the data. Raises RenderError."""
    rendered = _render(template, values, html=False)
    return Rendered(short(rendered.value, MAX_SUBJECT), rendered.warnings)


def render_json(structure: Any, values: Mapping[str, Any]) -> Rendered:
    """The structure with its leaf texts rendered; keys, numbers and the rest stay as they are.

    A text stays a text, so nothing in the data can break the JSON or change a type by surprise. Only a leaf
    that is exactly one expression ending in ``| tojson`` becomes that value: ``"{{ count | tojson }}"`` is a
    number, ``"{{ logs | tojson }}"`` a list. All leaves share one budget. Raises RenderError.
    """
    budget = Budget()
    return Rendered(_fill(structure, values, budget, ()), tuple(budget.warnings))


def _fill(part: Any, values: Mapping[str, Any], budget: Budget, path: tuple[str, ...]) -> Any:
    if len(path) > _MAX_DEPTH:
        raise RenderError(f"nests deeper than {_MAX_DEPTH} levels")
    if isinstance(part, Mapping):
        return {key: _fill(value, values, budget, (*path, key)) for key, value in part.items()}
    if isinstance(part, list):
        return [_fill(value, values, budget, (*path, str(i))) for i, value in enumerate(part)]
    if not isinstance(part, str):
        return part
    try:
        compiled = _compile(part, html=False)
        text = _run(compiled, values, budget)
    except RenderError as error:
        raise RenderError(str(error), path) from None
    return json.loads(text) if compiled.is_json else text


def _leaves(part: Any, field: str, depth: int = 0) -> list[tuple[str, str]]:
    """The texts in a structure, each with its path."""
    if depth > _MAX_DEPTH:
        raise InvalidInputError.at(field, f"nests deeper than {_MAX_DEPTH} levels")
    if isinstance(part, str):
        return [(field, part)]
    inner = part if isinstance(part, Mapping) else dict(enumerate(part)) if isinstance(part, list) else {}
    return [leaf for key, value in inner.items() for leaf in _leaves(value, f"{field}.{key}", depth + 1)]


def _render(template: str, values: Mapping[str, Any], html: bool) -> Rendered:
    budget = Budget()
    return Rendered(_run(_compile(template, html), values, budget), tuple(budget.warnings))


def _run(compiled: _Compiled, values: Mapping[str, Any], budget: Budget) -> str:
    try:
        with budget.in_force():
            context = compiled.template.new_context(dict(values))
            pieces = [budget.print(piece) for piece in compiled.template.root_render_func(context)]
    except Exception as error:  # noqa: BLE001  the code is a user's, so it may raise anything at all
        raise RenderError(_reason(error)) from None
    text = "".join(pieces).replace("\r\n", "\n").translate(_CONTROL)
    return text.encode("utf-8", "replace").decode()


@lru_cache(maxsize=128)
def _compile(source: str, html: bool) -> _Compiled:
    if len(source) > MAX_TEMPLATE:
        raise RenderError(f"is longer than {MAX_TEMPLATE} characters")
    sandbox = _sandbox(html)
    try:
        tree = sandbox.parse(source)
        reason = forbidden(tree)
        if reason:
            raise RenderError(reason)
        unknown = tuple(sorted(meta.find_undeclared_variables(tree) - TEMPLATE_NAMES))
        is_json = _is_json(tree)
        code = sandbox.compile(charge(tree, sandbox))
        template = sandbox.template_class.from_code(sandbox, code, {})
    except RenderError:
        raise
    except Exception as error:  # noqa: BLE001  a hostile template breaks the compiler in many ways
        raise RenderError(_reason(error)) from None
    return _Compiled(template, unknown, is_json)


def _is_json(tree: nodes.Template) -> bool:
    match tree.body:
        case [nodes.Output(nodes=[nodes.Filter(name="tojson")])]:
            return True
    return False


@cache
def _sandbox(html: bool) -> Sandbox:
    return Sandbox(autoescape=html)


def _reason(error: Exception) -> str:
    if isinstance(error, LimitError):
        return f"the template {error}"
    line = f"line {error.lineno}: " if isinstance(error, TemplateSyntaxError) else ""
    words = short(str(error), 200) or type(error).__name__
    return line + (words if isinstance(error, TemplateError) else f"{type(error).__name__}: {words}")


def _unknown(names: tuple[str, ...]) -> str:
    close = get_close_matches(names[0], TEMPLATE_NAMES, n=1)
    hint = f"did you mean {close[0]}?" if close else "known are " + ", ".join(sorted(TEMPLATE_NAMES))
    return f"there is no {', '.join(names)}; {hint}"
