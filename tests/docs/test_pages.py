"""All pages: their links lead somewhere, and every setting they name exists."""

import re
from pathlib import Path

import yaml

from giftpulse.ground.settings import Settings
from tests.docs.pages import HOUSE, PAGES, blocks, name_of, spans

SETTINGS = {name.upper() for name in Settings.model_fields}
OF_TESTS = {"TEST_POSTGRES_URL"}  # read by tests/postgres.py, not by the service
OF_CONTAINERS = {  # read by compose and by `make image`
    "BASE_IMAGE", "GIFTPULSE_ENV_FILE", "GIFTPULSE_IMAGE", "GIFTPULSE_LISTEN", "GIFTPULSE_PORT", "POSTGRES_IMAGE",
    "POSTGRES_PASSWORD", "VALKEY_IMAGE",
}  # fmt: skip
OF_OPENTELEMETRY = {
    "OTEL_EXPORTER_OTLP_TIMEOUT", "OTEL_RESOURCE_ATTRIBUTES", "OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG",
}  # fmt: skip


def test_links_lead_to_files() -> None:
    dead = [
        f"{name_of(page)}: {target}"
        for page in PAGES
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text())
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert dead == []


def _heads(page: Path) -> set[str]:
    heads = re.findall(r"(?m)^#+ (.+)$", page.read_text())
    return {re.sub(r"[^a-z0-9 -]", "", head.lower()).replace(" ", "-") for head in heads}


def test_links_lead_to_headings() -> None:
    heads = {page: _heads(page) for page in PAGES}
    dead = [
        f"{name_of(page)}: {target}#{heading}"
        for page in PAGES
        for target, heading in re.findall(r"\]\(([^)#\s:]*)#([^)]+)\)", page.read_text())
        if heading not in heads[(page.parent / target).resolve() if target else page]
    ]
    assert dead == []


def test_every_page_has_its_place_on_the_site() -> None:
    nav = yaml.safe_load((HOUSE / "mkdocs.yml").read_text())["nav"]
    flat = [name for part in nav for name in ([part] if isinstance(part, str) else next(iter(part.values())))]
    docs = HOUSE / "docs"
    assert sorted(flat) == sorted(page.relative_to(docs).as_posix() for page in PAGES if page.is_relative_to(docs))


def test_the_site_asks_no_other_host() -> None:
    """The theme would fetch its highlighter from elsewhere."""
    theme = yaml.safe_load((HOUSE / "mkdocs.yml").read_text())["theme"]
    assert (theme["name"], theme["highlightjs"]) == ("readthedocs", False)


def test_pages_of_the_site_lead_nowhere_else_in_the_project() -> None:
    """The site has the folder docs/ only."""
    docs = HOUSE / "docs"
    out = [
        f"{name_of(page)}: {target}"
        for page in PAGES
        if page.is_relative_to(docs)
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text())
        if "://" not in target and not (page.parent / target).resolve().is_relative_to(docs)
    ]
    assert out == []


def test_settings_that_are_named_exist() -> None:
    named = {
        found
        for page in PAGES
        for span in spans(page)
        for found in re.findall(r"\A([A-Z]{3,}(?:_[A-Z]+)+)(?:=.*)?\Z", span)
    }
    named |= {name for block in blocks("ini") for name in re.findall(r"^([A-Z_]+)=", block.text, re.MULTILINE)}
    assert named - SETTINGS == OF_TESTS | OF_CONTAINERS | OF_OPENTELEMETRY


def test_operations_tells_of_every_setting() -> None:
    page = (HOUSE / "docs" / "operations.md").read_text()
    assert {name for name in SETTINGS if f"`{name}`" not in page} == set()


def test_decisions_are_numbered_and_in_one_form() -> None:
    pages = sorted((HOUSE / "docs" / "decisions").glob("*.md"))
    assert [page.name[:4] for page in pages] == [f"{number:04}" for number in range(1, len(pages) + 1)]
    for page in pages:
        heads = re.findall(r"^#+ .+$", page.read_text(), re.MULTILINE)
        assert heads[0].startswith(f"# {page.name[:4]}: "), page.name
        assert heads[1:] == ["## Context", "## Decision", "## Consequence"], page.name
