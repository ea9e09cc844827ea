"""Which of a person's words was the last, where texts come late, and whether Twilio still blocks them."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, select

from giftpulse.daily.inbound.talk import Talk
from giftpulse.daily.programs.models import Program
from giftpulse.daily.subscribers.models import ConsentEvent

SLACK = timedelta(minutes=1)
"""How far Twilio's clock and ours may differ. A late text is taken for the weaker one inside of it, so that in doubt a
person is left alone."""

_CAME = ("opt_in", "confirmed", "return")
_LEFT = ("opt_out",)
_BY_TWILIO = ("Twilio's keyword ", "Twilio says OptOutType ")
"""How ``keywords.decide`` begins the reason of a stop that Twilio heard as well."""


def came_since(talk: Talk, program_id: int) -> bool:
    """Whether the person joined this program by a later text than this one."""
    after = talk.text.received_at + (SLACK if talk.late else timedelta(0))
    own = ConsentEvent.source == "keyword"
    return _is_there(talk, _CAME, own, ConsentEvent.program_id == program_id, ConsentEvent.at > after)


def left_since(talk: Talk) -> bool:
    """Whether the person has left, in whatever way, since this text was sent."""
    after = talk.text.received_at - (SLACK if talk.late else timedelta(0))
    return _is_there(talk, _LEFT, ConsentEvent.at > after)


def is_blocked(talk: Talk, program: Program) -> bool:
    """Whether Twilio refuses texts of this program to the person: their last word by text was a STOP that Twilio
    heard. A form changes nothing about that."""
    line = talk.session.scalar(
        select(ConsentEvent)
        .where(ConsentEvent.number_hash == talk.hash, ConsentEvent.program_id == program.id)
        .where(ConsentEvent.kind.in_(_LEFT) | (ConsentEvent.source == "keyword"))
        .order_by(ConsentEvent.id.desc())
        .limit(1)
    )
    return line is not None and line.kind in _LEFT and (line.source == "twilio" or line.detail.startswith(_BY_TWILIO))


def _is_there(talk: Talk, kinds: Sequence[str], *more: ColumnElement[bool]) -> bool:
    wanted = select(ConsentEvent.id).where(ConsentEvent.number_hash == talk.hash, ConsentEvent.kind.in_(kinds), *more)
    return talk.session.scalar(wanted.limit(1)) is not None
