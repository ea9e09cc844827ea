"""What is asked of the database, by the functions of the service themselves."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from giftpulse import health
from giftpulse.daily import cleanup as daily_cleanup
from giftpulse.daily import erase, export, simulate, why
from giftpulse.daily.delivery import confirm, reconcile, watch
from giftpulse.daily.editions import wanted
from giftpulse.daily.inbound import asking, inbox, listen
from giftpulse.daily.inbound.models import InboundText
from giftpulse.daily.inbound.schemas import InboxQuery
from giftpulse.daily.outbox import claim, expire, listing, notes, of_message, plan, settle, waiting
from giftpulse.daily.outbox.models import Delivery
from giftpulse.daily.outbox.schemas import MessageQuery
from giftpulse.daily.programs.models import Program
from giftpulse.daily.subscribers import signup_limits, store
from giftpulse.daily.subscribers.models import Subscriber
from giftpulse.daily.subscribers.schemas import SubscriberQuery
from giftpulse.ground import clock
from giftpulse.ground.paging import page_of
from giftpulse.ground.site import Site
from giftpulse.logs import cleanup, find, known, readers, recheck
from giftpulse.logs.entry import Entry
from giftpulse.logs.models import LogEntry
from giftpulse.logs.schemas import LogQuery
from giftpulse.monitor import cleanup as monitor_cleanup
from giftpulse.monitor.alerts import close
from giftpulse.monitor.alerts.models import Alert
from giftpulse.monitor.notify import outbox
from giftpulse.monitor.notify import plan as telling

Asked = Iterator[tuple[str, Callable[[], object]]]
_LATE = timedelta(hours=2)


def asked(site: Site) -> Asked:
    """What the rounds and the API ask all day. What is written in a transaction of ours is rolled back."""
    now, person, sid, account = clock.now(), _a_person(site), _a_sid(site), site.settings.twilio_account_sid or ""
    for what, ask in (
        *_record(now, account, sid, _sids(site, 200)),
        *_logs_listed(sid, now),
        *_texts(site, now, sid, person),
        *_people(site, now, person),
        *_alerts(site, now, account),
    ):
        yield what, partial(_rolled_back, site, ask)
    yield "health", partial(health.check, site)
    yield "plan: the next date, and who moved", partial(plan.plan, site, now)
    yield "plan: a second run", partial(plan.plan, site, now)
    yield "expire", partial(expire.expire, site)
    yield "ask who is pending", partial(asking.ask, site)
    yield "confirm", partial(confirm.confirm, site)
    yield "listen (inbound)", partial(listen.listen, site)
    yield "watch", partial(watch.watch, site)
    yield "reconcile", partial(reconcile.reconcile, site)


def removed(site: Site) -> Asked:
    """Retention, in all its steps."""
    yield "retention: the record", partial(cleanup.cleanup, site)
    yield "retention: the monitor", partial(monitor_cleanup.cleanup, site)
    yield "retention: the daily half", partial(daily_cleanup.cleanup, site)
    yield "retention: the daily half, nothing left to do", partial(daily_cleanup.cleanup, site)


_Ask = tuple[str, Callable[[Session], object]]


def _record(now: Any, account: str, sid: str, sids: Sequence[str]) -> Iterator[_Ask]:
    known_ones = [Entry(account_sid=account, sid=each, kind="message") for each in sids]
    pages = [Entry(account_sid=account, sid=each, kind="message", content_hash=b"x") for each in sids]
    yield "readers: claim", lambda s: readers.claim(s, "match", now)
    yield "readers: read a batch", lambda s: list(readers.read(s, readers.claim(s, "match", now, changes=1)))
    yield "readers: settle", lambda s: readers.settle(s, "match", readers.claim(s, "match", now))
    yield "readers: owed", lambda s: readers.owed_since(s, "match")
    yield "known: 200 of callbacks", lambda s: known.slots(s, known_ones)
    yield "known: 200 of a page", lambda s: known.slots(s, pages)
    yield "chase list", lambda s: recheck._claim(s, account, now)
    yield "a log by SID, with its history", lambda s: find.changes_of(s, _found(find.by_sid(s, sid)))
    yield "logs related to one", lambda s: find.related_to(s, _found(find.by_sid(s, sid)))


def _logs_listed(sid: str, now: Any) -> Iterator[_Ask]:
    hour = now - timedelta(hours=3)
    for said in (
        {}, {"log_type": "call"}, {"log_type": "error"}, {"error_code": "30003"}, {"error_code": "30007"},
        {"status": "undelivered"}, {"since": hour, "until": now}, {"sid": sid}, {"resource_sid": sid},
        {"to_number": "+12000000777"}, {"processed": False}, {"q": "777"}, {"cursor": "900000"},
    ):  # fmt: skip
        query = LogQuery(**said)
        named = ", ".join(f"{name}={value}" for name, value in said.items()) or "all"
        named = "since, until" if "since" in said else named
        yield f"GET /api/logs: {named}", partial(_paged, find.listed(query), LogEntry.id, query)


def _texts(site: Site, now: Any, sid: str, person: int) -> Iterator[_Ask]:
    program = _program(site)
    yield "outbox: claim 200", lambda s: claim.claim(s, site.settings, program, "+15005550006", 200)
    yield "notes: senders with some to send", lambda s: notes.senders_due(s, now)
    yield "notes: claim", lambda s: notes.claim(s, "+15005550006")
    yield "notes: questions that wait", lambda s: notes.questions_waiting(s, "+15005550006")
    yield "settle: claim", lambda s: settle._claim(s, site, now)
    yield "what waits, and why", lambda s: waiting.waiting(s, site.settings, now)
    yield "which text a message is", lambda s: of_message.of_message(s, sid)
    yield "which text a message is: none of ours", lambda s: of_message.of_message(s, "SM" + "f" * 32)
    for said in (
        {}, {"program_id": program, "state": "undelivered"}, {"state": "failed"}, {"error_code": 30003},
        {"local_date": "2026-11-20"}, {"sid": sid}, {"subscriber_id": person},
    ):  # fmt: skip
        query = listing.uncounted(MessageQuery(**said))
        named = ", ".join(f"{name}={value}" for name, value in said.items()) or "all"
        yield f"GET /api/messages: {named}", partial(_paged, listing.listed(query), Delivery.id, query)


def _people(site: Site, now: Any, person: int) -> Iterator[_Ask]:
    program = _program(site)
    yield "wishes of people", lambda s: wanted.jobs(s, now, timedelta(days=3), program)
    yield "why", lambda s: why.timeline(s, site, person, now)
    yield "export of a person", lambda s: export.export(s, store.get(s, person))
    yield "erasure of a person", lambda s: erase.erase(s, [store.get(s, person)], "bench", now)
    yield "simulate a date", lambda s: simulate.simulate(s, site, (now + timedelta(days=1)).date(), now, program)
    yield "sign-up: an address", lambda s: signup_limits.address_is_over(s, "192.0.2.7", now)
    yield "sign-up: a number", lambda s: signup_limits.phone_is_over(s, bytes(8), now)
    for said in ({}, {"status": "pending"}, {"phone": "+12000000777"}, {"q": "777"}):
        query = SubscriberQuery(**said)
        named = ", ".join(said) or "all"
        yield f"GET /api/subscribers: {named}", partial(_paged, store.listed(query, "admin"), Subscriber.id, query)
    for asked_for in ({}, {"handled": False}, {"danger": True}, {"subscriber_id": person}, {"phone": "+12000000777"}):
        texts = InboxQuery(**asked_for)
        named = ", ".join(asked_for) or "all"
        yield f"GET /api/inbox: {named}", partial(_paged, inbox.listed(texts), InboundText.id, texts)


def _alerts(site: Site, now: Any, account: str) -> Iterator[_Ask]:
    lasts = timedelta(minutes=2)
    yield "alerts: close what is quiet", lambda s: close.close_quiet(s, now, account)
    yield "alerts: close what changed", lambda s: close.close_changed(s, now)
    yield "alerts: who is to be told", lambda s: telling.plan_due(s, now, None)
    yield "notices: claim", lambda s: outbox.claim(s, site, now, at_most=20, lasts=lasts, under_way={})
    yield "notices: when the next is due", lambda s: outbox.next_due(s, now)
    yield "open alerts", lambda s: s.scalars(select(Alert).where(Alert.state != "resolved").limit(50)).all()


def _paged(statement: Any, key: Any, query: Any, session: Session) -> object:
    return page_of(session, statement, key, query, lambda row: None)


def _rolled_back(site: Site, ask: Callable[[Session], object]) -> None:
    with site.database.read() as session:
        ask(session)


def _found(entry: LogEntry | None) -> LogEntry:
    assert entry is not None, "the record knows this SID"
    return entry


def _program(site: Site) -> int:
    with site.database.read() as session:
        return session.scalars(select(Program.id)).one()


def _a_person(site: Site) -> int:
    with site.database.read() as session:
        return session.scalars(select(func.min(Subscriber.id)).where(Subscriber.id % 100 == 75)).one() or 0


def _a_sid(site: Site) -> str:
    """Of a message in the middle of the record."""
    return _sids(site, 1)[0]


def _sids(site: Site, number: int) -> Sequence[str]:
    """Of messages here and there in the record."""
    with site.database.read() as session:
        spread = select(LogEntry.sid).where(LogEntry.kind == "message").order_by(func.md5(LogEntry.sid))
        return session.scalars(spread.limit(number)).all()
