"""``db copy``: every row of both halves from SQLite to Postgres and back, as it was; and what is refused."""

import base64
import json
import re
import tracemalloc
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, func, insert, select, text
from sqlalchemy.engine import make_url

from giftpulse import schema
from giftpulse.daily.editions.models import WritingAttempt
from giftpulse.daily.outbox.models import DeliveryEvent, Note, Reconciliation
from giftpulse.daily.programs import holds
from giftpulse.daily.programs import store as programs
from giftpulse.daily.subscribers.models import Subscriber
from giftpulse.ground import clock, kept_keys, lock, transfer
from giftpulse.ground.access import create_token
from giftpulse.ground.database import Database
from giftpulse.ground.runs import RoundRun
from giftpulse.ground.site import Site
from giftpulse.logs.models import LogBackfill, LogReject
from giftpulse.monitor.actions import store as actions
from giftpulse.monitor.actions.models import Action
from giftpulse.timetable import ROUNDS, enrol
from tests import make
from tests.cli.terminal import error_of, run, told
from tests.daily.world import EVENING, SENDER, World, living
from tests.web import seeded

KEY = "a key for tests, long enough to be taken"
LATER = EVENING + timedelta(hours=3)
SECRET = "whsec_" + base64.b64encode(bytes(range(24))).decode()
TABLES = schema.metadata.sorted_tables
NASTY = "tab\t, line\n, quote ' \" \\N \\. 👋 \\"


def fill(world: World) -> None:
    """Something in every table, by the ways of the service wherever they lead there."""
    site = world.site
    rule = seeded.rule(site)
    seeded.action(site, rule, secret=SECRET)
    seeded.silence(site)
    enrol(site)
    people = world.people(world.program(), 4)
    world.plan()
    world.send()
    world.twilio.receive("+12125550000", SENDER, "Who is this?")
    world.twilio.settle()
    world.poll()
    world.confirm()
    make.take(site, *(make.message(error_code=30003, status="undelivered", body=NASTY) for _ in range(3)), now=EVENING)
    for name in ("watch", "resolve", "notify", "answer"):
        next(each for each in ROUNDS if each.name == name).run(site)
    make.take(site, make.message(), now=EVENING)  # owed to everybody still
    _add_the_rare(site, people[0])


def _add_the_rare(site: Site, person: int) -> None:
    now = clock.now() + timedelta(microseconds=123_457)
    with site.database.begin() as session:
        create_token(session, "grafana", "read", now)
        lock.acquire(session, "pull message", "somebody", now - timedelta(hours=1), timedelta(minutes=1))
        holds.hold(session, "program:1", "operator", "for the test", now)
        session.add(LogReject(digest=bytes(range(32)), source="poll", seen_at=now, reason="none", raw=NASTY))
        session.add(LogBackfill(account_sid=make.ACCOUNT, resource="message", since=now, until=now, reached=now))
        session.add(DeliveryEvent(delivery_id=person << 16, at=now, what="a try", why=""))
        session.add(Note(key="reply:1", sender=SENDER, state="accepted", send_at=now, expires_at=now, created_at=now))
        session.add(Reconciliation(at=now, checked=1, healed=0, unpriced=0, strangers=0, samples="[]"))
        kept_keys.keep(session, site.box)
        session.add(RoundRun(name="settle", last_run_at=now - timedelta(hours=1), failures=0))
        session.add(
            WritingAttempt(
                program_id=1, local_date=now.date(), language="en", theme="", at=now, model="m", outcome="ok",
                text=None, reason=NASTY, prompt_tokens=1, completion_tokens=2, cost_micros=2**40, milliseconds=3,
            )
        )  # fmt: skip


def rows(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Everything in a database, table by table."""
    with database.read() as session:
        return {
            table.name: [tuple(row) for row in session.execute(select(table).order_by(*table.primary_key.columns))]
            for table in TABLES
        }


def columns_as_text(database: Database, table: Table) -> list[tuple[Any, ...]]:
    """The rows of a SQLite table as they lie in the file, with nothing of ours in between."""
    with database.read() as session:
        key = ", ".join(column.name for column in table.primary_key.columns)
        return [tuple(row) for row in session.execute(text(f"SELECT * FROM {table.name} ORDER BY {key}"))]


@contextmanager
def moved(world: World, url: str) -> Iterator[World]:
    """The same installation on another database, at the same Twilio."""
    settings = world.site.settings
    kept = ("twilio_account_sid", "twilio_auth_token", "twilio_api_url", "twilio_monitor_url")
    changes = {name: getattr(settings, name) for name in kept}
    with closing(make.site(url, migrated=True, secret_key=KEY, **changes)) as site:
        yield World(site, world.twilio)


def resume(world: World, program: int) -> None:
    """An operator lifts whatever holds a program."""
    with world.site.database.begin() as session:
        programs.resume(session, program, world.site.settings, clock.now(), "test")


@pytest.fixture
def empty_postgres(postgres_url: str) -> str:
    """A Postgres with nothing in it, not even a schema."""
    with closing(Database(postgres_url)) as database, database.begin() as session:
        session.execute(text("DROP SCHEMA public CASCADE"))
        session.execute(text("CREATE SCHEMA public"))
    return postgres_url


@pytest.fixture
def filled(sqlite_url: str) -> Iterator[World]:
    """An installation on SQLite where everything has happened, three hours ago."""
    with clock.stopped(EVENING), living(sqlite_url) as world:
        fill(world)
        with clock.stopped(LATER):
            yield world


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    """The key of these installations in the environment."""
    monkeypatch.setenv("SECRET_KEY", KEY)


@pytest.mark.usefixtures("key")
def test_there_and_back_again_everything_is_as_it_was(
    filled: World, sqlite_url: str, empty_postgres: str, tmp_path: Path
) -> None:
    before = rows(filled.site.database)
    assert [name for name, found in before.items() if not found] == [], "something of everything"
    done = told("db", "copy", "--from", sqlite_url, "--to", empty_postgres)
    leases = before.pop("leases")
    assert (done["leases_freed"], done["texts_held"]) == (len(leases), False)
    assert done["tables"] == {name: len(found) for name, found in before.items()}
    assert done["rows"] == sum(map(len, before.values()))
    before["leases"] = []
    with closing(Database(empty_postgres)) as database:
        assert rows(database) == before
        assert schema.drift(database.engine) == []
    short = f"sqlite:{tmp_path / 'new' / 'back.db'}"
    assert told("db", "copy", "--from", empty_postgres, "--to", short)["tables"] == done["tables"]
    with closing(Database(f"sqlite:///{tmp_path / 'new' / 'back.db'}")) as database:
        assert rows(database) == before
        for table in (table for table in TABLES if table.name != "leases"):
            assert columns_as_text(database, table) == columns_as_text(filled.site.database, table), table.name


@pytest.mark.usefixtures("key")
def test_the_service_goes_on_in_the_new_database(filled: World, sqlite_url: str, empty_postgres: str) -> None:
    told("db", "copy", "--from", sqlite_url, "--to", empty_postgres)
    changes = {
        name: getattr(filled.site.settings, name)
        for name in ("twilio_account_sid", "twilio_api_url", "twilio_monitor_url")
    }
    token = filled.twilio.auth_token
    with closing(make.site(empty_postgres, migrated=True, twilio_auth_token=token, **changes)) as site:
        moved = World(site, filled.twilio)
        with site.database.read() as session:
            action = session.scalars(select(Action)).first()
            assert action is not None
            assert (actions.config_of(site, action) or {})["secret"] == SECRET
            oldest = session.scalar(select(func.max(Subscriber.id))) or 0
        enrol(site)
        assert moved.person(1, phone="+13035550177") == oldest + 1
        make.take(site, *(make.message(error_code=30003, status="undelivered") for _ in range(3)), now=LATER)
        for each in ROUNDS:
            each.run(site)
        assert moved.deliveries(subscriber_id=oldest + 1)


@pytest.mark.usefixtures("key")
def test_new_ids_come_after_the_highest(filled: World, sqlite_url: str, empty_postgres: str) -> None:
    told("db", "copy", "--from", sqlite_url, "--to", empty_postgres)
    with closing(Database(empty_postgres)) as database, database.begin() as session:
        for table in TABLES:
            if (counter := table.autoincrement_column) is not None:
                highest = session.scalar(select(func.max(counter))) or 0
                sequence = func.pg_get_serial_sequence(table.name, counter.name)
                assert session.scalar(select(func.nextval(sequence))) == highest + 1, table.name


@pytest.mark.usefixtures("key")
def test_a_database_that_holds_anything_is_refused(
    filled: World, sqlite_url: str, postgres_url: str, tmp_path: Path
) -> None:
    with closing(Database(postgres_url)) as database:
        with database.begin() as session:
            create_token(session, "admin", "admin", LATER)
        said = error_of("db", "copy", "--from", sqlite_url, "--to", postgres_url)
        assert "not empty (api_tokens has rows)" in said
        assert [name for name, found in rows(database).items() if found] == ["api_tokens"]
    other = Database(f"sqlite:///{tmp_path / 'other.db'}")
    with closing(other), other.begin() as session:
        session.execute(text("CREATE TABLE strangers AS SELECT 1 AS one"))
    assert "strangers has rows" in error_of("db", "copy", "--from", sqlite_url, "--to", f"sqlite:{tmp_path}/other.db")
    assert "is the database that is copied from" in error_of("db", "copy", "--from", sqlite_url, "--to", sqlite_url)


@pytest.mark.usefixtures("key")
def test_a_source_that_is_not_there_or_behind_is_refused(tmp_path: Path) -> None:
    assert "no file" in error_of("db", "copy", "--from", "sqlite:nowhere.db", "--to", "sqlite:new.db")
    Database("sqlite:///behind.db").close()
    (tmp_path / "behind.db").touch()
    assert "giftpulse db upgrade" in error_of("db", "copy", "--from", "sqlite:behind.db", "--to", "sqlite:new.db")
    assert not (tmp_path / "new.db").exists()
    assert "--to: expected" in error_of("db", "copy", "--from", "sqlite:behind.db", "--to", "mysql://somewhere/x")


@pytest.mark.usefixtures("key")
def test_a_service_that_works_there_is_noticed(filled: World, sqlite_url: str, tmp_path: Path) -> None:
    typed = ("db", "copy", "--from", sqlite_url, "--to", f"sqlite:{tmp_path / 'new.db'}")
    with filled.site.database.begin() as session:
        session.get_one(RoundRun, "settle").last_run_at = LATER - timedelta(seconds=12)
    assert "the round settle ran 12 s ago" in error_of(*typed)
    with filled.site.database.begin() as session:
        session.get_one(RoundRun, "settle").last_run_at = LATER - transfer.QUIET
        lock.acquire(session, "pull call", "a poller", LATER, timedelta(minutes=1))
    assert "pull call is held by a poller" in error_of(*typed)
    done = told(*typed[:2], "--force", *typed[2:])
    assert (done["rows"] > 50, done["leases_freed"], done["texts_held"]) == (True, 2, True)


@pytest.mark.usefixtures("key")
def test_beside_a_running_service_the_copy_sends_nothing_that_it_may_send(filled: World, home: Path) -> None:
    """Both know the same plan. The old one goes on until it is stopped; then the new one is resumed."""
    with clock.stopped(EVENING + timedelta(minutes=5)) as time:
        program = filled.program(name="Second")
        filled.people(program, 30)
        filled.plan()
        time.move(minutes=1)
        before = len(filled.at_twilio())
        said = run("db", "copy", "--force", "--from", str(filled.site.database.engine.url), "--to", "sqlite:new.db")
        assert "No text goes out from here: the old service goes on." in said.stdout
        with moved(filled, "sqlite:///new.db") as new:
            time.move(minutes=40)
            assert new.send().posted == 0
            sent = filled.send().accepted
            assert sent > 10
            resume(new, program)
            new.plan()
            assert new.send().posted == 0
            time.move(minutes=70)
            assert new.send().accepted > 0
        numbers = [to for to, _ in filled.at_twilio()]
        assert before + sent < len(numbers) == len(set(numbers))


@pytest.mark.usefixtures("key")
def test_a_copy_by_other_means_is_held_once_it_is_said(
    filled: World, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    with clock.stopped(EVENING):
        filled.people(filled.program(name="Second"), 30)
        filled.plan()
        done = told("db", "copied")
        assert (done["texts_held"], done["texts_skipped"] > 10, done["notes_skipped"]) == (True, True, 0)
        assert filled.send().posted == 0
        assert "No text goes out from here: this is a copy. 0 texts" in run("db", "copied").stdout
    monkeypatch.setenv("DATABASE_URL", "sqlite:///empty.db")
    assert run("db", "upgrade").exit_code == 0
    assert "There is no program" in run("db", "copied").stdout


@pytest.mark.usefixtures("key")
def test_no_file_of_the_old_database_is_the_new_one(filled: World, sqlite_url: str, home: Path) -> None:
    (home / "linked.db").symlink_to(home / "test.db")
    for name in ("linked.db", "test.db-wal", "test.db.key"):
        said = error_of("db", "copy", "--from", sqlite_url, "--to", f"sqlite:{name}")
        assert "is the database that is copied from" in said, name


@pytest.mark.usefixtures("key")
def test_no_password_of_a_parameter_is_shown(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = make_url(postgres_url).update_query_dict({"password": "hunter2-and-more", "sslpassword": "hunter3"})
    typed = address.render_as_string(hide_password=False)
    monkeypatch.setenv("DATABASE_URL", typed)
    assert "password=***&sslpassword=***" in told("db", "status")["database"]
    make.site(f"sqlite:///{tmp_path / 'old.db'}", secret_key=KEY).close()
    with closing(Database(postgres_url)) as database, database.begin() as session:
        session.execute(text("DROP SCHEMA public CASCADE"))
        session.execute(text("CREATE SCHEMA public"))
    result = run("db", "copy", "--from", f"sqlite:{tmp_path / 'old.db'}", "--to", typed)
    assert "DATABASE_URL=postgresql+psycopg://" in result.stdout
    assert "password=***" in result.stdout
    assert "hunter" not in result.output


def test_the_key_of_a_file_goes_along(sqlite_url: str, empty_postgres: str, tmp_path: Path) -> None:
    with clock.stopped(EVENING), closing(make.site(sqlite_url, migrated=True, secret_key=None)) as site:
        seeded.action(site, secret=SECRET)
    old = Path(make_url(sqlite_url).database or "")
    secret = old.with_name(old.name + ".key").read_text().strip()
    shown = run("db", "copy", "--from", sqlite_url, "--to", f"sqlite:{tmp_path / 'new.db'}").stdout
    assert secret not in shown
    assert (tmp_path / "new.db.key").read_text().strip() == secret
    assert {(tmp_path / name).stat().st_mode & 0o777 for name in ("new.db", "new.db.key")} == {0o600}
    # DATABASE_URL is a Postgres from now on, and its SECRET_KEY has to be said: that of the environment does not fit.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SECRET_KEY", "another one, as long as it has to be")
        shown = run("db", "copy", "--from", sqlite_url, "--to", empty_postgres, "--show-key").stdout
        assert f"SECRET_KEY={secret}" in shown
        assert f"needs SECRET_KEY: the text in {old}.key" in shown
        said = error_of("db", "copy", "--from", empty_postgres, "--to", f"sqlite:{tmp_path / 'third.db'}")
        assert "does not fit the action 'webhook'" in said
    with closing(make.site(empty_postgres, migrated=True, secret_key=secret)) as site, site.database.read() as session:
        action = session.scalars(select(Action)).one()
        assert (actions.config_of(site, action) or {})["secret"] == SECRET


@pytest.mark.usefixtures("key")
def test_what_the_other_database_does_not_take_leaves_nothing(lite: Site, sqlite_url: str, empty_postgres: str) -> None:
    with lite.database.begin() as session:
        session.add(LogReject(digest=b"1", source="poll", seen_at=EVENING, reason="none", raw="a NUL: \x00"))
        create_token(session, "admin", "admin", EVENING)
    said = error_of("db", "copy", "--from", sqlite_url, "--to", empty_postgres)
    assert "nothing was kept there" in said
    with closing(Database(empty_postgres)) as database:
        assert {name for name, found in rows(database).items() if found} == set()


@pytest.mark.usefixtures("key")
def test_many_rows_take_no_memory(lite: Site, sqlite_url: str, empty_postgres: str, tmp_path: Path) -> None:
    with lite.database.begin() as session:
        values = {"source": "poll", "seen_at": EVENING, "reason": "none", "raw": "x" * 2000}
        session.execute(insert(LogReject), [{**values, "digest": number.to_bytes(8)} for number in range(20_000)])
    typed = ("db", "copy", "--json", "--from")
    for way in ((sqlite_url, empty_postgres), (empty_postgres, f"sqlite:{tmp_path / 'new.db'}")):
        tracemalloc.start()
        result = run(*typed, way[0], "--to", way[1])
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert json.loads(result.stdout)["rows"] == 20_000, result.output
        assert peak < 20_000_000, "40 MB went through"


@pytest.mark.usefixtures("key")
def test_a_terminal_sees_a_bar_for_each_table(
    lite: Site, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with lite.database.begin() as session:
        create_token(session, "admin", "admin", EVENING)
    quiet = run("db", "copy", "--from", sqlite_url, "--to", f"sqlite:{tmp_path / 'new.db'}")
    assert quiet.stderr == ""
    assert re.search(r"api_tokens +1\b", quiet.stdout)
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    shown = run("db", "copy", "--from", sqlite_url, "--to", f"sqlite:{tmp_path / 'newer.db'}").stderr
    assert re.search(r"api_tokens .*1/1", re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown))
