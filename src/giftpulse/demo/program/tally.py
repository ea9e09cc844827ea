"""The program in numbers."""

from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import ColumnExpressionArgument, ScalarSelect, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from giftpulse.daily.editions.models import Edition
from giftpulse.daily.inbound.models import InboundText
from giftpulse.daily.outbox.models import UNKNOWN, Delivery, DeliveryEvent
from giftpulse.daily.outbox.record import LOST
from giftpulse.daily.programs.models import Hold
from giftpulse.daily.subscribers.models import ConsentEvent, Subscriber
from giftpulse.demo.program.begin import SENDER


@dataclass(frozen=True)
class Tally:
    """One look. ``people`` by status, ``texts`` (of people's days) by state, ``written`` by source, ``replies`` to
    people by who gave them, ``joined`` by keyword. ``handed``: texts that Twilio has. ``lost``: texts for which an
    answer of Twilio's was lost, ``settled``: those of them of which it is known by now what became of them."""

    people: Counter[str] = field(default_factory=Counter)
    paused: int = 0
    joined: int = 0
    zones: int = 0
    texts: Counter[str] = field(default_factory=Counter)
    handed: int = 0
    lost: int = 0
    settled: int = 0
    written: Counter[str] = field(default_factory=Counter)
    replies: Counter[str] = field(default_factory=Counter)
    dangers: int = 0
    held: str = ""


def look(session: Session) -> Tally:
    """Count everything, in a handful of statements: somebody looks twice a second."""
    mine = InboundText.sender == SENDER
    lost = select(DeliveryEvent.delivery_id).where(DeliveryEvent.what == LOST).distinct()
    by_keyword = ConsentEvent.kind == "opt_in", ConsentEvent.source == "keyword"
    held = select(Hold.reason).where(Hold.lifted_at.is_(None)).order_by(Hold.id).limit(1)
    one = session.execute(select(
        _number(Subscriber.paused_until.is_not(None)).label("paused"),
        _number(*by_keyword).label("joined"),
        select(func.count(Subscriber.timezone.distinct())).scalar_subquery().label("zones"),
        _number(Delivery.sid.is_not(None)).label("handed"),
        select(func.count()).select_from(lost.subquery()).scalar_subquery().label("lost"),
        _number(Delivery.id.in_(lost), Delivery.state == UNKNOWN).label("open"),
        _number(InboundText.danger, mine).label("dangers"),
        held.scalar_subquery().label("held"),
    )).one()  # fmt: skip
    return Tally(
        people=_counted(session, Subscriber.status),
        paused=one.paused,
        joined=one.joined,
        zones=one.zones,
        texts=_counted(session, Delivery.state),
        handed=one.handed,
        lost=one.lost,
        settled=one.lost - one.open,
        written=_counted(session, Edition.source),
        replies=_counted(session, InboundText.reply_by, mine),
        dangers=one.dangers,
        held=one.held or "",
    )


def _number(*where: ColumnExpressionArgument[bool]) -> ScalarSelect[int]:
    return select(func.count()).where(*where).scalar_subquery()


def _counted(
    session: Session, column: InstrumentedAttribute[str], *where: ColumnExpressionArgument[bool]
) -> Counter[str]:
    rows = session.execute(select(column, func.count()).where(*where).group_by(column))
    return Counter({row[0]: row[1] for row in rows})
