"""What is read from the record for the display."""

from datetime import timedelta

from giftpulse.demo.caught import Caught, Trouble
from giftpulse.demo.figures import Watcher
from giftpulse.ground.clock import Stopped
from giftpulse.ground.site import Site
from giftpulse.monitor import rounds
from giftpulse.monitor.rules import store as rules
from tests import make

RULE = {
    "name": "No way", "severity": "critical",
    "condition": {"field": "error_code", "op": "eq", "value": 30003},
    "trigger": {"type": "each", "group_by": ["to_country"]},
}  # fmt: skip


def test_entries_are_counted_by_kind_and_status(lite: Site, time: Stopped) -> None:
    make.take(lite, make.message(), make.message(), make.message(status="failed", error_code=30007))
    make.take(lite, make.call(), kind="call")
    make.take(lite, make.alert(), kind="alert")
    look = Watcher(lite).look(time())
    assert look.kinds == {"message": {"delivered": 2, "failed": 1}, "call": {"completed": 1}, "alert": {"error": 1}}
    assert look.sources == {"poll": 5}


def test_a_look_brings_only_what_is_new_and_only_what_went_wrong(lite: Site, time: Stopped) -> None:
    watcher = Watcher(lite)
    sent = make.message(status="sent")
    make.take(lite, sent, make.message())
    assert watcher.look(time()).lines == []
    later = make.NOON + timedelta(seconds=9)
    failed = {**sent, "status": "undelivered", "error_code": 30007, "date_updated": make.rfc2822(later)}
    make.take(lite, failed, now=later)
    make.take(lite, make.call(status="busy"), kind="call")
    text, call = watcher.look(time()).lines
    assert (text.sid, text.status, text.code) == (sent["sid"], "undelivered", 30007)
    assert "filtered" in text.meaning
    assert (call.kind, call.status, call.meaning) == ("call", "busy", "The call was not answered")
    assert watcher.look(time()).lines == []


def test_the_worst_alerts_come_first(lite: Site, time: Stopped) -> None:
    rounds.enrol(lite)
    with lite.database.begin() as session:
        for severity in ("critical", "info", "warning"):
            rules.create(session, {**RULE, "name": severity, "severity": severity}, time())
    make.take(lite, make.message(status="undelivered", error_code=30003, at=time()), now=time())
    rounds.watch(lite)
    assert [each.rule for each in Watcher(lite).look(time()).alerts] == ["critical", "warning", "info"]


def test_open_alerts_come_first(lite: Site, time: Stopped) -> None:
    rounds.enrol(lite)
    with lite.database.begin() as session:
        rules.create(session, RULE, time())
    for to in ("+15005550009", "+491512345678"):
        make.take(lite, make.message(status="undelivered", error_code=30003, to=to, at=time()), now=time())
        rounds.watch(lite)
        time.move(minutes=6)
    rounds.resolve(lite)
    look = Watcher(lite).look(time())
    assert [(each.labels, each.state) for each in look.alerts] == [("DE", "firing"), ("US", "resolved")]
    assert (look.opened, look.resolved, look.owed) == (2, 1, 0)


def test_caught_things_are_handed_out_once_and_counted_for_good() -> None:
    caught = Caught()
    for number in range(300):
        caught.add(Trouble(make.NOON, str(number)))
    number, things = caught.since(0)
    assert (number, len(things)) == (300, 200)
    caught.add(Trouble(make.NOON, "new"))
    assert caught.since(number) == (301, [Trouble(make.NOON, "new")])
    assert caught.counts() == {"troubles": 301}
