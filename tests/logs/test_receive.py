"""The receiver of webhooks: one order of locks, whichever doors the same records come through."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import closing

import pytest
from sqlalchemy import func, select

from giftpulse.ground.site import Site
from giftpulse.logs import store
from giftpulse.logs.entry import Entry
from giftpulse.logs.models import LogBatch, LogChange, LogEntry, LogReject
from giftpulse.logs.receive import Delivery, Receiver
from tests import make
from tests.make import ACCOUNT


@pytest.fixture
def shared(postgres_url: str) -> Iterator[Site]:
    with closing(make.site(postgres_url, migrated=True)) as made:
        yield made


def said(sid: str, status: str, account: str = ACCOUNT) -> Entry:
    return Entry(account_sid=account, sid=sid, kind="message", status=status, said="{}")


def callbacks(sids: Sequence[str], status: str) -> list[Delivery]:
    return [Delivery("callback", [said(sid, status)]) for sid in sids]


def events(sids: Sequence[str], status: str) -> Delivery:
    return Delivery("events", [said(sid, status) for sid in sids])


def commit(site: Site, *groups: Sequence[Delivery]) -> None:
    """Each group by a receiver of its own, as by a process of its own, all at the same time."""

    async def give() -> None:
        receivers = [Receiver(site) for _ in groups]
        taken = [
            asyncio.create_task(receiver.take(delivery))
            for receiver, group in zip(receivers, groups, strict=True)
            for delivery in group
        ]
        await asyncio.sleep(0)  # now all are waiting, and make one group
        for receiver in receivers:
            receiver.start()
        await asyncio.gather(*taken)
        for receiver in receivers:
            await asyncio.to_thread(receiver.stop)

    asyncio.run(give())


def number(site: Site, table: type) -> int:
    with site.database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.parametrize("size", [40, 300])
def test_the_same_records_through_different_doors_at_the_same_time_never_wait_for_each_other(
    shared: Site, caplog: pytest.LogCaptureFixture, size: int
) -> None:
    for _ in range(12):
        some, others = [make.sid() for _ in range(size)], [make.sid() for _ in range(size)]
        for status in ("sent", "delivered"):  # once to be added, once to be locked
            commit(
                shared,
                [*callbacks(some, status), events(others, status)],
                [*callbacks(others, status), events(some, status)],
            )
    assert "could not be committed" not in caplog.text
    assert number(shared, LogEntry) == 12 * 2 * size
    assert number(shared, LogChange) == 2 * 12 * 2 * size


def test_accounts_and_rejects_have_an_order_too(shared: Site, caplog: pytest.LogCaptureFixture) -> None:
    accounts = [ACCOUNT, "AC" + "b" * 32]
    sids = [make.sid() for _ in range(60)]
    for turn in range(12):
        raws = [f"{turn} {number}".encode() for number in range(60)]
        groups = []
        for order in (1, -1):
            entries = [said(sid, f"status {turn}", account) for account in accounts[::order] for sid in sids]
            groups.append([Delivery("events", entries, [(raw, "not for us") for raw in raws[::order]])])
        commit(shared, *[[*group, Delivery("callback")] for group in groups])
    assert "could not be committed" not in caplog.text
    assert number(shared, LogEntry) == 2 * len(sids)
    assert number(shared, LogReject) == 12 * 60


def test_a_group_from_several_doors_is_one_batch_in_which_each_change_names_its_own(site: Site) -> None:
    first, second = make.sid(), make.sid()
    commit(site, [*callbacks([first], "sent"), events([second, first], "delivered")])
    with site.database.read() as session:
        changes = session.scalars(select(LogChange).order_by(LogChange.id)).all()
        known = {entry.id: entry.sid for entry in session.scalars(select(LogEntry))}
    told = {(known[change.log_id], change.status_after, change.source) for change in changes}
    assert told == {(first, "sent", "callback"), (first, "delivered", "events"), (second, "delivered", "events")}
    assert number(site, LogBatch) == 1


def test_more_than_a_batch_holds_is_cut_and_all_of_it_is_stored(lite: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "AT_ONCE", 10)
    sids = [make.sid() for _ in range(45)]
    commit(lite, [*callbacks(sids[:22], "sent"), events(sids[22:26], "sent"), *callbacks(sids[26:], "sent")])
    assert number(lite, LogEntry) == 45
    assert number(lite, LogBatch) >= 5
