"""People from a file: good lines come in, bad ones are told, nobody comes back, and it is done by sets."""

import io
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select

from giftpulse.daily.programs import store
from giftpulse.daily.subscribers import ledger
from giftpulse.daily.subscribers.csv_people import untangled
from giftpulse.daily.subscribers.erasing import erase
from giftpulse.daily.subscribers.exporting import export_csv
from giftpulse.daily.subscribers.importing import AT_ONCE, Imported, import_csv
from giftpulse.daily.subscribers.leave import leave
from giftpulse.daily.subscribers.models import Audience, ConsentEvent, Subscriber
from giftpulse.daily.subscribers.numbers import number_hash
from giftpulse.ground.errors import InvalidInputError, NotFoundError
from giftpulse.ground.site import Site
from tests import make
from tests.daily.subscribers import people

pytestmark = pytest.mark.usefixtures("time")

AGREED = people.consent("import", make.NOON - timedelta(days=9), wording="One text a day", detail="paper")


def program(site: Site, **data: Any) -> int:
    with site.database.begin() as session:
        return people.program(session, **data).id


def taken(site: Site, to: int, text: str | bytes, **more: object) -> Imported:
    file = io.BytesIO(text.encode() if isinstance(text, str) else text)
    return import_csv(site, to, file, **{"consent": AGREED, **more})  # type: ignore[arg-type]


def told(done: Imported) -> list[tuple[int, str]]:
    return [(one.line, one.field) for one in done.refused]


def stored(site: Site) -> dict[str | None, Subscriber]:
    with site.database.read() as session:
        return {one.phone: one for one in session.scalars(select(Subscriber))}


def test_a_line_with_everything(site: Site) -> None:
    to = program(site, themes=["calm"])
    done = taken(site, to, (
        "phone,timezone,first_name,window_start,window_end,language,theme,status,consent_source,consent_at,"
        "consent_wording\n"
        "+13035550123,Europe/Berlin,Ann,9:00,10:30,pt-BR,calm,active,web form,2026-01-02T03:04:05Z,\"Yes, please\"\n"
    ), consent=None)  # fmt: skip
    assert (done.lines, done.added, done.already, done.refused) == (1, 1, 0, [])
    one = stored(site)[people.DENVER]
    assert (one.timezone, one.timezone_source, one.country) == ("Europe/Berlin", "stated", "DE")
    assert (one.first_name, one.window_start, one.window_end) == ("Ann", 540, 630)
    assert (one.language, one.theme, one.status, one.moved) == ("pt-BR", "calm", "active", True)
    with site.database.read() as session:
        line = session.scalars(select(ConsentEvent)).one()
        assert session.get_one(Audience, one.audience_id).jurisdictions == "DE,US,US-CO"
    assert (line.subscriber_id, line.kind, line.source, line.detail) == (one.id, "opt_in", "import", "web form")
    assert (line.wording, line.wording_version) == ("Yes, please", ledger.wording_version("Yes, please"))
    assert line.at.isoformat() == "2026-01-02T03:04:05+00:00"
    assert line.recorded_at == make.NOON


def test_a_file_with_a_tenth_of_bad_lines(site: Site) -> None:
    """Good ones in, bad ones told by line; and the same file again adds nobody."""
    to = program(site)
    bad = [
        "12345,,,",
        "+13035550199,Atlantis,,",
        ",America/Denver,,",
        "+13035550198,,25:00,26:00",
        "+13035550197,,9:00,",
    ]
    lines, expected = ["phone,timezone,window_start,window_end"], set[int]()
    for number in range(2000):
        if number % 10 == 7:
            expected.add(len(lines) + 1)
            lines.append(bad[number // 10 % len(bad)])
        else:
            lines.append(f"+1303{5550000 + number},America/Chicago,,")
    text = "\n".join(lines)
    heard: list[int] = []
    done = taken(site, to, text, progress=heard.append)
    assert (done.lines, done.added, done.already) == (2000, 1800, 0)
    assert {one.line for one in done.refused} == expected
    assert {one.field for one in done.refused} == {"phone", "timezone", "window_start", "window_end"}
    assert heard == [1000, 2000]
    with site.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Subscriber)) == 1800
        assert session.scalar(select(func.count()).select_from(ConsentEvent)) == 1800
        assert session.scalar(select(func.count()).select_from(Audience)) == 1
        assert session.scalar(select(func.count()).where(Subscriber.moved)) == 1800
    again = taken(site, to, text)
    assert (again.added, again.already) == (0, 1800)
    assert again.refused == done.refused


def test_a_number_twice_in_a_file_is_told(lite: Site) -> None:
    done = taken(lite, program(lite), "phone\n+13035550123\n+1 (303) 555-0123\n+12125550123\n")
    assert (done.added, told(done)) == (2, [(3, "phone")])
    assert "line 2" in done.refused[0].reason


def test_nobody_who_left_comes_back(site: Site) -> None:
    to = program(site)
    with site.database.begin() as session:
        here = store.get(session, to)
        ones = [people.joined(session, site, here, f"+1303555010{n}").subscriber for n in range(4)]
        leave(session, ones[:1], people.consent("keyword"), make.NOON)
        leave(session, ones[1:2], people.consent("delivery"), make.NOON, status="suppressed")
        erase(session, ones[2], "test", make.NOON)
        stranger = people.consent("keyword").as_kind("opt_out")
        ledger.record_number(session, number_hash(site, "+13035550104"), "+13035550104", stranger, make.NOON)
    done = taken(site, to, "phone\n" + "".join(f"+1303555010{n}\n" for n in range(6)))
    assert (done.added, done.already) == (1, 1)
    assert [one.line for one in done.refused] == [2, 3, 4, 6]
    assert [
        next(word for word in ("opted out", "reached", "erased", "STOP") if word in one.reason) for one in done.refused
    ] == ["opted out", "reached", "erased", "STOP"]
    with site.database.read() as session:
        statuses = session.scalars(select(Subscriber.status).order_by(Subscriber.id)).all()
    assert list(statuses) == ["opted_out", "suppressed", "erased", "active", "active"]


def test_whoever_is_to_be_texted_needs_a_consent_a_pending_person_too(lite: Site) -> None:
    done = taken(lite, program(lite), "phone,status\n+13035550123,active\n+13035550124,pending\n", consent=None)
    assert (done.added, told(done)) == (0, [(2, "consent_source"), (3, "consent_source")])
    done = taken(lite, program(lite, name="Evening"), "phone,status\n+13035550124,pending\n")
    assert (done.added, stored(lite)["+13035550124"].status) == (1, "pending")


def test_opt_outs_of_another_system_are_kept(lite: Site) -> None:
    to = program(lite)
    done = taken(lite, to, "phone,status\n+13035550123,unsubscribed\n", consent=None)
    assert done.added == 1
    assert stored(lite)[people.DENVER].status == "opted_out"
    assert not stored(lite)[people.DENVER].moved
    assert told(taken(lite, to, "phone\n+13035550123\n")) == [(2, "phone")]


@pytest.mark.parametrize("text", [
    "\ufeffphone;first name\r\n+13035550123;Ann\r\n",
    "sep=;\r\nPhone Number;First Name\r\n+13035550123;Ann\r\n",
    "Mobile\tName\r\n'+13035550123\tAnn\r\n",
    'MSISDN,FIRSTNAME,Other\n"=""+13035550123""",Ann,x\n\n\n',
    "first-name,PHONE\nAnn,13035550123\n",
    "name,tel\nAnn,0013035550123\n",
    "name,tel\nAnn,13035550123.0\n",
    'name,tel\nAnn,"\u00a0+1 303\u00a0555-0123"\n',
])  # fmt: skip
def test_what_spreadsheets_write_is_understood(lite: Site, text: str) -> None:
    done = taken(lite, program(lite), text)
    assert done.refused == []
    assert stored(lite)[people.DENVER].first_name == "Ann"


def test_rounded_numbers_are_refused_with_the_reason(lite: Site) -> None:
    done = taken(lite, program(lite), "phone\n1.30356E+10\n")
    assert "rounded" in done.refused[0].reason


def test_a_country_helps_numbers_without_one(lite: Site) -> None:
    to = program(lite)
    assert told(taken(lite, to, "phone\n(303) 555-0123\n")) == [(2, "phone")]
    assert taken(lite, to, "phone\n(303) 555-0123\n", country="us").added == 1
    assert untangled("493012345678") == "493012345678", "nobody can know what country that is"


def test_a_line_that_is_no_utf8_is_refused_alone(lite: Site) -> None:
    done = taken(lite, program(lite), "phone,name\n+13035550123,José\n+13035550124,Ann\n".encode("latin-1"))
    assert (done.added, told(done)) == (1, [(2, "first_name")])
    assert "UTF-8" in done.refused[0].reason


def test_lines_are_counted_as_an_editor_does(lite: Site) -> None:
    text = 'phone,consent_wording\n+13035550123,"two\nlines"\nnonsense,x\n+13035550124,x,y\n'
    done = taken(lite, program(lite), text)
    assert (done.added, told(done)) == (1, [(4, "phone"), (5, "")])


@pytest.mark.parametrize("text", ["", "\n", "name\nAnn\n", "+13035550123\n+13035550124\n", "phone,mobile\n1,2\n"])
def test_a_file_without_a_column_of_numbers_is_refused_whole(lite: Site, text: str) -> None:
    with pytest.raises(InvalidInputError, match="phone"):
        taken(lite, program(lite), text)


def test_an_unknown_program(lite: Site) -> None:
    with pytest.raises(NotFoundError):
        taken(lite, 99, "phone\n")


def test_statements_grow_with_the_transactions_and_not_with_the_lines(site: Site) -> None:
    """A thousand lines cost what ten do: so 100,000 take seconds (how many, ``bench importing`` shows)."""
    to = program(site)
    spent = [0]
    event.listen(site.database.engine, "before_cursor_execute", lambda *_: spent.append(spent.pop() + 1))
    event.listen(site.database.engine, "commit", lambda _: spent.append(0))
    assert taken(site, to, "phone\n" + "".join(f"+1303555{n:04}\n" for n in range(10))).added == 10
    few, _ = spent
    spent[:] = [0]
    number = 2 * AT_ONCE + 10
    assert taken(site, to, "phone\n" + "".join(f"+1212555{n:04}\n" for n in range(number))).added == number
    first, thousand, ten, _ = spent
    assert first <= few
    assert thousand == ten < few


def test_what_is_exported_comes_back_into_another_installation(
    site: Site, tmp_path_factory: pytest.TempPathFactory
) -> None:
    to = program(site)
    taken(
        site, to, "phone,timezone,name,status\n+13035550123,Berlin,=Ann,\n+12125550123,,,opted_out\n+442071234567,,,\n"
    )
    with site.database.read() as session:
        file = io.StringIO()
        assert export_csv(session, to, file) == 3
    text = file.getvalue()
    assert text.splitlines()[0].startswith("phone,status,")
    assert "'=Ann" in text
    other = make.site(make.sqlite_url(tmp_path_factory.mktemp("other")))
    done = taken(other, program(other), text, consent=None)
    assert (done.added, done.refused) == (3, [])
    here, there = stored(site), stored(other)
    for phone, one in here.items():
        for name in ("first_name", "status", "timezone", "timezone_source", "state", "country"):
            assert getattr(there[phone], name) == getattr(one, name), name
    other.close()
