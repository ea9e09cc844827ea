"""AWS as code: what it tells containers to do and to read exists here. Needs nothing of what `infra/` needs."""

import json
import re
from contextlib import closing
from typing import Any

import pytest

import giftpulse.__main__  # noqa: F401  its import adds the commands
from giftpulse import timetable
from giftpulse.cli.serve import KEEP_ALIVE
from giftpulse.emf.lines import NAMESPACE
from giftpulse.ground.settings import Settings, load
from giftpulse.ground.site import open_site
from giftpulse.health import router
from infra.commands import ALIVE, DATA, HEALTHY, LOOK, MIGRATE, PORT, USER
from infra.environment import (
    FROM_OPERATOR,
    GENERATED,
    OF_CACHE,
    OF_CACHE_SECRET,
    OF_DATABASE,
    OF_OPENTELEMETRY,
    OF_PARAMETERS,
    PLAIN,
    TO_MIGRATE,
    TO_TICK,
    TO_WORK,
)
from infra.profiles import LARGE, PROFILES
from tests.docs.test_commands import leaf
from tests.house.source import HOUSE
from tests.house.test_dependencies import described, names, normal

COMMANDS = {
    MIGRATE,
    LOOK,
    *((job.command,) for each in PROFILES.values() for job in each.jobs),
    *(s.command for each in PROFILES.values() for s in (each.web, each.worker, each.beat) if s is not None),
}


GIVEN = [*PLAIN, *OF_PARAMETERS, *OF_CACHE, *OF_DATABASE, *GENERATED, OF_CACHE_SECRET, *FROM_OPERATOR]
OPEN = {*PLAIN, *OF_PARAMETERS, *OF_CACHE, *OF_OPENTELEMETRY}


def test_every_setting_can_be_set_on_aws_in_one_way() -> None:
    """A new one goes into ``OF_PARAMETERS``, or, if it is secret, into ``FROM_OPERATOR`` and the example."""
    assert sorted(GIVEN) == sorted(name.upper() for name in Settings.model_fields)
    assert not set(OF_OPENTELEMETRY) & set(GIVEN)


def test_what_a_kind_of_task_needs_is_there() -> None:
    assert {*TO_MIGRATE, *TO_TICK, *TO_WORK} <= {*OF_DATABASE, *GENERATED, OF_CACHE_SECRET, *FROM_OPERATOR}


@pytest.mark.parametrize("role", [TO_MIGRATE, TO_TICK, TO_WORK], ids=["migrate", "beat", "work"])
def test_each_kind_of_task_starts_while_the_key_is_changed(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, role: tuple[str, ...]
) -> None:
    """With the secrets that it gets, and no others, it opens what the key before has locked."""
    secrets = {"SECRET_KEY": "a-key-that-is-new-" * 2, "SECRET_KEY_PREVIOUS": "a-key-of-before-" * 2}
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.setenv("SECRET_KEY", secrets["SECRET_KEY_PREVIOUS"])
    _enrol()
    for name in secrets.keys() & set(role):
        monkeypatch.setenv(name, secrets[name])
    _enrol()


def _enrol() -> None:
    with closing(open_site(load(_env_file=None))) as site:
        timetable.enrol(site)


def test_whoever_hands_over_traces_may() -> None:
    """The address of the collector goes to all of them in the open."""
    assert "OTEL_EXPORTER_OTLP_ENDPOINT" in OF_PARAMETERS
    for role in (TO_MIGRATE, TO_TICK, TO_WORK):
        assert "OTEL_EXPORTER_OTLP_HEADERS" in role


def test_what_is_secret_is_not_told_in_the_open() -> None:
    secret = {n.upper() for n, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)}
    assert not secret & OPEN


def test_the_example_has_every_key_and_no_value() -> None:
    example: dict[str, Any] = json.loads((HOUSE / "infra" / "providers.example.json").read_text())
    assert example == dict.fromkeys(FROM_OPERATOR, "")


def test_empty_values_of_the_operator_mean_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*FROM_OPERATOR, *OF_PARAMETERS):
        monkeypatch.setenv(name, "")
    assert load(_env_file=None) == Settings(_env_file=None)
    assert load(_env_file=None).smtp_host is None


@pytest.mark.parametrize("words", sorted(COMMANDS), ids=" ".join)
def test_every_command_exists_and_takes_its_options(words: tuple[str, ...]) -> None:
    command, rest = leaf(list(words))
    assert not hasattr(command, "commands")
    command.make_context("giftpulse", list(rest)).close()


def test_the_load_balancer_asks_something_that_is_there() -> None:
    assert ALIVE in {getattr(route, "path", None) for route in router.routes}


def test_we_keep_connections_for_longer_than_the_load_balancer_does() -> None:
    """Who closes first must be the one who knows whether a request is on its way."""
    door = (HOUSE / "infra" / "door.py").read_text()
    (idle,) = re.findall(r"idle_timeout=Duration\.seconds\((\d+)\)", door)
    assert int(idle) + 10 < KEEP_ALIVE
    assert f"{KEEP_ALIVE} seconds" in (HOUSE / "docs" / "many.md").read_text()


def test_the_image_is_as_it_is_taken_to_be() -> None:
    image = (HOUSE / "Dockerfile").read_text()
    for line in (f"USER {USER}", f'"{HEALTHY}"]', f"VOLUME {DATA}", f"EXPOSE {PORT}", 'ENTRYPOINT ["giftpulse"]'):
        assert line in image, line


def test_alarms_and_scaling_look_at_metrics_that_are_written() -> None:
    measures = (HOUSE / "src" / "giftpulse" / "emf" / "measures.py").read_text()
    written = set(re.findall(r'Measure\("(\w+)"', measures))
    pages = [(HOUSE / "infra" / f"{name}.py").read_text() for name in ("watching", "board", "stack")]
    asked = {name for page in pages for name in re.findall(r'own\("(\w+)"', page)}
    assert len(asked) > 5
    assert asked <= written
    assert f'NAMESPACE = "{NAMESPACE}"' in (HOUSE / "infra" / "metrics.py").read_text()


def test_postgres_has_connections_for_all() -> None:
    """As docs/many.md reckons: eight for each place of a worker, the pool for each web process."""
    assert LARGE.worker is not None
    places = int(LARGE.worker.command[-1]) * LARGE.worker.most
    assert places * 8 + LARGE.web.most * LARGE.pool_size < LARGE.database_connections


def test_what_it_needs_has_its_reason_and_its_hashes() -> None:
    lines = (HOUSE / "infra" / "requirements.in").read_text().splitlines()
    wanted = names([line for line in lines if not line.startswith("#")])
    assert set(described("For AWS as code")) == wanted
    lock = (HOUSE / "infra" / "requirements.lock").read_text()
    pinned = re.findall(r"^([\w.-]+)(?:\[[\w,-]+\])?==.*$", lock, re.MULTILINE)
    assert wanted <= {normal(name) for name in pinned}
    assert lock.count("--hash=sha256:") > len(pinned)
    assert not re.search(r"://|--index|--find-links|--extra", lock)
