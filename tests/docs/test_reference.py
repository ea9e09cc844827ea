"""docs/reference.md is what the service says of itself."""

import pytest

from tests.docs.reference import PAGE, openapi, text


def test_the_reference_is_that_of_the_openapi() -> None:
    if PAGE.read_text() != text(openapi()):
        pytest.fail("docs/reference.md is out of date: run `make reference`")


def test_every_request_is_on_it() -> None:
    page = PAGE.read_text()
    asked = [(method, path) for path, each in openapi()["paths"].items() for method in each]
    assert len(asked) > 50
    assert [f"{method} {path}" for method, path in asked if f"### `{method.upper()} {path}`\n" not in page] == []
