"""One text of a person: obeyed and answered in one transaction, once, however often we hear of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from giftpulse.daily.inbound import joining, stopping, talk, wishes, wording
from giftpulse.daily.inbound.alarm import raise_alarm
from giftpulse.daily.inbound.feeling import feel
from giftpulse.daily.inbound.hear import Heard
from giftpulse.daily.inbound.keywords import Intent, Kind, decide
from giftpulse.daily.inbound.models import InboundText
from giftpulse.daily.inbound.said import Said
from giftpulse.daily.inbound.talk import Talk
from giftpulse.ground import bulk
from giftpulse.ground.site import Site

Way = Literal["twiml", "rest", "none", "copied"]
"""How a reply travels: in the answer to the webhook, as a note of the outbox, or not at all: the text is too old, or
the installation that this is a copy of has heard it too."""

_SILENT: Mapping[Way, str] = MappingProxyType(
    {
        "none": "it is too old to be answered",
        "copied": "the installation that this is a copy of may have answered it",
    }
)

MOST_REPLIES = 10
LOOP_WINDOW = timedelta(minutes=10)
"""More than so many replies to one number within this time, and we are silent: another machine is answering us."""

_US = "giftpulse"

_ACTS: Mapping[Kind, Callable[[Talk, Intent], Said]] = MappingProxyType(
    {
        "stop": stopping.stop, "start": joining.start, "join": joining.join, "help": wishes.help_,
        "pause": wishes.pause, "resume": wishes.resume, "time": wishes.set_time, "zone": wishes.set_place,
        "name": wishes.set_name, "other": wishes.other,
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a text. ``fresh`` False: we had it before, and say nothing now."""

    reply: str | None
    program_id: int | None
    subscriber_id: int | None
    intent: str
    reason: str
    fresh: bool


def answer(session: Session, site: Site, text: Heard, now: datetime, *, way: Way = "twiml") -> Answer:
    """Obey a text and decide what is said to it. The caller commits before it says so."""
    row = _insert(session, text, now)
    if row is None:
        return _again(session, text)
    feeling = feel(text.body)
    if feeling.danger:
        raise_alarm(session, site, text, now)
    speaking = talk.meet(session, site, text, now, late=way != "twiml")
    intent = _intent(speaking)
    said = _ACTS[intent.kind](speaking, intent)
    reply, by, why = _reply(speaking, intent, said, way, danger=feeling.danger)
    keep = site.settings.store_bodies
    row.program_id = said.program.id if said.program else None
    row.subscriber_id = said.subscriber.id if said.subscriber else None
    row.body, row.reply = (text.body, reply) if keep else (None, None)
    row.intent, row.reason = intent.kind, f"{said.reason}; {why}" if why else said.reason
    row.sentiment, row.danger, row.reply_by = feeling.sentiment, feeling.danger, by
    if not said.for_people and not feeling.danger:
        row.handled_at, row.handled_by = now, _US
    session.flush()
    return Answer(reply, row.program_id, row.subscriber_id, row.intent, row.reason, fresh=True)


def _insert(session: Session, text: Heard, now: datetime) -> InboundText | None:
    """The row of a text, before anything is done about it; None when there is one. Another process that is about the
    same text is waited for."""
    insert = sqlite.insert if bulk.is_sqlite(session) else postgresql.insert
    row = insert(InboundText).values(
        message_sid=text.message_sid, phone=text.number or text.phone, sender=text.answered_from,
        received_at=text.received_at, intent="other", reason="", sentiment="neutral", danger=False, reply_by="none",
    )  # fmt: skip
    added = row.on_conflict_do_nothing(index_elements=[InboundText.message_sid]).returning(InboundText.id)
    made = session.scalar(added)
    return None if made is None else session.get_one(InboundText, made)


def _again(session: Session, text: Heard) -> Answer:
    row = session.scalars(select(InboundText).where(InboundText.message_sid == text.message_sid)).one()
    return Answer(None, row.program_id, row.subscriber_id, row.intent, row.reason, fresh=False)


def _intent(speaking: Talk) -> Intent:
    text, keywords = speaking.text, [program.join_keyword for program in speaking.programs if program.join_keyword]
    intent = decide(text.body, text.opt_out_type, keywords, speaking.language)
    if intent.kind != "start" or not text.opt_out_type or speaking.people:
        return intent
    # Advanced Opt-Out takes any word for its START, our keyword too; from a stranger it is that keyword.
    own = decide(text.body, None, keywords, speaking.language)
    return own if own.kind == "join" else intent


def _reply(speaking: Talk, intent: Intent, said: Said, way: Way, *, danger: bool) -> tuple[str | None, str, str | None]:
    """What is said at last, by whom, and why it is not what was to be said."""
    reply, program = said.reply, said.program or speaking.program
    if danger and program is not None:
        helpline = wording.helpline(program, speaking.language)
        reply = f"{helpline}\n\n{reply}" if reply and intent.kind == "stop" else helpline
    elif speaking.twilio and not said.all_the_same:
        return None, "twilio", speaking.twilio
    if reply is None:
        return None, "none", None
    if speaking.number is None:
        return None, "none", "what is no phone number is not answered"
    if silent := _SILENT.get(way):
        return None, "none", silent
    if _is_loop(speaking):
        return None, "none", f"not answered: it had {MOST_REPLIES} replies within {LOOP_WINDOW.seconds // 60} minutes"
    return reply, way, None


def _is_loop(speaking: Talk) -> bool:
    replies = select(func.count()).where(
        InboundText.phone == speaking.number,
        InboundText.received_at > speaking.text.received_at - LOOP_WINDOW,
        InboundText.reply_by.in_(("twiml", "rest")),
    )
    return (speaking.session.scalar(replies) or 0) >= MOST_REPLIES
