"""Templates that want to take the machine, its secrets or its time get an error or harmless text, soon."""

import json
import re
import time
from contextlib import suppress
from pathlib import Path

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

VECTORS = Path(__file__).parents[4] / "shared" / "vectors" / "ssti_payloads.json"
VALUES = template_values(sample_notice())
# What a successful attack would show: addresses and reprs of objects, files, environment, process.
LEAK = re.compile(r"0x[0-9a-f]{6}|<(class|function|module|built-in|bound|Template)|root:x:|uid=\d|hunter2|PATH=")


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIFTPULSE_TEST_SECRET", "hunter2")


def tried(template: str) -> list[str]:
    """What each way to render it gives; each within a second of this thread's own work."""
    texts = []
    for render in (render_text, render_html, render_subject):
        began = time.thread_time()
        try:
            texts.append(str(render(template, VALUES).value))
        except RenderError as error:
            texts.append(f"refused: {error}")
        assert time.thread_time() - began < 1
    for text in texts:
        assert len(text) <= 64 * 1024
        assert not LEAK.search(text)
    return texts


@pytest.mark.skipif(not VECTORS.exists(), reason="the shared vectors are not beside this checkout")
def test_vectors() -> None:
    payloads = [p["payload"] for p in json.loads(VECTORS.read_text())["payloads"]]
    assert len(payloads) > 100
    for payload in payloads:
        tried(payload)
        began = time.thread_time()
        with suppress(InvalidInputError):
            check(payload, "config.body")
        assert time.thread_time() - began < 1


ESCAPES = [
    "{{ ''.__class__ }}",
    "{{ ''['__class__'] }}",
    "{{ ''['__cl' ~ 'ass__'] }}",
    "{{ log['__' ~ 'class__'].mro() }}",
    "{{ [''] | map(attribute='__class__') | list }}",
    "{{ ''.format }}",
    "{{ '{0.__class__}'.format(log) }}",
    "{{ '{a.__init__.__globals__}'.format_map({'a': log}) }}",
    "{{ log.update({'a': 1}) }}",
    "{{ logs.append(1) }}",
    "{{ log | attr('__class__') }}",
    "{{ self.__init__.__globals__ }}",
    "{{ cycler.__init__.__globals__.os.environ }}",
    "{{ lipsum.__globals__ }}",
    "{{ loop._iterable }}",
    "{% for x in logs %}{{ loop }}{{ loop._iterable }}{% endfor %}",
    "{% for x in logs %}{{ loop.__init__ }}{% endfor %}",
    "{{ config }}{{ request }}{{ environment }}{{ os }}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}",
    "{{ 1 | _sized }}{{ [1] | _counted(1) }}",
    "{{ severity.upper(*logs) }}",
    "{{ severity.upper.__self__ }}",
]


@pytest.mark.parametrize("template", ESCAPES)
def test_no_way_out(template: str) -> None:
    tried(template)
    assert template_values(sample_notice()) == VALUES


def nested(depth: int) -> str:
    heads = "".join(f"{{% for a{i} in '{'x' * 1500}' %}}" for i in range(depth))
    return heads + "x" + "{% endfor %}" * depth


BOMBS = {
    "power": "{{ 9 ** 9 ** 9 ** 9 }}",
    "squares": "{% set a = 99999999 %}" + "{% set a = a * a %}" * 300 + "{{ a }}",
    "repeat": "{{ 'a' * 200000000 }}",
    "repeat in a loop": "{% for a in 'xxxxxxxx' %}{{ 'a' * 10000 }}{% endfor %}",
    "double by ~": "{% set a = 'xxxxxxxx' %}" + "{% set a = a ~ a ~ a ~ a %}" * 200 + "{{ a }}",
    "double by +": "{% set a = 'xxxxxxxx' %}" + "{% set a = a + a %}" * 200 + "{{ a }}",
    "list of lists": "{% set a = [1, 1] %}" + "{% set a = [a, a, a] %}" * 200 + "{{ a }}",
    "dict of dicts": "{% set a = {} %}" + "{% set a = {'a': a, 'b': a} %}" * 200 + "{{ a | tojson }}",
    "compare": "{% set a = [[1] * 3000] * 3 %}" + "{% if a == a %}{% endif %}" * 200,
    "replace": "{{ 'aaaaaaaaaaaaaaaaaaaa'" + " | replace('a', 'aaaaaaaaaaaaaaaaaa')" * 100 + " }}",
    "replace method": "{{ 'aaaaaaaaaaaaaaaaaaaa'" + ".replace('a', 'aaaaaaaaaaaaaaaaaa')" * 100 + " }}",
    "join": "{% set a = 'x' * 10000 %}{{ a | list | join(a) }}",
    "escape": "{% set a = '<' * 10000 %}" + "{% set a = a | e | string | e %}" * 20 + "{{ a }}",
    "format": "{{ '%0999999999d' | format(1) }}{{ '%0999999999d' % 1 }}",
    "center": "{{ 'x'.center(999999999) }}{{ 'x' | center(999999999) }}",
    "zeros": "{{ 'x'.zfill(999999999) }}{{ 'x'.expandtabs(999999999) }}",
    "round": "{{ 5 | round(-1000000000) }}{{ 5 | round(1000000000) }}",
    "batch": "{{ [1] | batch(999999999, 0) | list }}",
    "lipsum": "{{ lipsum(n=100000) }}",
    "range": "{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}",
    "loops": nested(4),
    "loops with a condition": "{% for a in '" + "x" * 3000 + "' if a in '" + "y" * 3000 + "' %}{% endfor %}" * 1,
    "loops with a large body": "{% for a in '" + "x" * 999 + "' %}" + "{{ a == a }}" * 500 + "{% endfor %}",
    "recursive loop": "{% for a in logs recursive %}{{ loop(logs) }}{% endfor %}",
    "recursive macro": "{% macro f() %}{{ f() }}{{ f() }}{% endmacro %}{{ f() }}",
    "many splits": "{% set a = 'x ' * 4000 %}" + "{% set b = a.split() %}" * 300,
    "many long texts": "{% set a = 'x' * 9000 %}" + "{% set b = a ~ a ~ a ~ a %}" * 240,
    "parentheses": "{{ " + "(" * 4000 + "1" + ")" * 4000 + " }}",
    "minus": "{{ " + "-" * 8000 + "1 }}",
    "attributes": "{{ log" + ".a" * 4000 + " }}",
    "conditions": "{% if log %}" * 330 + "{% endif %}" * 330,
    "alternatives": "{% if log %}" + "{% elif log %}" * 560 + "{% endif %}",
    "digits": "{{ " + "1_" * 4000 + "1 }}",
    "hex": "{{ 0x" + "f" * 8000 + " }}",
    "comments": "{#" * 4000,
    "blanks": "{{" + " " * 8000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_do_not_go_off(name: str) -> None:
    assert len(BOMBS[name]) <= 8192
    tried(BOMBS[name])


def test_the_leaves_of_a_structure_share_one_budget() -> None:
    leaf = (
        "{% for a in '"
        + "x" * 40
        + "' %}{% for b in '"
        + "x" * 40
        + "' %}{% if a == b %}{% endif %}{% endfor %}{% endfor %}"
    )
    render_text(leaf, VALUES)
    structure = [leaf] * 80
    began = time.thread_time()
    with pytest.raises(RenderError, match="too much work"):
        render_json(structure, VALUES)
    with pytest.raises(InvalidInputError, match="too much work"):
        check_json(structure, "config.payload")
    assert time.thread_time() - began < 2
    with pytest.raises(RenderError, match="more than 65536"):
        render_json(["{{ 'x' * 9999 }}"] * 7, VALUES)


def test_a_limit_in_one_rendering_leaves_the_next_alone() -> None:
    for _ in range(3):
        with pytest.raises(RenderError):
            render_text(nested(4), VALUES)
        assert render_text("{{ error_code }}", VALUES).value == "30003"
