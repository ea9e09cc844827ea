"""Real-shaped records from ../shared/vectors, where that folder is there (users clone the project alone)."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from giftpulse.ground.site import Site
from giftpulse.logs import intake
from giftpulse.logs.models import LogChange, LogEntry, LogReject
from giftpulse.twilio.records import RESOURCES, Kind, decode_page
from tests.make import ACCOUNT, NOON

VECTORS = Path(__file__).parents[3] / "shared" / "vectors"

pytestmark = pytest.mark.skipif(not VECTORS.is_dir(), reason="the folder ../shared/vectors is not on this machine")

FILES: list[tuple[str, str, Kind]] = [
    ("twilio_messages.json", "messages", "message"),
    ("twilio_calls.json", "calls", "call"),
    ("twilio_alerts_events.json", "alerts", "alert"),
]


def records(file: str, key: str) -> list[dict[str, Any]]:
    return [item["record"] for item in json.loads((VECTORS / file).read_text())[key]]


def rows(site: Site, model: Any) -> int:
    with site.database.read() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.parametrize(("file", "key", "kind"), FILES)
def test_every_record_goes_in_without_a_crash_or_a_loss_and_twice_without_a_double(
    site: Site, file: str, key: str, kind: Kind
) -> None:
    found = records(file, key)
    raw = [json.dumps(record).encode() for record in found]
    identities = {(r.get("account_sid") or ACCOUNT, r["sid"]) for r in found if r.get("sid")}
    for _ in range(2):
        with site.database.begin() as session:
            taken = intake.take_rows(session, kind, raw, ACCOUNT, "poll", NOON)
    assert taken.rejected == sum(not record.get("sid") for record in found)
    assert rows(site, LogEntry) == len(identities)
    with site.database.read() as session:
        stored = {(entry.account_sid, entry.sid) for entry in session.scalars(select(LogEntry))}
    assert stored == identities


@pytest.mark.parametrize(("file", "key", "kind"), FILES)
def test_every_status_and_code_is_the_one_that_was_written(lite: Site, file: str, key: str, kind: Kind) -> None:
    for number, record in enumerate(records(file, key)):
        if not record.get("sid"):
            continue
        alone = {**record, "sid": f"{record['sid'][:2]}{number:032x}"}
        with lite.database.begin() as session:
            intake.take_rows(session, kind, [json.dumps(alone).encode()], ACCOUNT, "poll", NOON)
            entry = session.scalars(select(LogEntry).where(LogEntry.sid == alone["sid"])).one()
            if kind != "alert":
                assert entry.status == (str(record.get("status") or "").lower() or None)
            code = str(record.get("error_code") or "")
            assert entry.error_code == (int(code) if code.isdigit() and int(code) else None)
            assert json.loads(entry.raw or "") == alone
    assert rows(lite, LogReject) == sum(not record.get("sid") for record in records(file, key))
    assert rows(lite, LogChange) == rows(lite, LogEntry)


@pytest.mark.parametrize(("file", "kind"), [(file, kind) for file, _, kind in FILES])
def test_every_page_is_read_with_its_next_address(file: str, kind: Kind) -> None:
    read = 0
    for item in json.loads((VECTORS / file).read_text())["pages"]:
        page = item["page"]
        if RESOURCES[kind].key not in page:
            continue
        decoded = decode_page(RESOURCES[kind], json.dumps(page).encode())
        assert len(decoded.rows) == len(page[RESOURCES[kind].key])
        expected = page.get("next_page_uri") or (page.get("meta") or {}).get("next_page_url")
        assert decoded.next_url == (expected or None)
        read += 1
    assert read
