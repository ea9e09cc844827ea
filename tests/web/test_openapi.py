"""The OpenAPI is true: schemathesis calls every operation with what it allows and with what it does not."""

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import schemathesis
import schemathesis.engine
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events
from schemathesis.generation.meta import CoveragePhaseData, CoverageScenario

from tests import make
from tests.service import Service, serving
from tests.web import seeded

BEYOND_A_SCHEMA = {
    "/api/rules": "regexes must compile, a field takes certain operators only, and one of two forms is written",
    "/api/actions": "the rule must exist, and a channel reads its templates, addresses and headers",
    "/api/silences": "the end must be still to come, and after the start",
    "/api/programs": "a window ends after it begins, a keyword is free and means nothing else, and a name is not blank",
    "/api/subscribers": "the program must exist, a number be one, a place be known, and an active person have agreed",
    "/api/editions": "a text must pass its checks and not have been said before, and its day be still to come",
    "/join/{slug}": "the box must be ticked, the words be those of now, and a number be one",
}
"""Where input that fits the schema may be refused all the same (422), and why no JSON Schema can say it."""

SHAPED_AS_AN_ID = frozenset(
    {"/api/subscribers/import", "/api/editions/generate", "/api/editions/check", "/api/editions/costs"}
)
"""For schemathesis these have one method alone; for us their last word may also be an id, if a wrong one: so that other
methods answer 422 and not 405."""

COMBINATIONS = frozenset(
    {CoverageScenario.OBJECT_REQUIRED_AND_OPTIONAL, CoverageScenario.OBJECT_ONLY_REQUIRED, CoverageScenario.ENUM_VALUE}
)
"""What schemathesis describes in the same words although it differs."""

TOO_DEEP = "follow next_cursor instead"
"""The reason that a page is refused for: ``page`` times ``page_size`` is too much, which a schema cannot say either."""

OUT_OF_TIME = "expected a date from 2020 to 2199"
"""The reason that a date is refused for: a schema can say that it is one, and not when."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("openapi")
    with (
        closing(make.site(make.sqlite_url(folder), webhook_timeout_seconds=1)) as site,
        pytest.MonkeyPatch.context() as m,
    ):
        # Else requests looks through the whole environment for a proxy before each call.
        m.setenv("NO_PROXY", "127.0.0.1")
        seeded.everything(site)
        with serving(site) as running:
            yield running


class OneOfAKind:
    """Lets one value of a kind (too long, of a wrong type, the largest) through for each parameter of an operation, and
    for each field of a body, whichever operations take it.

    The phase of coverage tries up to ten wrong types for a field, each alone and beside all others, at every operation
    that takes it. Those 6,000 calls once took more than five minutes beside other tests.
    """

    def __init__(self) -> None:
        self._tried: set[tuple[str, ...]] = set()

    def __call__(self, _: object, case: Any) -> bool:
        data = case.meta.phase.data
        if not isinstance(data, CoveragePhaseData) or data.scenario in COMBINATIONS:
            return True
        raw, parameter = case.operation.definition.raw, data.parameter or ""
        # A media type is named where it is the body.
        body = json.dumps(raw.get("requestBody")) if "/" in parameter else ""
        kind = (body or f"{case.method} {case.operation.label}", parameter, *self._words(data))
        is_new = kind not in self._tried
        self._tried.add(kind)
        return is_new

    @staticmethod
    def _words(data: CoveragePhaseData) -> tuple[str, str]:
        return data.scenario.value, data.description.removeprefix(f"{data.parameter}: ")


def failures(service: Service, examples: int) -> Iterator[str]:
    """Run all phases of schemathesis with all of its checks; tells each broken word."""
    config = SchemathesisConfig.from_dict(
        {
            "seed": 20261120,
            "headers": {"Authorization": f"Bearer {make.ADMIN}"},
            "generation": {"max-examples": examples, "database": "none"},
            "phases": {"stateful": {"max-steps": 4, "generation": {"max-examples": 3}}},
            "cache": {"enabled": False},
            "continue-on-failure": True,
        }
    )
    schema = schemathesis.openapi.from_url(f"{service.url}/openapi.json", config=config)
    schema.hook("filter_case")(OneOfAKind())
    tried: set[str] = set()
    for event in schemathesis.engine.from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            yield f"schemathesis itself: {event}"
        if isinstance(event, events.ScenarioFinished):
            tried.add(event.label or "")
            yield from broken(event.recorder)
    paths = service.get("/openapi.json")["paths"]
    offered = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    assert offered - tried == set(), "not every operation was tried"


def broken(recorder: Any) -> Iterator[str]:
    """The checks of one scenario that failed, but for those with a stated reason."""
    for case_id, checks in recorder.checks.items():
        for check in checks:
            found = check.failure_info
            if found is None:
                continue
            case, answer = recorder.cases[case_id].value, recorder.interactions[case_id].response
            if check.name == "positive_data_acceptance" and excused(case, answer):
                continue
            if check.name in ("unsupported_method", "allow_header_conformance") and (
                case.operation.path in SHAPED_AS_AN_ID
            ):
                continue
            yield f"{check.name}: {found.failure.title}: {found.failure.message}\n{found.code_sample}\n{answer.text}"


def excused(case: Any, answer: Any) -> bool:
    """Whether a refusal of input that fits the schema is one that no schema can foresee."""
    if answer.status_code != 422:
        return False
    if case.method == "GET":
        detail = json.loads(answer.text)["detail"]
        return TOO_DEEP in detail or OUT_OF_TIME in detail
    return "/".join(case.operation.path.split("/")[:3]) in BEYOND_A_SCHEMA


@pytest.mark.timeout(300)
def test_every_operation_keeps_its_word(service: Service) -> None:
    found = list(failures(service, examples=5))
    assert not found, f"{len(found)} failures\n\n" + "\n\n".join(found[:20])


def test_every_body_has_an_example(service: Service) -> None:
    described = service.get("/openapi.json")
    schemas = described["components"]["schemas"]
    bodies = [
        (f"{method} {path}", operation["requestBody"]["content"]["application/json"]["schema"])
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
        if "application/json" in operation.get("requestBody", {}).get("content", {})
    ]
    assert len(bodies) >= 7
    for name, schema in bodies:
        refs = [part["$ref"] for part in schema.get("anyOf", [schema]) if "$ref" in part]
        for ref in refs:
            assert schemas[ref.split("/")[-1]].get("examples"), f"{name}: {ref}"


def test_every_operation_says_what_it_may_answer(service: Service) -> None:
    described = service.get("/openapi.json")
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], f"{method} {path}"
            assert operation["description"], f"{method} {path}"
            if path.startswith("/join/"):  # pages for people, open to anybody
                continue
            if not path.endswith(("/health", "/alive")):
                refusals = {"401"} if path == "/metrics" else {"401", "422"}  # it takes no input
                assert refusals <= set(operation["responses"]), f"{method} {path}"
                assert operation["security"], f"{method} {path}"
            for status, answer in operation["responses"].items():
                if status.startswith("4"):
                    assert set(answer["content"]) == {"application/problem+json"}, f"{method} {path} {status}"
