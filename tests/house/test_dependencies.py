"""Every dependency has a reason, a lock, and no address of where it came from."""

import re
import subprocess
import sys
import tomllib
from importlib import metadata

from tests.house.source import HOUSE, files, imports, name_of, tracked

PROJECT = tomllib.loads((HOUSE / "pyproject.toml").read_text())
BY_EFFECT = {"httptools", "psycopg", "tzdata", "uvloop"}
"""Dependencies that work by being there: nothing of ours has to import them."""
OF_TRACES = "ground/otlp.py"
"""The one file that needs the extra ``traces``."""


def names(requirements: list[str]) -> set[str]:
    found = (re.match(r"[A-Za-z0-9_.-]+", requirement) for requirement in requirements)
    return {normal(match.group()) for match in found if match}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def described(heading: str) -> dict[str, str]:
    page = (HOUSE / "docs" / "dependencies.md").read_text()
    part = page.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ([\w.-]+) \| (.+) \|$", part, re.MULTILINE)
    return {name: reason for name, reason in rows if name not in ("package", "---")}


RUN = names(PROJECT["project"]["dependencies"])
TRACES = names(PROJECT["project"]["optional-dependencies"]["traces"])
DEV = names(PROJECT["dependency-groups"]["dev"])
SITE = names(PROJECT["dependency-groups"]["docs"])


def test_each_dependency_has_its_reason() -> None:
    assert set(described("To run")) == RUN
    assert set(described("For traces")) == TRACES
    assert set(described("To work on it")) == DEV
    assert set(described("For the documentation site")) == SITE
    said = (described(part) for part in ("To run", "For traces", "To work on it", "For the documentation site"))
    for name, reason in (pair for part in said for pair in part.items()):
        assert len(reason) > 15, f"{name}: why?"


def test_each_dependency_is_locked_with_hashes() -> None:
    for file, wanted in (
        ("requirements.lock", RUN | TRACES),
        ("requirements-dev.lock", RUN | TRACES | DEV),
        ("requirements-docs.lock", SITE),
    ):
        text = (HOUSE / file).read_text()
        locked = {normal(name) for name in re.findall(r"^([\w.-]+)(?:\[[\w,]+\])?==", text, re.MULTILINE)}
        assert wanted <= locked, f"{file}: run `make lock`"
        pinned = re.findall(r"^[\w.-]+(?:\[[\w,]+\])?==.*$", text, re.MULTILINE)
        assert all(line.endswith("\\") for line in pinned), f"{file}: an entry without hashes"


def test_what_is_imported_is_asked_for_and_what_is_asked_for_is_used() -> None:
    packages = metadata.packages_distributions()
    used = set()
    for file in files():
        for module, line in imports(file):
            top = module.split(".")[0]
            if top == "giftpulse" or top in sys.stdlib_module_names:
                continue
            found = {normal(name) for name in packages[top]} & (TRACES if name_of(file) == OF_TRACES else RUN)
            assert found, f"{file}:{line}: {top} is not a dependency of our own"
            used |= found
    assert used | BY_EFFECT == RUN | TRACES


def test_nothing_loads_what_traces_need_until_they_are_wanted() -> None:
    """Who did not ask for traces may not have what they take, and pays nothing for it. (Redis' client looks whether the
    SDK is there, for metrics of its own.)"""
    loads = "import sys, giftpulse.__main__, giftpulse.worker.celery; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", loads], cwd=HOUSE, capture_output=True, text=True, check=True)
    loaded = set(ran.stdout.split())
    assert {"giftpulse.ground.traces", "giftpulse.web"} <= loaded
    assert not {"giftpulse.ground.otlp", "opentelemetry.sdk.trace", "opentelemetry.exporter", "requests"} & loaded


def test_no_file_names_a_package_registry() -> None:
    """Where packages come from is the business of the machine that installs them."""
    hosts = [
        ".".join(parts) for parts in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmjs", "com"))
    ]
    hosts += [".".join(parts) for parts in (("anaconda", "org"), ("jfrog", "io"), ("pkg", "dev"))]
    for file in tracked():
        text = file.read_bytes().decode("utf-8", "replace").lower()
        assert [host for host in hosts if host in text] == [], file


def test_lock_files_hold_no_addresses() -> None:
    for file in ("requirements.lock", "requirements-dev.lock", "requirements-docs.lock"):
        text = (HOUSE / file).read_text()
        assert not re.search(r"://|--index|--find-links|--extra", text), file
