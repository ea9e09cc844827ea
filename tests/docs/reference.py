"""Writes docs/reference.md from the OpenAPI of the service: ``python -m tests.docs.reference`` (``make reference``)."""

import json
import re
import tempfile
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

from giftpulse.web import create_app
from tests import make
from tests.docs.pages import HOUSE

PAGE = HOUSE / "docs" / "reference.md"
_METHODS = ("get", "post", "put", "patch", "delete")
_PAGING = ("page", "page_size", "cursor", "limit")
_PAGES = "Page_"
_A_PAGE = "a page of "
_UNUSED = ("HTTPValidationError", "ValidationError")  # FastAPI adds them; we answer a Problem instead

_HEAD = """# REST reference

`make reference` writes this page from the OpenAPI of the service; a test holds it to that. A running service has the
same at `/docs`, to try things out, and as JSON at `/openapi.json`.

Send the token as `Authorization: Bearer gp_...` or as `X-API-Key`. JSON goes in and out. What changes something needs
an admin token; a token that may only read is refused with 403. Requests that need no token say so here.

**Lists** take `page` and `page_size` (50 if left out, at most 1,000), or `cursor`, the `next_cursor` of the page
before, with `limit`. They answer `items`, and with them where it goes on.

**Errors** are `application/problem+json` ([Problem](#problem)): 401 without a token that is known, 403 for what the
token may not do, 404 for what is not there, 409 for what cannot be done now, 413 for a body that is too large, 422 for
input at fault, with each field and its reason.

Webhooks are not here: Twilio calls them, with its signature. [Their addresses](twilio.md#5-webhooks) stand elsewhere.
"""


@cache
def openapi() -> dict[str, Any]:
    """What the service says of itself. It asks no database for that."""
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(make.site(make.sqlite_url(Path(folder)), migrated=True)) as site,
    ):
        return create_app(site).api.openapi()


def text(api: dict[str, Any]) -> str:
    """The page."""
    api = _with_pages_named(api)
    parts = [_HEAD]
    for tag, operations in _by_tag(api).items():
        parts.append(f"## {tag.capitalize()}\n")
        parts += [_operation(method, path, operation) for method, path, operation in operations]
    parts.append("## Schemas\n")
    schemas = sorted(api["components"]["schemas"].items())
    parts += [_schema(name, schema) for name, schema in schemas if not name.startswith(_PAGES) and name not in _UNUSED]
    return "\n".join(parts).rstrip() + "\n"


def _with_pages_named(api: dict[str, Any]) -> dict[str, Any]:
    """The same, where a page of a list is referred to by what is on it."""
    written = json.dumps(api)
    for name, schema in api["components"]["schemas"].items():
        if name.startswith(_PAGES):
            item = schema["properties"]["items"]["items"]["$ref"]
            written = written.replace(f'"#/components/schemas/{name}"', f'"{_A_PAGE}{item}"')
    named: dict[str, Any] = json.loads(written)
    return named


def _by_tag(api: dict[str, Any]) -> dict[str, list[tuple[str, str, dict[str, Any]]]]:
    found: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}
    for path, methods in api["paths"].items():
        for method in (m for m in _METHODS if m in methods):
            found.setdefault(methods[method]["tags"][-1], []).append((method.upper(), path, methods[method]))
    return found


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    lines = [f"### `{method} {path}`\n", _line(operation.get("description", operation["summary"])) + "\n"]
    if "security" not in operation:
        lines.append("Needs no token.\n")
    parameters = operation.get("parameters", [])
    shown = [each for each in parameters if each["name"] not in _PAGING]
    if shown:
        lines += ["| parameter | in | type | meaning |", "| --- | --- | --- | --- |"]
        lines += [_parameter(each) for each in shown]
        lines.append("")
    if len(shown) < len(parameters):
        lines.append("A list: takes the parameters of paging.\n")
    if "requestBody" in operation:
        lines.append(f"Takes {_content(operation['requestBody'])}.\n")
    lines.append(f"Answers {_answers(operation['responses'])}.\n")
    return "\n".join(lines)


def _parameter(parameter: dict[str, Any]) -> str:
    schema = parameter["schema"]
    said = parameter.get("description", schema.get("description", ""))
    name = f"`{parameter['name']}`" + (", needed" if parameter.get("required") and parameter["in"] == "query" else "")
    return f"| {name} | {parameter['in']} | {_type(schema)} | {_line(said) or '-'} |"


def _answers(responses: dict[str, Any]) -> str:
    good = [f"{status}: {_content(each)}" for status, each in responses.items() if status.startswith("2")]
    bad = sorted(status for status in responses if not status.startswith("2"))
    return "; ".join(good) + (f"; or {', '.join(bad)}" if bad else "")


def _content(body: dict[str, Any]) -> str:
    kinds = body.get("content", {})
    said = [_named(each.get("schema", {}), kind) for kind, each in kinds.items()]
    return " or ".join(said) if said else "nothing"


def _named(schema: dict[str, Any], kind: str) -> str:
    named = _type(schema) if schema else "text"
    return named if kind == "application/json" else f"{named} (`{kind}`)"


def _schema(name: str, schema: dict[str, Any]) -> str:
    lines = [f"### {_title(name)}\n"]
    if schema.get("description"):
        lines.append(_line(schema["description"]) + "\n")
    if "properties" not in schema:
        return "\n".join([*lines, f"{_type(schema)}\n"])
    needed = schema.get("required", ())
    lines += ["| field | type | meaning |", "| --- | --- | --- |"]
    for field, inner in schema["properties"].items():
        mark = ", needed" if field in needed else ""
        lines.append(f"| `{field}`{mark} | {_type(inner)} | {_line(inner.get('description', '')) or '-'} |")
    return "\n".join([*lines, ""])


def _type(schema: dict[str, Any]) -> str:
    """A type in a few words, with its limits and default, as it stands in a cell of a table."""
    words = _plain_type(schema)
    unit = " characters" if "minLength" in schema or "maxLength" in schema else ""
    low, high = schema.get("minimum", schema.get("minLength")), schema.get("maximum", schema.get("maxLength"))
    if low is not None and high is not None:
        words += f", {low} to {high}{unit}"
    elif low is not None or high is not None:
        words += f", at least {low}{unit}" if high is None else f", at most {high}{unit}"
    default = schema.get("default")
    return words if default in (None, "", [], {}) else f"{words}; `{_default(default)}` if left out"


def _default(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _plain_type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        link = _link(schema["$ref"].rsplit("/", 1)[1])
        return f"a page of {link}" if schema["$ref"].startswith(_A_PAGE) else link
    if "anyOf" in schema or "oneOf" in schema:
        return " or ".join(dict.fromkeys(_type(each) for each in schema.get("anyOf") or schema["oneOf"]))
    if "enum" in schema or "const" in schema:
        return ", ".join(f"`{value}`" for value in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    kinds = schema.get("type", "any")
    named = kinds if isinstance(kinds, str) else " or ".join(kinds)
    return f"{named} ({schema['format']})" if "format" in schema else named


def _link(name: str) -> str:
    return f"[{_title(name)}](#{_title(name).lower().replace(' ', '-')})"


def _title(name: str) -> str:
    """A schema as the page calls it: two of one name go by the feature that each is of, too."""
    parts = name.split("__")
    return name if len(parts) < 3 else f"{parts[-1]} of {parts[-3]}"


def _line(words: str) -> str:
    """Running text in one line, fit for a cell of a table."""
    return re.sub(r"\s+", " ", words.replace("``", "`")).strip().replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(text(openapi()))
