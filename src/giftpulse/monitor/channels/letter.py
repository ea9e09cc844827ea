"""The mail that we write when the action brings no template of its own (pure).

Built by plain code and not by a template, so that it cannot fail: it is also what is sent when the user's
own template does.
"""

from collections.abc import Mapping
from html import escape
from typing import Any

_MAX_BODY = 160
_COLOURS = {"firing": "#b42318", "resolved": "#067647"}


def subject(values: Mapping[str, Any]) -> str:
    """Such as ``[FIRING] Failed messages: 12 messages failed within 5 minutes``."""
    summary = _word(values, "summary").removeprefix(f"{_rule(values)}: ")
    return ": ".join(filter(None, (f"[{_reason(values)}] {_rule(values)}", summary)))


def text(values: Mapping[str, Any]) -> str:
    """What happened, what the error code means, what to do, how often, since when, and where to look."""
    facts = _facts(values)
    width = max(len(name) for name, _ in facts) + 2
    lines = [f"{_reason(values)}: {_rule(values)}", ""]
    lines += [f"{name + ':':<{width}}{value}" for name, value in facts]
    samples = _samples(values)
    if samples:
        lines += ["", "Samples:"]
        for head, body in samples:
            lines += [f"  - {head}"] + ([f'    "{body}"'] if body else [])
    return "\n".join([*lines, "", _footer(values), ""])


def html(values: Mapping[str, Any]) -> str:
    """The same as a small page, with inline styles because mail programs drop all others."""
    colour = _COLOURS.get(str(values["reason"]), "#175cd3")
    cell = 'style="padding:4px 12px 4px 0;vertical-align:top;'
    rows = "".join(
        f'<tr><td {cell}color:#667085">{escape(name)}</td><td {cell}">{_linked(value)}</td></tr>'
        for name, value in _facts(values)
    )
    samples = "".join(
        f'<li style="margin:4px 0">{escape(head)}' + (f"<br><i>{escape(body)}</i>" if body else "") + "</li>"
        for head, body in _samples(values)
    )
    return (
        '<!doctype html><html><body style="font-family:sans-serif;font-size:14px;color:#101828">'
        f'<h2 style="border-left:6px solid {colour};padding-left:10px">'
        f"{escape(_reason(values))}: {escape(_rule(values))}</h2>"
        f'<table style="border-collapse:collapse">{rows}</table>'
        + (f"<p>Samples</p><ul>{samples}</ul>" if samples else "")
        + f'<p style="color:#667085;font-size:12px">{escape(_footer(values))}</p></body></html>\n'
    )


def _facts(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    group = values["group"]
    labels = ", ".join(f"{k} = {v}" for k, v in group.items()) if isinstance(group, Mapping) else str(group)
    error = ": ".join(filter(None, (_word(values, "error_code"), _word(values, "error_message"))))
    facts = (
        ("What happened", _word(values, "summary") or _word(values, "rule_description")),
        ("Error", error),
        ("What to do", _word(values, "error_advice")),
        ("Status", _word(values, "status")),
        ("Severity", _word(values, "severity")),
        ("Count", _word(values, "count")),
        ("First", _word(values, "first_event_at")),
        ("Last", _word(values, "last_event_at")),
        ("Resolved", _word(values, "resolved_at")),
        ("Group", labels),
        ("Late", "this was seen long after it happened" if values["late"] else ""),
        ("Details", _word(values, "url")),
    )
    return [(name, value) for name, value in facts if value] or [("Notice", _word(values, "notice_id"))]


def _samples(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Each sample as a line about it and the beginning of its text."""
    samples = []
    for log in values["logs"]:
        way = " to ".join(filter(None, (_word(log, "from"), _word(log, "to"))))
        head = [_word(log, name) for name in ("event_at", "kind", "sid", "status", "error_code")]
        samples.append((" ".join(filter(None, [*head, way])), _word(log, "body")[:_MAX_BODY]))
    return samples


def _reason(values: Mapping[str, Any]) -> str:
    return _word(values, "reason").upper()


def _rule(values: Mapping[str, Any]) -> str:
    return _word(values, "rule_name") or "an alert"


def _footer(values: Mapping[str, Any]) -> str:
    return f"GiftPulse sent this for the rule {_rule(values)!r} (notice {values['notice_id']})."


def _word(values: Mapping[str, Any], name: str) -> str:
    """A value as one line; empty for None."""
    value = values.get(name)
    return "" if value is None else " ".join(str(value).split())


def _linked(value: str) -> str:
    shown = escape(value)
    return f'<a href="{shown}">{shown}</a>' if value.startswith(("https://", "http://")) else shown
