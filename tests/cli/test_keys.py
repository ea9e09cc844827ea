"""``keys rotate``: another SECRET_KEY beside a running service; then the old one is really not needed."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, update

from giftpulse import fitting as keys
from giftpulse import timetable
from giftpulse.daily.programs.models import Program
from giftpulse.daily.subscribers.join import join
from giftpulse.daily.subscribers.ledger import Consent
from giftpulse.daily.subscribers.models import ConsentEvent, Subscriber
from giftpulse.daily.subscribers.numbers import number_hash
from giftpulse.ground import clock, kept_keys, lock
from giftpulse.ground.errors import SettingsError
from giftpulse.ground.kept_keys import KeptKey
from giftpulse.ground.secrets import SecretBox
from giftpulse.ground.settings import load
from giftpulse.ground.site import Site
from giftpulse.monitor.actions import store as actions
from giftpulse.monitor.actions.models import Action
from giftpulse.monitor.actions.relock import AT_ONCE
from giftpulse.monitor.rules import store as rules
from tests import make
from tests.cli.terminal import error_of, run, told
from tests.receivers import receiving
from tests.service import Service, serving
from tests.web import seeded

FIRST, SECOND, THIRD = (f"the {each} key, long enough" for each in ("first", "second", "third"))
ERASED = "+13035550123"
NOTHING_NEEDED = "Set, and nothing needs it any more."
SECRET = "whsec_" + base64.b64encode(bytes(range(24))).decode()


@contextmanager
def installation(url: str, key: str, *previous: str) -> Iterator[Site]:
    """An installation with these keys, in a process that knows nothing of the others."""
    changes = {"secret_key_previous": json.dumps(previous)} if previous else {}
    with closing(make.site(url, migrated=True, secret_key=key, **changes)) as site:
        yield site


@pytest.fixture
def home_of_one(home: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database with secrets and somebody who was erased, locked with the first key, which commands are given."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("SECRET_KEY", FIRST)
    assert run("seed").exit_code == 0
    (home / "people.csv").write_text(f"phone,timezone\n{ERASED},America/Denver\n+13035550124,America/Denver\n")
    assert taken() == (2, 0)
    told("subscribers", "erase", ERASED)
    with installation(database_url, FIRST) as site:
        seeded.action(site, secret=SECRET)
    return database_url


def taken() -> tuple[int, int]:
    """Import everybody: how many were added, and how many refused."""
    done = told("subscribers", "import", "people.csv", "--program", "daily-positivity", "--consent-source", "paper")
    return done["added"], len(done["refused"])


def use(patch: pytest.MonkeyPatch, key: str, *previous: str) -> None:
    """What commands are given from now on."""
    patch.setenv("SECRET_KEY", key)
    patch.setenv("SECRET_KEY_PREVIOUS", json.dumps(previous) if previous else "")


def secrets_of(site: Site) -> list[str | None]:
    """What the actions sign with, as this installation reads it; None where its keys do not open that."""
    with site.database.read() as session:
        found = session.scalars(select(Action).order_by(Action.id))
        return [(actions.config_of(site, each) or {}).get("secret") for each in found]


def test_after_a_rotation_the_old_key_is_not_needed(home_of_one: str, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, SECOND, FIRST)
    done = told("keys", "rotate")
    assert (done["changed"], done["unchanged"], done["left"], done["digest_key_changed"]) == (1, 0, 0, True)
    again = told("keys", "rotate")
    assert (again["changed"], again["unchanged"], again["left"], again["digest_key_changed"]) == (0, 1, 0, False)
    assert "SECRET_KEY_PREVIOUS may be dropped" in run("keys", "rotate").stdout
    use(monkeypatch, SECOND)
    assert taken() == (0, 1), "who was erased does not come back"
    with installation(home_of_one, SECOND) as site:
        assert secrets_of(site) == [SECRET]
    with installation(home_of_one, FIRST) as site:
        assert secrets_of(site) == [None]
    # And once more: the key of the hashes is still the very first one.
    use(monkeypatch, THIRD, SECOND)
    assert told("keys", "rotate")["changed"] == 1
    use(monkeypatch, THIRD)
    assert taken() == (0, 1)
    with installation(home_of_one, THIRD) as site:
        assert secrets_of(site) == [SECRET]
        assert fitting(site) is None


def fitting(site: Site) -> str | None:
    with site.database.read() as session:
        return keys.what_is_shut(session, site)


def test_a_service_goes_on_while_keys_rotate(home_of_one: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving() as receiver, installation(home_of_one, SECOND, FIRST) as site:
        with installation(home_of_one, FIRST) as old:
            for _ in range(3):
                seeded.action(old, url=receiver.url, secret=SECRET)
        with serving(site) as service:
            over, answers = threading.Event(), list[int]()
            thread = threading.Thread(target=_post_until, args=(service, over, answers))
            thread.start()
            ids = [int(each["id"]) for each in service.get("/api/actions")["items"] if receiver.url in str(each)]
            use(monkeypatch, SECOND, FIRST)
            before = [_fires(service, ids[0])]
            assert told("keys", "rotate")["changed"] == 4
            assert before + [_fires(service, each) for each in ids] == [True] * 4
            over.set()
            thread.join(30)
    assert answers
    assert set(answers) == {204}
    assert len(receiver.requests) == 4


def _post_until(service: Service, over: threading.Event, answers: list[int]) -> None:
    while not over.is_set():
        form = {"MessageSid": make.sid(), "MessageStatus": "sent", "AccountSid": make.ACCOUNT, "To": "+12025550143"}
        answers.append(service.webhook("/webhook/status", form))


def _fires(service: Service, action_id: int) -> bool:
    return bool(service.post(f"/api/actions/{action_id}/test")["delivered"])


def test_more_actions_than_are_locked_at_once(home_of_one: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with installation(home_of_one, FIRST) as site, site.database.begin() as session:
        config = session.scalars(select(Action.config)).one()
        now = clock.now()
        session.add_all(
            Action(
                name=f"n{number}", action_type="webhook", enabled=False, config=config, created_at=now, updated_at=now
            )
            for number in range(2 * AT_ONCE)
        )
    use(monkeypatch, SECOND, FIRST)
    assert told("keys", "rotate")["changed"] == 2 * AT_ONCE + 1
    with installation(home_of_one, SECOND) as site:
        assert len(secrets_of(site)) == 2 * AT_ONCE + 1


def test_keys_that_do_not_fit_change_nothing(home_of_one: str, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, SECOND)
    assert "do not fit the action" in error_of("keys", "rotate")
    use(monkeypatch, FIRST, SECOND)  # the wrong way around: its hashes would be those of the second key
    assert "do not fit the hashes of numbers" in error_of("keys", "rotate")
    with installation(home_of_one, FIRST) as site, site.database.read() as session:
        assert session.scalar(select(func.count()).select_from(KeptKey)) == 0


def test_the_doctor_says_what_is_left_to_do(home_of_one: str, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, SECOND, FIRST)
    assert "1 actions and the key of the hashes of numbers need it" in _doctors_word()
    told("keys", "rotate")
    assert _doctors_word() == NOTHING_NEEDED
    use(monkeypatch, SECOND)
    assert "Not set" in _doctors_word()


def _doctors_word() -> str:
    return _finding("SECRET_KEY_PREVIOUS")["says"]


def _finding(check: str) -> dict[str, str]:
    report = json.loads(run("doctor", "--json").stdout)
    found: dict[str, str] = next(one for one in report["findings"] if one["check"] == check)
    return found


def test_a_key_that_does_not_fit_ends_the_start(home_of_one: str, monkeypatch: pytest.MonkeyPatch) -> None:
    told("keys", "rotate")
    monkeypatch.setenv("SECRET_KEY", SECOND)
    assert "SECRET_KEY" in error_of("web", "--port", "0")


def test_no_start_with_a_key_that_was_never_rotated_and_is_another(
    home_of_one: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", SECOND)
    assert "does not fit the action" in error_of("web", "--port", "0")
    with installation(home_of_one, FIRST) as site, site.database.begin() as session:
        session.execute(delete(Action))
    assert "does not fit the hashes of numbers" in error_of("web", "--port", "0"), "known by a person's hash"
    word = _finding("Stored secrets")
    assert (word["state"], "does not fit the hashes of numbers" in word["says"]) == ("fail", True)
    with installation(home_of_one, FIRST) as site:
        timetable.enrol(site)
        timetable.enrol(site)
        with site.database.begin() as session:
            session.execute(update(Subscriber).values(phone=None))  # nobody is left to compare with
    assert "SECRET_KEY: a stored secret" in error_of("web", "--port", "0")
    assert "SECRET_KEY: a stored secret" in import_error(), "nor does an import take in who was erased"
    monkeypatch.setenv("SECRET_KEY", FIRST)
    assert taken() == (0, 1)


def import_error() -> str:
    return error_of("subscribers", "import", "people.csv", "--program", "daily-positivity", "--consent-source", "paper")


def test_a_lost_key_is_no_dead_end(home_of_one: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with installation(home_of_one, FIRST) as site:
        timetable.enrol(site)
    assert "there is nothing to renew" in error_of("keys", "renew", "--yes")
    use(monkeypatch, SECOND)
    assert "1 people who were erased would not be recognised" in error_of("keys", "renew")
    assert "SECRET_KEY" in error_of("web", "--port", "0")
    done = told("keys", "renew", "--yes")
    assert (done["people"], done["not_recognised"], len(done["actions_to_write_anew"])) == (1, 1, 1)
    with installation(home_of_one, SECOND) as site:
        timetable.enrol(site)
        with site.database.read() as session:
            known = session.scalars(select(Subscriber).where(Subscriber.phone.is_not(None))).one()
            assert known.phone
            lines = session.scalars(select(ConsentEvent).where(ConsentEvent.phone == known.phone)).all()
            assert {known.number_hash, *(line.number_hash for line in lines)} == {number_hash(site, known.phone)}
            assert lines
    assert taken() == (1, 0), "as was said: who was erased is taken in; who is here already is not added twice"
    assert taken() == (0, 0)


def test_of_first_starts_at_once_with_different_keys_one_goes_on(postgres_url: str) -> None:
    make.site(postgres_url).close()
    for _ in range(5):
        started, refused, at_once = list[Site](), list[str](), threading.Barrier(2)

        def start(site: Site, started: list[Site] = started, refused: list[str] = refused) -> None:
            at_once.wait()  # noqa: B023  # ends with this turn
            try:
                keys.settle(site)
                started.append(site)
            except SettingsError as error:
                refused.append(str(error))

        with installation(postgres_url, FIRST) as one, installation(postgres_url, SECOND) as two:
            with one.database.begin() as session:
                kept_keys.forget(session)
            threads = [threading.Thread(target=start, args=(site,)) for site in (one, two)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert (len(started), len(refused)) == (1, 1)
            assert refused[0].startswith("SECRET_KEY: ")


def test_a_first_start_is_refused_by_an_action_too(database_url: str) -> None:
    make.site(database_url).close()
    with installation(database_url, FIRST) as site:
        seeded.action(site)
    with installation(database_url, SECOND) as site, pytest.raises(SettingsError, match="does not fit the action"):
        keys.settle(site)
    with installation(database_url, FIRST) as site:
        keys.settle(site)


def test_a_key_that_fits_the_hashes_is_kept_whatever_else_is_shut(
    home_of_one: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with installation(home_of_one, FIRST) as site:
        timetable.enrol(site)
        with site.database.begin() as session:
            session.scalars(select(Action)).one().config = SecretBox(THIRD).lock("{}")
    said = error_of("keys", "renew")
    assert "the settings of the actions 1 would be given up" in said, "its key may be found yet"
    assert "erased" not in said
    done = told("keys", "renew", "--yes")
    assert (done["people"], done["actions_to_write_anew"]) == (None, [1])
    assert "there is nothing to renew" in error_of("keys", "renew", "--yes")
    assert taken() == (0, 1), "who was erased is still known"


def test_nothing_stays_locked_with_a_lost_key(home_of_one: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """So the installation can be backed up, restored, copied, and given another key; what was deleted is no matter."""
    with installation(home_of_one, FIRST) as site:
        timetable.enrol(site)
        deleted, orphan = seeded.action(site), seeded.action(site, seeded.rule(site))
        with site.database.begin() as session:
            session.get_one(Action, deleted).deleted_at = clock.now()  # by an older version: with its configuration
            rules.delete(session, session.get_one(Action, orphan).rule_id or 0, clock.now())
    use(monkeypatch, SECOND)
    said = error_of("keys", "renew")
    assert f"the settings of the actions 1, {orphan} would be given up" in said
    shown = run("keys", "renew", "--yes")
    assert "No key opens the actions 1: they are switched off" in " ".join(shown.stdout.split()), "no rule, no reader"
    with installation(home_of_one, SECOND) as site, site.database.read() as session:
        found = list(session.scalars(select(Action).order_by(Action.id)))
        assert [each.enabled for each in found] == [False, True, False]
        assert [actions.config_of(site, each) for each in found] == [None] * 3
        assert found[1].config == ""
    word = _finding("Stored secrets")
    assert (word["state"], "webhook (id 1)" in word["says"]) == ("warn", True)
    told("backup", "new.backup")
    told("restore", "new.backup", "--into", "sqlite:restored.db")
    told("db", "copy", "--from", home_of_one, "--to", "sqlite:copied.db")
    use(monkeypatch, THIRD, SECOND)
    for url in (home_of_one, "sqlite:///restored.db", "sqlite:///copied.db"):
        monkeypatch.setenv("DATABASE_URL", url)
        assert (told("keys", "rotate")["changed"], _doctors_word()) == (2, NOTHING_NEEDED)


def test_what_was_deleted_needs_no_key(home_of_one: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with installation(home_of_one, FIRST) as site:
        timetable.enrol(site)
        with site.database.begin() as session:
            deleted = session.scalars(select(Action)).one()
            deleted.config, deleted.deleted_at = SecretBox(THIRD).lock("{}"), clock.now()
    assert _finding("Stored secrets")["state"] == "ok"
    told("backup", "a.backup")
    told("restore", "a.backup", "--into", "sqlite:restored.db")
    use(monkeypatch, SECOND, FIRST)
    assert "1 actions" not in _doctors_word()
    assert told("keys", "rotate")["changed"] == 0
    with installation(home_of_one, SECOND) as site, site.database.read() as session:
        assert session.scalars(select(Action.config)).one() == ""


def test_no_key_is_renewed_beside_a_service(home_of_one: str, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, SECOND)
    with installation(home_of_one, FIRST) as site, site.database.begin() as session:
        lock.acquire(session, "web here:8000", site.holder, clock.now(), timedelta(minutes=1))
    assert "a service still works on this database" in error_of("keys", "renew", "--yes")


def test_people_whom_a_wrong_key_let_in_twice_are_one_again(home_of_one: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with installation(home_of_one, SECOND) as wrong, wrong.database.begin() as session:
        known = session.scalars(select(Subscriber).where(Subscriber.phone.is_not(None))).one()
        assert known.phone
        program = session.get_one(Program, known.program_id)
        consent = Consent(kind="opt_in", source="api", by="test", at=clock.now())
        again = join(session, wrong, program, known.phone, consent, clock.now()).subscriber.id
    assert "SECRET_KEY" in error_of("web", "--port", "0")
    told("keys", "renew", "--yes")
    with installation(home_of_one, FIRST) as site:
        timetable.enrol(site)
        with site.database.read() as session:
            (person,) = session.scalars(select(Subscriber).where(Subscriber.phone.is_not(None)))
            assert person.id == again, "their last word"
            lines = select(func.count()).where(ConsentEvent.subscriber_id == person.id)
            assert session.scalar(lines) == 2
    assert taken() == (0, 1), "neither is who is here taken in again, nor who was erased"


def test_keys_that_are_too_short_or_shown_are_refused() -> None:
    with pytest.raises(SettingsError, match="SECRET_KEY_PREVIOUS: expected keys of at least 16 characters"):
        load(_env_file=None, secret_key_previous="the-first-key-without-a-sign,short")
    loaded = load(_env_file=None, secret_key_previous=json.dumps([SECOND, FIRST]))
    assert loaded.previous_keys() == (SECOND, FIRST), "a key may hold a comma"
    assert load(_env_file=None, secret_key_previous="a" * 16 + ", " + "b" * 16).previous_keys() == ("a" * 16, "b" * 16)
    assert FIRST not in repr(loaded)
