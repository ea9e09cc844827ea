"""The shell lines of the pages that no test runs, and why: this list is all of them (docs/containers.md tells of it).
Every other line is run by ``reader.py``, on the journeys below. ``test_lines.py`` looks at both."""

import re

NOT_RUN: dict[str, str] = {
    r"docker .*|podman-compose .*|python3 containers/trial\.py .*|make image\b.*": (
        "needs an engine of containers. The words are compared with the compose files; CI runs the trials of both forms"
    ),
    r"make (setup|check|test)\b.*|git pull|(uv )?pip install .*|\.venv/bin/ruff format \.": (
        "would change the checkout or the environment that the tests run in, or run them within themselves"
    ),
    r"make (demo|up|infra)\b.*": (
        "`make` is asked what it would do; what that starts has tests of its own (tests/stories/test_demo.py, "
        "tests/cli/test_up.py, infra/tests)"
    ),
    r"make (bench|soak|chaos)\b.*|\.venv/bin/python -m bench\.explain \d+": (
        "minutes of load. `make` is asked what it would do; short forms are among the tests"
    ),
    r'DATABASE_URL=sqlite:////tmp/before\.db .*|\.venv/bin/python -c "\nfrom alembic import command\n.*': (
        "writes a migration into the source"
    ),
}

AWS = "docs/aws.md"
"""A page of which nothing is run: it needs an account at AWS. Only the shape of its lines is looked at; infra/tests
tries the templates and the roll-out."""

JOURNEYS: dict[str, tuple[str, ...]] = {
    "first steps": (
        "README.md", "docs/daily.md", "docs/rules.md", "docs/actions.md", "docs/twilio.md", "docs/cookbook.md",
        "docs/consent.md",
    ),
    "quick start": ("docs/quickstart.md",),
    "operations": ("docs/operations.md",),
    "many": ("docs/many.md",),
}  # fmt: skip
"""Pages in the order in which they are read and done, each with a test that does it (``reader.Reader.do``)."""


def why_not(page: str, line: str) -> str | None:
    """Why a line of a page is not run; None: it is."""
    if page == AWS:
        return "needs an account at AWS"
    return next((why for lines, why in NOT_RUN.items() if re.fullmatch(lines, line.strip(), re.DOTALL)), None)
