"""What Twilio says of an opt-out counts, unless the person has come back since the text was handed over."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from giftpulse.daily.outbox import aftermath
from giftpulse.daily.outbox.aftermath import Failure
from giftpulse.daily.outbox.models import FAILED, Delivery, delivery_id
from giftpulse.daily.subscribers.models import Subscriber
from giftpulse.ground.site import Site
from tests import make
from tests.daily.inbound.texting import program, say, statuses, subscribe

BACK = make.NOON + timedelta(minutes=5)
SID = "SM" + "1" * 32


def text_of(session: Session, one: Subscriber, posted_at: datetime, sid: str | None) -> None:
    on = date(2026, 11, 20)
    session.add(
        Delivery(
            id=delivery_id(one.id, on), program_id=one.program_id, subscriber_id=one.id, audience_id=one.audience_id,
            local_date=on, send_at=posted_at, window_end=posted_at + timedelta(hours=1), state=FAILED, attempts=1,
            posted_at=posted_at, error_code=21610, sid=sid,
        )
    )  # fmt: skip
    session.flush()


@pytest.mark.parametrize("sid", [SID, None])
@pytest.mark.parametrize(("minutes", "status"), [(4, "active"), (6, "opted_out")])
def test_an_opt_out_code_of_before_a_return_is_old_news(site: Site, sid: str | None, minutes: int, status: str) -> None:
    daily = program(site)
    one = subscribe(site, daily)
    say(site, "STOP")
    say(site, "START", at=BACK)
    with site.database.begin() as session:
        text_of(session, one, make.NOON + timedelta(minutes=minutes), sid)
        failure = Failure(daily.id, one.id, sid, 21610)
        aftermath.apply(session, site.settings, [failure], make.NOON + timedelta(minutes=10))
    assert statuses(site) == [status]


def test_an_opt_out_code_of_a_text_that_we_do_not_know_counts(lite: Site) -> None:
    daily = program(lite)
    one = subscribe(lite, daily)
    with lite.database.begin() as session:
        aftermath.apply(session, lite.settings, [Failure(daily.id, one.id, SID, 21610)], BACK)
    assert statuses(lite) == ["opted_out"]
