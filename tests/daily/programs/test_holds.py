"""Holds: one for each cause and scope, lifted by hand or by time, and whom they stop."""

from datetime import timedelta

from sqlalchemy import select

from giftpulse.daily.programs import holds, store
from giftpulse.daily.programs.holds import CHANGED, hold, holding, lift, open_holds
from giftpulse.daily.programs.models import Hold
from giftpulse.ground.site import Site
from tests import make

SOON, LATER = make.NOON + timedelta(minutes=5), make.NOON + timedelta(hours=1)


def test_one_hold_of_a_cause_and_scope(site: Site) -> None:
    heard: list[str] = []
    site.bulletin.listen(CHANGED, lambda: heard.append(CHANGED))
    with site.database.begin() as session:
        hold(session, "all", "account", "30002", make.NOON)
    with site.database.begin() as session:
        again = hold(session, "all", "account", "20003", SOON, LATER)
        hold(session, "all", "operator", "by hand", SOON)
        assert (again.reason, again.since, again.until) == ("30002", make.NOON, None), "the one for good stays"
        assert [one.cause for one in open_holds(session, SOON)] == ["account", "operator"]
    assert heard == [CHANGED, CHANGED]


def test_a_hold_ends_by_time(site: Site) -> None:
    with site.database.begin() as session:
        hold(session, "sender:12345", "sender", "30007", make.NOON, SOON)
        assert len(open_holds(session, make.NOON)) == 1
        assert open_holds(session, SOON) == []
        anew = hold(session, "sender:12345", "sender", "30007 again", LATER)
        first, second = session.scalars(select(Hold).order_by(Hold.id).execution_options(populate_existing=True))
        assert (first.lifted_at, first.lifted_by) == (SOON, holds.TIME)
        assert (second.id, second.since) == (anew.id, LATER)


def test_lifting(site: Site) -> None:
    with site.database.begin() as session:
        hold(session, "all", "account", "one", make.NOON)
        hold(session, "all", "operator", "two", make.NOON)
        assert [one.reason for one in lift(session, "all", "operator", SOON, "me")] == ["two"]
        assert lift(session, "all", "operator", SOON, "me") == []
        assert [one.reason for one in lift(session, "all", None, SOON, "me")] == ["one"]
        assert open_holds(session, SOON) == []


def test_whom_a_hold_stops(lite: Site) -> None:
    settings = lite.settings.model_copy(update={"twilio_from_number": "+15550002222"})
    with lite.database.begin() as session:
        own = store.create(session, {"name": "Own", "sender": "12345"}, make.NOON)
        default = store.create(session, {"name": "Default"}, make.NOON)

        def stopped(scope: str) -> list[bool]:
            (held,) = [hold(session, scope, "operator", "x", make.NOON)]
            found = open_holds(session, make.NOON)
            lift(session, scope, None, SOON, "me")
            assert held in found
            return [holding(found, one, settings) is held for one in (own, default)]

        assert stopped("all") == [True, True]
        assert stopped("sender:12345") == [True, False]
        assert stopped("sender:+15550002222") == [False, True]
        assert stopped(f"program:{default.id}") == [False, True]
        assert stopped("program:99") == [False, False]
