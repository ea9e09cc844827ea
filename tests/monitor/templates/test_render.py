"""What templates can do, and how they are refused."""

from typing import Any

import pytest

from giftpulse.ground.errors import InvalidInputError
from giftpulse.monitor.channels.notice import sample_notice, template_values
from giftpulse.monitor.templates.render import (
    RenderError,
    check,
    check_json,
    render_html,
    render_json,
    render_subject,
    render_text,
)


def render(template: str, **alert: Any) -> str:
    return str(render_text(template, template_values(sample_notice(**alert))).value)


def test_the_old_projects_templates_render() -> None:
    old = "Error {{ error_code }} detected"
    check(old, "config.body")
    assert render(old) == "Error 30003 detected"
    old = "{{ rule_name }} {{ log_type }} {{ twilio_sid }} {{ from_number }}->{{ to_number }} {{ log.status }}"
    check(old, "config.body")
    assert render(old) == (
        "Sample rule message SM00000000000000000000000000000000 +15005550006->+15005550009 undelivered"
    )


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{% if count > 10 %}many{% elif count %}few{% else %}none{% endif %}", "many"),
        ("{% for l in logs %}{{ loop.index }}/{{ loop.length }} {{ l.from }};{% endfor %}", "1/1 +15005550006;"),
        ("{% for x in [] %}{{ x }}{% else %}none{% endfor %}", "none"),
        ("{% for k, v in group.items() %}{{ k }}={{ v[:2] }}{% endfor %}", "messaging_service_sid=MG"),
        ("{% for k, v in group | dictsort %}{{ k | upper }}{% endfor %}", "MESSAGING_SERVICE_SID"),
        ("{% for x in [1, 2] %}{{ loop.cycle('a', 'b') }}{% endfor %}", "ab"),
        ("{% set n = count * 2 %}{{ n + 1 }} {{ n // 5 }} {{ n % 5 }} {{ 2 ** 8 }}", "25 4 4 256"),
        ("{% with a = 'b' %}{{ a }}{% endwith %}", "b"),
        ("{{ '=' * 5 }}", "====="),
        ("{{ severity ~ '-' ~ count ~ none }}", "warning-12"),
        ("{{ group }}", '{"messaging_service_sid": "MG00000000000000000000000000000000"}'),
        ("{{ resolved_at }}|{{ resolved_at | default('open') }}", "|open"),
        ("{{ resolved_at | upper }}", ""),
        ("{{ late }} {{ 1.5 | round }} {{ '7' | int + 1 }} {{ 'x' | int(3) }}", "False 2.0 8 3"),
        ("{{ summary | truncate(12) }}", "12 messages…"),
        ("{{ summary.replace('messages', 'SMS') | title }}", "12 Sms Failed Within 5 Minutes"),
        ("{{ ['b', none, 'A'] | sort | join('/') }}", "/A/b"),
        ("{{ [{'a': 1}, {'a': 2}] | map(attribute='a') | join(',') }}", "1,2"),
        ("{{ [3, 1, 3] | unique | list }} {{ [3, 1] | max }} {{ 'abc' | reverse }}", "[3, 1] 3 cba"),
        ("{{ [1, 2] | first }}{{ [1, 2] | last }}{{ [1, 2] | length }}{{ -1 | abs }}", "1221"),
        ("{{ 'a b&c' | urlencode }}", "a%20b%26c"),
        ("{{ log['status'] }} {{ log.get('nope', 'x') }}", "undelivered x"),
        ("{{ error_code in [30003, 30005] }} {{ error_code is number }}", "True True"),
        ("{{ '{{' }} {% raw %}{{ x }}{% endraw %} {# gone #}", "{{ {{ x }} "),
        ("a\r\nb\tc\x00\n", "a\nb\tc\n"),
    ],
)
def test_the_language(template: str, text: str) -> None:
    check(template, "config.body")
    assert render(template) == text


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{{ eror_code }}", "there is no eror_code; did you mean error_code?"),
        ("{{ config }}", "there is no config; known are"),
        ("line\n{% if %}", "line 2: Expected an expression"),
        ("{{ severity | shout }}", "No filter named 'shout'"),
        ("{{ severity | safe }}", "No filter named 'safe'"),
        ("{% if severity is callable %}{% endif %}", "No test named 'callable'"),
        ("{{ 1 / 0 }}", "division by zero"),
        ("{{ severity + 1 }}", "TypeError"),
        ("{{ '%s' % 1 }}", "formats with %"),
        ("{{ 'x' * 10001 }}", "repeats a value too often"),
        ("{{ severity.upper }}", "as a value"),
        ("x" * 8193, "longer than 8192"),
        ("{% include 'x' %}", "include is not available"),
        ("{% macro f() %}{% endmacro %}", "macro is not available"),
        ("{{ range(3) }}", "only these can be called"),
        ("{{ severity.center(9) }}", "only these can be called"),
        ("{{ _x }}", "'_x' is not available"),
        ("{{ self }}", "'self' is not available"),
    ],
)
def test_refused_at_save_with_field_and_reason(template: str, reason: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        check(template, "config.body")
    [error] = caught.value.errors
    assert error.field == "config.body"
    assert reason in error.reason


def test_what_only_this_alert_lacks_is_empty_and_noted() -> None:
    template = "[{{ group.region }}{{ log.a.b.c }}{{ logs[7].sid }}{% for x in log.list %}x{% endfor %}]"
    check(template, "config.body")
    rendered = render_text(template, template_values(sample_notice()))
    assert rendered.value == "[]"
    assert rendered.warnings == (
        "region is unknown",
        "a.b.c is unknown",
        "7.sid is unknown",
        "list is unknown",
    )
    assert render_text("{% if group.region %}x{% endif %}", template_values(sample_notice())).warnings == ()


def test_html_escapes_data_and_keeps_the_authors_markup() -> None:
    values = template_values(sample_notice(rule_name="<script>alert(1)</script>", group={"<b>": "&"}))
    html = render_html("<b>{{ rule_name }}</b> {{ group }} {{ '<i>' ~ rule_name | e }}", values).value
    assert "<script>" not in html
    assert html.startswith("<b>&lt;script&gt;alert(1)&lt;/script&gt;</b> {&#34;&lt;b&gt;")
    assert "&lt;i&gt;" in html


def test_a_subject_is_one_short_line() -> None:
    values = template_values(sample_notice(rule_name="a\r\nBcc: victim@example.com\x0b\u2028" + "x" * 400))
    subject = render_subject("{{ rule_name }}\r\nX: y", values).value
    assert subject.startswith("a Bcc: victim@example.com x")
    assert len(subject) == 200


def test_json_renders_leaves_and_keeps_types() -> None:
    structure = {
        "text": 'say "{{ rule_name }}"',
        "n": 5,
        "flag": True,
        "nothing": None,
        "{{ key }}": ["{{ error_code }}", {"deep": "{{ status }}"}],
        "count": "{{ count | tojson }}",
        "logs": "{{ logs | map(attribute='sid') | tojson }}",
        "mixed": "n={{ count | tojson }}",
    }
    check_json(structure, "config.payload")
    values = template_values(sample_notice(rule_name='"}, {"x": "'))
    assert render_json(structure, values).value == {
        "text": 'say ""}, {"x": ""',
        "n": 5,
        "flag": True,
        "nothing": None,
        "{{ key }}": ["30003", {"deep": "undelivered"}],
        "count": 12,
        "logs": ["SM00000000000000000000000000000000"],
        "mixed": "n=12",
    }


def test_json_names_the_leaves_at_fault() -> None:
    with pytest.raises(InvalidInputError) as caught:
        check_json({"a": ["{{ nope }}", "fine"], "b": {"c": "{% if %}"}}, "config.payload")
    assert [error.field for error in caught.value.errors] == ["config.payload.a.0", "config.payload.b.c"]
    with pytest.raises(InvalidInputError) as caught:
        check_json({"a": ["fine", "{{ 1 / 0 }}"]}, "config.payload")
    assert [error.field for error in caught.value.errors] == ["config.payload.a.1"]
    with pytest.raises(RenderError) as failed:
        render_json({"a": ["fine", "{{ 1 / 0 }}"]}, template_values(sample_notice()))
    assert failed.value.path == ("a", "1")


def test_json_has_limits() -> None:
    deep: Any = "x"
    for _ in range(30):
        deep = [deep]
    for structure in (deep, ["x"] * 201, ["x" * 8000] * 3):
        with pytest.raises(InvalidInputError):
            check_json(structure, "config.payload")
    with pytest.raises(RenderError, match="deeper"):
        render_json(deep, {})
    with pytest.raises(RenderError):
        render_json("{{ 1e308 * 10 | tojson }}", {})
