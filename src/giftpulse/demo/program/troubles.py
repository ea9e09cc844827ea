"""What goes wrong with the program on purpose: at Twilio, at its callbacks, and at OpenAI. When, in words, and how."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from sqlalchemy import select

from giftpulse.daily.editions import approval
from giftpulse.daily.editions.models import APPROVED, Edition
from giftpulse.daily.outbox.models import ACCEPTED, SENT, Delivery
from giftpulse.demo.fake_faults import Orders
from giftpulse.ground import clock
from giftpulse.ground.errors import NotFoundError
from giftpulse.ground.site import Site
from giftpulse.simulator import RunningSimulator

EVERY = 120.0
"""Seconds after which the same troubles come again."""

FILTERED = 30007
_POSTS = {"method": "POST", "path": r"/Messages\.json\Z"}


@dataclass(frozen=True)
class Reach:
    """What troubles get at: our service, Twilio, OpenAI."""

    site: Site
    simulator: RunningSimulator
    openai: Orders


@dataclass(frozen=True, slots=True)
class Trouble:
    """``at``: seconds after the beginning, and again ``EVERY`` so many. ``do`` answers whether it could be done."""

    at: float
    says: str
    do: Callable[[Reach], bool]


def script() -> Iterator[Trouble]:
    """All troubles in their order, without end."""
    for turn in count():
        for trouble in _SCRIPT:
            yield Trouble(turn * EVERY + trouble.at, trouble.says, trouble.do)


def _fault(kind: str, times: int, **more: object) -> Callable[[Reach], bool]:
    def order(reach: Reach) -> bool:
        reach.simulator.order(kind, times=times, **_POSTS, **more)
        return True

    return order


def _callbacks(**shares: float) -> Callable[[Reach], bool]:
    def disturb(reach: Reach) -> bool:
        reach.simulator.disturb(**shares)
        return True

    return disturb


def _openai(always: str | None) -> Callable[[Reach], bool]:
    def order(reach: Reach) -> bool:
        reach.openai.always = always
        return True

    return order


def _reject_a_text(reach: Reach) -> bool:
    """Take back the text of the day furthest ahead that must not wait: the next one is needed at once."""
    now = clock.now()
    with reach.site.database.begin() as session:
        ready = select(Edition).where(Edition.state == APPROVED, Edition.local_date <= now.date())
        edition = session.scalar(ready.order_by(Edition.local_date.desc(), Edition.id.desc()).limit(1))
        if edition is not None:
            approval.reject(session, edition.id, "the operator wants another one", "operator", now)
        return edition is not None


def _filter_one(reach: Reach) -> bool:
    """A carrier takes the newest text of ours for spam."""
    with reach.site.database.read() as session:
        under_way = select(Delivery.sid).where(Delivery.state.in_((ACCEPTED, SENT)), Delivery.sid.is_not(None))
        sid = session.scalar(under_way.order_by(Delivery.posted_at.desc()).limit(1))
    if sid is None:
        return False
    try:
        reach.simulator.force(sid, "undelivered", FILTERED)
    except NotFoundError:  # so old that the simulator has forgotten it
        return False
    return True


_SCRIPT: Sequence[Trouble] = (
    Trouble(9.0, "Twilio answers the next 3 texts with 429, too many requests", _fault("too_many_requests", 3)),
    Trouble(15.0, "Twilio takes the next 2 texts, and answers 500 all the same", _fault("error_after", 2)),
    Trouble(20.0, "OpenAI goes down", _openai("down")),
    Trouble(21.0, "the operator rejects a text of today", _reject_a_text),
    Trouble(27.0, "Twilio takes the next 2 texts, and the connection breaks off", _fault("drop_after", 2)),
    Trouble(34.0, "status callbacks come late, a third of them twice", _callbacks(late=8.0, doubled=0.33)),
    Trouble(38.0, "a carrier takes a text of ours for spam", _filter_one),
    Trouble(42.0, "status callbacks come as usual", _callbacks()),
    Trouble(45.0, "OpenAI is back", _openai(None)),
    Trouble(100.0, "the operator rejects a text of today", _reject_a_text),
)
