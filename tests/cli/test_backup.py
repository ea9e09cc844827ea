"""``backup`` and ``restore``: one file of one state, made beside a running service, and an installation again."""

import http.client
import json
import re
import shutil
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from alembic import command
from sqlalchemy import func, select, text

from giftpulse import schema
from giftpulse.cli import backup as backing_up
from giftpulse.daily.copied import IN_A_BACKUP
from giftpulse.daily.programs import holds
from giftpulse.ground import clock, lock, snapshot
from giftpulse.ground.database import Database
from giftpulse.ground.lock import Lease
from giftpulse.logs.models import LogEntry
from giftpulse.monitor.actions import store as actions
from giftpulse.monitor.actions.models import Action
from giftpulse.twilio.signature import sign
from tests import make
from tests.cli.terminal import error_of, get, run, spawn, told, wait_for
from tests.cli.test_db_copy import KEY, SECRET, TABLES, fill, moved, resume, rows
from tests.daily.outbox.test_sending import LATE
from tests.daily.world import EVENING, World, living

REAL = {"TWILIO_ACCOUNT_SID": make.ACCOUNT, "TWILIO_AUTH_TOKEN": make.TOKEN, "SECRET_KEY": KEY}
NOWHERE = {"TWILIO_API_URL": "http://127.0.0.1:9", "TWILIO_MONITOR_URL": "http://127.0.0.1:9"}


@dataclass
class Traffic:
    """Signed callbacks, one after the other, until it is told to stop; those that were acknowledged."""

    base: str
    number: int
    acknowledged: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    began: threading.Event = field(default_factory=threading.Event)

    def post(self) -> None:
        """Until ``over``."""
        with closing(http.client.HTTPConnection(self.base.removeprefix("http://"), timeout=30)) as connection:
            while not self.over.is_set():
                sid = f"SM{self.number:02x}{len(self.acknowledged):030x}"
                form = {"MessageSid": sid, "MessageStatus": "sent", "AccountSid": make.ACCOUNT, "To": "+12025550143"}
                headers = {
                    "Content-Type": "application/x-www-form-urlencoded",
                    "X-Twilio-Signature": sign(make.TOKEN, f"{self.base}/webhook/status", form),
                }
                connection.request("POST", "/webhook/status", urlencode(form), headers)
                answer = connection.getresponse()
                answer.read()
                assert answer.status == 204
                self.acknowledged.append(sid)
                if len(self.acknowledged) == 20:
                    self.began.set()


@contextmanager
def traffic(base: str) -> Iterator[list[Traffic]]:
    """Four at a time, as long as the block runs."""
    each = [Traffic(base, number) for number in range(4)]
    threads = [threading.Thread(target=one.post) for one in each]
    for thread in threads:
        thread.start()
    try:
        for one in each:
            assert one.began.wait(30)
        yield each
    finally:
        for one in each:
            one.over.set()
        for thread in threads:
            thread.join(30)


@contextmanager
def service(home: Path, command_: str, words: str, **variables: str) -> Iterator[str]:
    """``up`` or ``web`` in a process of its own; its address. It must end in order."""
    process = spawn(home, command_, "--port", "0", **REAL, **NOWHERE, **variables)
    try:
        yield re.findall(r"http://127\.0\.0\.1:\d+", wait_for(home / "stderr.txt", words, process))[0]
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings of these installations in the environment."""
    for name, value in {**REAL, **NOWHERE}.items():
        monkeypatch.setenv(name, value)


def acknowledged(posting: list[Traffic]) -> int:
    return sum(len(one.acknowledged) for one in posting)


@contextmanager
def in_the_midst(monkeypatch: pytest.MonkeyPatch, until: Callable[[], bool]) -> Iterator[list[bool]]:
    """A backup that waits, half made, until something has happened beside it."""
    waited = list[bool]()

    def waiting(shown: Callable[..., Any]) -> Callable[..., Any]:
        @contextmanager
        def tell(*of: Any) -> Iterator[Callable[..., None]]:
            with shown(*of) as goes_on:

                def and_wait(*how_far: Any) -> None:
                    goes_on(*how_far)
                    deadline = time.monotonic() + 30
                    while not waited and not until():
                        assert time.monotonic() < deadline, "everybody is held up"
                        time.sleep(0.01)
                    waited.append(True)

                yield and_wait

        return tell

    with monkeypatch.context() as patch:
        patch.setattr(snapshot, "_PAGES", 10)
        for name in ("_pages", "progress"):
            patch.setattr(backing_up, name, waiting(getattr(backing_up, name)))
        yield waited


@pytest.mark.usefixtures("key")
@pytest.mark.parametrize("name", ["w%20x.db", "k.db?1", "a?x=1.db", "b#c.db", "with space.db"])
def test_a_name_may_have_what_means_something_in_an_address(world: World, home: Path, name: str) -> None:
    world.program()
    there = {each.name for each in home.iterdir()}
    made = told("backup", name)
    assert made["bytes"] == (home / name).stat().st_size > 100_000
    assert {each.name for each in home.iterdir()} == there | {name}
    with world.site.database.read() as session:
        assert holds.open_holds(session, EVENING) == []
    with closing(sqlite3.connect(home / name)) as connection:
        assert connection.execute("SELECT scope, cause FROM holds").fetchall() == [("all", "copied")]
    assert told("restore", name, "--into", "sqlite:new.db")["texts_held"] is True


@pytest.mark.usefixtures("key")
@pytest.mark.parametrize(("name", "words"), [("up", "GiftPulse at"), ("web", "web only")])
def test_a_backup_beside_traffic_has_all_that_was_acknowledged(
    name: str, words: str, home: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    url: str = request.getfixturevalue("sqlite_url" if name == "up" else "postgres_url")
    monkeypatch.setenv("DATABASE_URL", url)
    with service(home, name, words, DATABASE_URL=url) as base, traffic(base) as posting:
        before = {sid for one in posting for sid in one.acknowledged}
        with in_the_midst(monkeypatch, lambda: acknowledged(posting) > len(before)) as waited:
            made = told("backup", "backup.db")
    assert len(before) >= 80
    assert waited, "nobody is held up, or this would have waited for ever"
    file = home / "backup.db"
    assert (file.stat().st_mode & 0o777, made["bytes"]) == (0o600, file.stat().st_size)
    assert [each.name for each in home.iterdir() if each.name.startswith("backup.db")] == ["backup.db"]

    done = told("restore", "backup.db", "--into", "sqlite:new.db")
    assert done["revision"] == done["of_revision"] == made["revision"]
    assert snapshot.damage(home / "new.db") is None
    with closing(Database("sqlite:///new.db")) as database, database.read() as session:
        stored = set(session.scalars(select(LogEntry.sid)))
        assert stored >= before
        assert session.scalar(select(func.count()).select_from(Lease)) == 0
    with service(home, "up", "GiftPulse at", DATABASE_URL="sqlite:///new.db") as base:
        assert get(f"{base}/alive") is not None
        with traffic(base) as posting:
            pass
        assert all(len(one.acknowledged) >= 20 for one in posting)


@pytest.fixture
def filled(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """An installation where everything has happened; its clock stands."""
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    with clock.stopped(EVENING), living(sqlite_url) as world:
        fill(world)
        yield world


@pytest.fixture
def world(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A new installation on each database; its clock stands."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    with clock.stopped(EVENING), living(database_url, secret_key=KEY) as made:
        yield made


@pytest.mark.usefixtures("key")
def test_every_row_comes_back_and_texts_are_held(
    filled: World, postgres_url: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(Database(postgres_url)) as emptied, emptied.begin() as session:
        session.execute(text("DROP SCHEMA public CASCADE"))
        session.execute(text("CREATE SCHEMA public"))
    with filled.site.database.begin() as session:
        lock.acquire(session, "pull call", "a poller", EVENING, timedelta(minutes=1))
    before = rows(filled.site.database)
    told("backup", "lite.db")
    done = told("restore", "lite.db", "--into", postgres_url)
    assert (done["leases_freed"], done["texts_held"]) == (2, True)
    of_the_file = 1  # its hold
    assert done["rows"] == sum(len(found) for name, found in before.items() if name != "leases") + of_the_file
    changed = {"leases", "holds"}
    with closing(make.site(postgres_url, migrated=True)) as site:
        found = rows(site.database)
        assert {name: found[name] for name in found if name not in changed} == {
            name: before[name] for name in before if name not in changed
        }
        assert found["leases"] == []
        with site.database.begin() as session:
            assert [held.scope for held in holds.open_holds(session, EVENING)] == ["program:1", "all"]
            action = session.scalars(select(Action)).first()
            assert action is not None
            assert (actions.config_of(site, action) or {})["secret"] == SECRET
            for table in TABLES:  # ids go on after the highest
                if (counter := table.autoincrement_column) is not None:
                    highest = session.scalar(select(func.max(counter))) or 0
                    sequence = func.pg_get_serial_sequence(table.name, counter.name)
                    assert (session.scalar(select(func.nextval(sequence))) or 0) > highest, table.name
    monkeypatch.setenv("DATABASE_URL", postgres_url)
    told("backup", "post.db")
    with closing(Database("sqlite:///post.db")) as database:
        assert rows(database) == found


@pytest.mark.usefixtures("key")
def test_nothing_is_overwritten_unless_that_is_asked_for(filled: World, home: Path) -> None:
    Path("there.db").write_text("something of mine")
    assert "is there already" in error_of("backup", "there.db")
    assert Path("there.db").read_text() == "something of mine"
    assert "cannot be written" in error_of("backup", "no/folder/there.db")
    assert told("backup", "there.db", "--force")["secret_key"] == "SECRET_KEY"
    shown = run("backup", "again.db").stdout
    assert "The key is not in it: keep SECRET_KEY too" in shown
    assert KEY.encode() not in Path("there.db").read_bytes()
    assert "is not empty" in error_of("restore", "there.db")


@pytest.mark.usefixtures("key")
def test_the_database_itself_is_never_replaced_by_its_backup(filled: World, home: Path) -> None:
    database = home / "test.db"
    (home / "test.db.key").write_text(KEY)
    (home / "linked.db").symlink_to(database)
    (home / "hard.db").hardlink_to(database)
    (home / "away").mkdir()
    (home / "away" / "here").symlink_to(home)
    before = rows(filled.site.database)
    for name in (
        "test.db", "away/../test.db", str(database), "away/here/test.db", "linked.db", "hard.db",
        "test.db.key", "test.db-wal", "test.db-shm", "test.db-journal",
    ):  # fmt: skip
        said = error_of("backup", "--force", name)
        assert f"FILE: {name} belongs to the database itself ({database})" in said, name
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", f"sqlite:///{home / 'linked.db'}")
        for name in ("test.db", "test.db-wal", "linked.db", "linked.db.key"):
            assert "belongs to the database itself" in error_of("backup", "--force", name), name
    assert rows(filled.site.database) == before
    assert (home / "test.db.key").read_text() == KEY
    told("backup", "--force", "other.db")


@pytest.mark.usefixtures("key")
def test_after_a_restore_nobody_gets_a_second_text(world: World, database_url: str, home: Path) -> None:
    """Made before the texts of the day were planned, or while they went out: what went after it is not sent again."""
    program = world.program()
    world.people(program, 30)
    told("backup", "empty.db")
    world.plan()
    before = world.send().accepted
    with clock.stopped(EVENING + timedelta(seconds=1)):
        told("backup", "half.db")
    with clock.stopped(EVENING + timedelta(minutes=40)):
        assert world.send().accepted > 0
        gone = len(world.at_twilio())
    for file in ("empty.db", "half.db"):
        with clock.stopped(EVENING + timedelta(minutes=50)) as time:
            done = told("restore", file, "--into", f"sqlite:new-{file}")
            assert (done["texts_held"], done["notes_skipped"]) == (True, 0)
            assert (done["texts_skipped"] > gone - before) == (file == "half.db")
            with moved(world, f"sqlite:///new-{file}") as new:
                new.plan()
                assert new.send().posted == 0, "it is held"
                time.move(minutes=5)
                resume(new, program)
                new.plan()
                new.send()
                numbers = [to for to, _ in world.at_twilio()]
                assert (len(numbers), len(set(numbers))) == (gone, gone)
                time.move(minutes=60)
                if file == "half.db":  # and what was due by nobody's doing still goes
                    assert new.send().accepted > 0
                    numbers = [to for to, _ in world.at_twilio()]
                    assert gone < len(numbers) == len(set(numbers)) < 30


@pytest.mark.usefixtures("key")
def test_a_service_on_the_file_itself_sends_nothing_until_it_is_resumed(world: World, home: Path) -> None:
    program = world.program()
    world.people(program, 10)
    world.plan()
    with clock.stopped(EVENING + timedelta(minutes=1)):
        told("backup", "backup.db")
    with clock.stopped(EVENING + timedelta(minutes=50)) as time:
        assert world.send().accepted > 0
        gone = len(world.at_twilio())
        assert [each.name for each in home.iterdir() if each.name.startswith("backup.db")] == ["backup.db"]
        shutil.copy("backup.db", "x.db")
        with moved(world, "sqlite:///x.db") as copy:
            copy.plan()
            assert copy.send().posted == 0, "it is held"
            with copy.site.database.read() as session:
                assert [held.reason for held in holds.open_holds(session, clock.now())] == [IN_A_BACKUP]
            resume(copy, program)
            time.move(minutes=60)
            assert copy.send().accepted > 0, "what is due later"
    numbers = [to for to, _ in world.at_twilio()]
    assert gone < len(numbers) == len(set(numbers))


@pytest.mark.usefixtures("key")
def test_a_restore_says_what_is_not_sent(world: World, home: Path) -> None:
    world.people(world.program(), 4)
    world.plan()
    told("backup", "backup.db")
    with clock.stopped(LATE):
        said = run("restore", "backup.db", "--into", "sqlite:new.db").stdout
    assert "No text goes out from here: this is a backup that was restored. 4 texts and 0 notes that were due" in said
    assert "When the old service has surely ended: `POST /api/programs/{program_id}/resume`." in said


@pytest.mark.usefixtures("key")
def test_what_is_no_backup_or_damaged_or_newer_is_refused(filled: World, home: Path) -> None:
    into = ("--into", "sqlite:new.db")
    assert "there is no file" in error_of("restore", "nowhere.db", *into)
    Path("text.db").write_text("no database, but longer than a header of one would be" * 40)
    assert "no backup of GiftPulse" in error_of("restore", "text.db", *into)
    with closing(sqlite3.connect("other.db")) as other:
        other.execute("CREATE TABLE strangers (one)")
    assert "no backup of GiftPulse" in error_of("restore", "other.db", *into)
    told("backup", "good.db")
    whole = Path("good.db").read_bytes()
    Path("cut.db").write_bytes(whole[: len(whole) // 2])
    assert "FILE" in error_of("restore", "cut.db", *into)
    with closing(sqlite3.connect("good.db")) as newer, newer:
        newer.execute("UPDATE alembic_version SET version_num = '9999'")
    assert "newer GiftPulse" in error_of("restore", "good.db", *into)
    assert not Path("new.db").exists()


@pytest.mark.usefixtures("key")
def test_a_backup_of_an_older_schema_is_upgraded_on_the_way(sqlite_url: str, home: Path) -> None:
    with closing(make.site(sqlite_url, migrated=True)) as site:
        make.take(site, make.message())
        command.downgrade(schema.config(site.database.engine), "0002")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", sqlite_url)
        assert told("backup", "old.db")["revision"] == "0002"
    before = Path("old.db").read_bytes()
    done = told("restore", "old.db", "--into", "sqlite:new.db")
    assert done["of_revision"] == "0002"
    assert Path("old.db").read_bytes() == before
    with closing(Database("sqlite:///new.db")) as database:
        assert schema.drift(database.engine) == []
        assert len(rows(database)["log_entries"]) == 1


def test_the_key_at_hand_must_fit(filled: World, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", KEY)
    told("backup", "backup.db")
    monkeypatch.setenv("SECRET_KEY", "another one, as long as it has to be")
    assert "; SECRET_KEY does not fit the action" in error_of("restore", "backup.db", "--into", "sqlite:new.db")
    Path("new.db.key").write_text("a third one, as long as it has to be\n")
    said = error_of("restore", "backup.db", "--into", "sqlite:new.db")
    assert "; neither SECRET_KEY nor new.db.key fits the action 'webhook' (id 1)" in said
    Path("new.db.key").unlink()
    monkeypatch.delenv("SECRET_KEY")
    said = error_of("restore", "backup.db", "--into", "sqlite:new.db")
    assert "its key file at new.db.key" in said
    assert not Path("new.db").exists()
    Path("new.db.key").write_text(KEY + "\n")
    assert json.loads(run("restore", "backup.db", "--into", "sqlite:new.db", "--json").stdout)["texts_held"] is True


def test_a_backup_whose_key_is_lost_can_be_restored(filled: World, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", KEY)
    told("backup", "backup.db")
    monkeypatch.delenv("SECRET_KEY")
    way = "copy the file, run `giftpulse keys renew --yes` with DATABASE_URL=sqlite:THE_COPY and a new SECRET_KEY"
    assert way in error_of("restore", "backup.db", "--into", "sqlite:new.db")
    Path("new.db.key").write_text("a third one, as long as it has to be\n")
    assert way in error_of("restore", "backup.db", "--into", "sqlite:new.db")
    Path("new.db.key").unlink()
    shutil.copy("backup.db", "copy.db")
    monkeypatch.setenv("SECRET_KEY", "another one, as long as it has to be")
    with clock.stopped(EVENING + timedelta(hours=1)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("DATABASE_URL", "sqlite:copy.db")
            told("keys", "renew", "--yes")
        assert told("restore", "copy.db", "--into", "sqlite:new.db")["texts_held"] is True
