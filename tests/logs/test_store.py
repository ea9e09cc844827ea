"""The record: once, forward only, and every transition told."""

import threading
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select

from giftpulse.ground import clock
from giftpulse.ground.site import Site
from giftpulse.logs import cleanup, intake, readers, store
from giftpulse.logs.entry import Entry
from giftpulse.logs.models import LogBatch, LogChange, LogEntry, LogOwed, LogReject
from giftpulse.logs.store import Written
from tests import make
from tests.make import ACCOUNT, NOON, message, take


def entries(site: Site) -> list[LogEntry]:
    with site.database.read() as session:
        return list(session.scalars(select(LogEntry).order_by(LogEntry.id)))


def changes(site: Site) -> list[LogChange]:
    with site.database.read() as session:
        return list(session.scalars(select(LogChange).order_by(LogChange.id)))


def number(site: Site, model: Any) -> int:
    with site.database.read() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def callback(sid: str, status: str, code: int | None = None) -> Entry:
    return Entry(account_sid=ACCOUNT, sid=sid, kind="message", status=status, error_code=code, said="{}")


def test_what_a_list_says_is_stored_field_by_field(site: Site) -> None:
    take(site, message(body="Hé 👋", error_code=30003, status="undelivered", price="-0.00790", num_segments="2"))
    (entry,) = entries(site)
    assert (entry.kind, entry.status, entry.error_code, entry.body) == ("message", "undelivered", 30003, "Hé 👋")
    assert (entry.price_micros, entry.segments, entry.from_) == (-7900, 2, "+15005550006")
    assert entry.event_at == NOON
    assert entry.raw is not None
    assert '"subresource_uris"' in entry.raw


def test_the_first_sight_is_a_change_with_the_id_of_the_entry(site: Site) -> None:
    take(site, message(), message())
    assert [change.id for change in changes(site)] == [entry.id for entry in entries(site)]


def test_an_unchanged_page_writes_nothing(site: Site) -> None:
    page = [message() for _ in range(20)]
    take(site, *page)
    before = number(site, LogBatch)
    assert take(site, *page).written == Written(unchanged=20)
    assert number(site, LogBatch) == before
    assert len(changes(site)) == 20


def test_a_late_status_is_a_change_of_its_own(site: Site) -> None:
    record = message(status="sent", price=None)
    take(site, record)
    later = NOON + timedelta(hours=3)
    take(site, {**record, "status": "undelivered", "error_code": 30005, "date_updated": make.rfc2822(later)}, now=later)
    (entry,) = entries(site)
    assert (entry.status, entry.error_code) == ("undelivered", 30005)
    last = changes(site)[-1]
    assert (last.status_before, last.status_after, last.error_before, last.error_after) == (
        "sent", "undelivered", None, 30005,
    )  # fmt: skip
    assert last.event_at == later


def test_a_stale_page_moves_no_status_back_but_fills_gaps(site: Site) -> None:
    record = message(status="delivered", price=None, date_updated=NOON + timedelta(minutes=5))
    take(site, record)
    stale = {**record, "status": "sent", "date_updated": make.rfc2822(NOON), "price": "-0.0075"}
    take(site, stale)
    (entry,) = entries(site)
    assert (entry.status, entry.price_micros) == ("delivered", -7500)


def test_a_callback_before_the_list_knows_the_message_is_kept_and_completed(site: Site) -> None:
    sid = make.sid()
    with site.database.begin() as session:
        store.write(session, [callback(sid, "delivered")], "callback", NOON)
    take(site, message(sid=sid, status="sent", body="the text"))
    (entry,) = entries(site)
    assert (entry.status, entry.body) == ("delivered", "the text")


def test_doubled_and_unordered_callbacks_end_at_the_furthest_status(site: Site) -> None:
    sid = make.sid()
    for status in ("sent", "delivered", "queued", "sent", "delivered"):
        with site.database.begin() as session:
            store.write(session, [callback(sid, status)], "callback", NOON)
    assert [change.status_after for change in changes(site)] == ["sent", "delivered"]


def test_the_same_sid_several_times_in_one_write_is_merged_in_order(site: Site) -> None:
    sid = make.sid()
    with site.database.begin() as session:
        said = [callback(sid, "queued"), callback(sid, "undelivered", 30003), callback(sid, "sent")]
        written = store.write(session, said, "callback", NOON)
    assert written == Written(new=1, unchanged=1)
    assert [change.status_after for change in changes(site)] == ["queued", "undelivered"]
    assert entries(site)[0].error_code == 30003


def test_a_price_that_arrives_later_is_told_as_another_field(site: Site) -> None:
    record = message(price=None)
    take(site, record)
    take(site, {**record, "price": "-0.00750"})
    assert changes(site)[-1].other == '{"price_micros":[null,-7500]}'


def test_unknown_statuses_and_fields_are_kept(site: Site) -> None:
    take(site, message(status="teleported", brand_new_field={"a": [1]}))
    (entry,) = entries(site)
    assert entry.status == "teleported"
    assert entry.raw is not None
    assert "brand_new_field" in entry.raw


def test_a_record_without_a_sid_is_kept_aside_and_stops_nothing(site: Site) -> None:
    broken = message()
    del broken["sid"]
    taken = take(site, message(), broken, {"sid": 7}, message())
    assert (taken.written.new, taken.rejected) == (2, 2)
    with site.database.read() as session:
        kept = session.scalars(select(LogReject)).all()
    assert all("sid" in reject.reason for reject in kept)
    assert len(kept) == 2


def test_wrong_types_set_aside_the_field_and_not_the_record(site: Site) -> None:
    take(site, message(body=["not", "text"], num_segments={}, status=7, error_code="30003"))
    (entry,) = entries(site)
    assert (entry.body, entry.segments, entry.status, entry.error_code) == (None, None, "7", 30003)


def test_nul_and_half_surrogates_do_not_stop_a_batch(site: Site) -> None:
    body = make.row(message(body="a\x00b")), make.row(message()).replace(b'"Hello"', b'"x\\ud800y"')
    with site.database.begin() as session:
        taken = intake.take_rows(session, "message", body, ACCOUNT, "poll", NOON)
    assert taken.rejected == 0
    assert [entry.body for entry in entries(site)] == ["a\ufffdb", "x?y"]


def test_dates_that_are_null_or_nonsense_lose_nothing(site: Site) -> None:
    take(site, message(date_sent=None, date_created=None, date_updated="yesterday"), now=NOON)
    assert entries(site)[0].event_at == NOON


def test_a_batch_is_owed_to_each_reader_and_history_to_none(site: Site) -> None:
    with site.database.begin() as session:
        store.add_reader(session, "a", NOON)
        store.add_reader(session, "b", NOON)
    take(site, message())
    with site.database.begin() as session:
        intake.take_rows(session, "message", [make.row(message())], ACCOUNT, "backfill", NOON, history=True)
    assert number(site, LogOwed) == 2


def test_two_writers_of_the_same_new_sids_store_each_once(postgres_url: str) -> None:
    site = make.site(postgres_url)
    page = [message() for _ in range(300)]
    start = threading.Barrier(4)

    def write() -> None:
        start.wait()
        take(site, *page)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(entries(site)) == 300
    assert len(changes(site)) == 300
    site.close()


def test_a_write_larger_than_a_batch_is_cut_into_several(lite: Site) -> None:
    taken = take(lite, *[message() for _ in range(9000)])
    assert taken.written.new == 9000
    assert number(lite, LogBatch) == 3
    assert len({entry.id for entry in entries(lite)}) == 9000


def test_a_claimed_batch_is_not_claimed_again_until_its_lease_ends(site: Site) -> None:
    with site.database.begin() as session:
        store.add_reader(session, "match", NOON)
    take(site, message())
    with site.database.begin() as session:
        first = readers.claim(session, "match", NOON)
        assert len(first) == 1
        assert readers.claim(session, "match", NOON) == []
        later = NOON + readers.LEASE
        assert readers.claim(session, "match", later) == first
        assert readers.settle(session, "match", first) == 1
        assert readers.settle(session, "match", first) == 0


def test_a_batch_that_keeps_failing_is_claimed_alone_and_ever_more_seldom(site: Site) -> None:
    with site.database.begin() as session:
        store.add_reader(session, "match", NOON)
    for _ in range(3):
        take(site, message())
    at = NOON
    with site.database.begin() as session:
        bad, *good = readers.claim(session, "match", at)
        readers.settle(session, "match", good)
        for _ in range(3):
            at += readers.LEASE * 3
            assert readers.claim(session, "match", at) == [bad]
    take(site, message(), now=at)
    with site.database.begin() as session:
        at += readers.LEASE
        assert bad not in readers.claim(session, "match", at), "it is given time"
        at += readers.LEASE * 5
        assert readers.claim(session, "match", at)[0] == bad


def test_a_reading_shows_the_entry_before_and_after_its_own_change(site: Site) -> None:
    with site.database.begin() as session:
        store.add_reader(session, "match", NOON)
    record = message(status="sent", price=None)
    take(site, record)
    take(site, {**record, "status": "delivered"})
    take(site, {**record, "status": "delivered", "price": "-0.01"})
    with site.database.begin() as session:
        seen = list(readers.read(session, readers.claim(session, "match", NOON)))
    states = [(r.before and r.before.status, r.after.status, r.after.price) for r in seen]
    # The last transition's price is stored by now; the earlier readings may see it, never a later status.
    assert [(before, after) for before, after, _ in states] == [
        (None, "sent"), ("sent", "delivered"), ("delivered", "delivered"),
    ]  # fmt: skip
    assert seen[2].before is not None
    assert seen[2].before.price is None


def test_a_page_comes_newest_first_and_goes_in_oldest_first(site: Site) -> None:
    page = [message(at=NOON - timedelta(minutes=i)) for i in range(5)]
    take(site, *page)
    assert [entry.sid for entry in entries(site)] == [record["sid"] for record in reversed(page)]


def test_writers_of_the_same_new_sids_in_opposite_order_never_wait_for_each_other(postgres_url: str) -> None:
    site = make.site(postgres_url, migrated=True)
    failed: list[BaseException] = []

    def write(said: list[Entry], start: threading.Barrier) -> None:
        start.wait()
        try:
            with site.database.begin() as session:
                store.write(session, said, "callback", NOON)
        except BaseException as error:  # told to the test below
            failed.append(error)

    for _ in range(15):
        sids = [make.sid() for _ in range(120)]
        start = threading.Barrier(2)
        said = [[callback(sid, "sent") for sid in order] for order in (sids, sids[::-1])]
        threads = [threading.Thread(target=write, args=(one, start)) for one in said]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not failed
    assert len(entries(site)) == 15 * 120
    site.close()


def test_texts_that_postgres_cannot_hold_stop_nothing_whatever_the_field(site: Site) -> None:
    odd = "x\x00y"
    take(site, message(direction=odd, price_unit=odd, messaging_service_sid=odd, error_message=odd), message())
    assert len(entries(site)) == 2


def test_a_date_at_the_end_of_time_is_no_date(site: Site) -> None:
    take(site, message(date_updated="Fri, 31 Dec 9999 23:59:59 -0100"), message())
    assert len(entries(site)) == 2


def test_a_row_that_is_refused_at_every_poll_is_kept_once(site: Site) -> None:
    for _ in range(3):
        take(site, {"no": "sid"})
    assert number(site, LogReject) == 1


def test_cleanup_leaves_what_is_still_owed(site: Site) -> None:
    with site.database.begin() as session:
        store.add_reader(session, "match", NOON)
    take(site, message(), now=NOON - timedelta(days=900))
    take(site, message(), now=NOON - timedelta(days=900))
    with site.database.begin() as session:
        session.execute(delete(LogOwed).where(LogOwed.batch_id == 1))
    with clock.stopped(NOON):
        cleanup.cleanup(site)
    assert [change.id >> 13 for change in changes(site)] == [2]
