"""What happened to the program since the last look, read from its own tables and told in lines."""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from giftpulse.daily.editions.keep import FALLBACK
from giftpulse.daily.editions.models import REJECTED, Edition
from giftpulse.daily.inbound.models import InboundText
from giftpulse.daily.outbox.days import OPEN
from giftpulse.daily.outbox.models import DeliveryEvent
from giftpulse.daily.programs.models import Hold, ProgramDay
from giftpulse.demo.program.begin import SENDER
from giftpulse.demo.program.scenes import Scene
from giftpulse.ground import phone

_AT_ONCE = 20
_SHOWN = 3  # texts that are told of one by one when many were written since the last look


class Chronicle:
    """Reads on where it stopped. Texts of people are told as they are: all of them are made up here."""

    def __init__(self) -> None:
        self._text = self._event = self._edition = 0
        self._open: dict[int, bool] = {}
        self._judged: set[tuple[int, date]] = set()

    def news(self, session: Session) -> list[Scene]:
        """The scenes since the last time, oldest first."""
        sources = (self._people, self._editions, self._outbox, self._holds, self._slices)
        return sorted((scene for read in sources for scene in read(session)), key=lambda scene: scene.at)

    def _people(self, session: Session) -> Iterator[Scene]:
        newer = select(InboundText).where(InboundText.id > self._text, InboundText.sender == SENDER)
        for row in session.scalars(newer.order_by(InboundText.id).limit(_AT_ONCE)):
            self._text = row.id
            answer = f'answered "{_shortened(row.reply)}"' if row.reply else _silence(row)
            mood = " (IN DANGER)" if row.danger else ""
            says = f'{phone.mask(row.phone)} texts "{row.body}"{mood}: {row.intent}, {answer}'
            yield Scene(row.received_at, "person", says)

    def _editions(self, session: Session) -> Iterator[Scene]:
        newer = select(Edition).where(Edition.id > self._edition, Edition.state != REJECTED)
        rows = session.scalars(newer.order_by(Edition.id).limit(_AT_ONCE)).all()
        for row in rows[:_SHOWN]:
            source = f"from the library ({row.reason})" if row.source == FALLBACK else "by the AI"
            says = f'{row.local_date} {row.language} {source}: "{_shortened(row.text)}"'
            yield Scene(row.created_at, "text", says)
        if rows:
            self._edition = rows[-1].id
        if more := rows[_SHOWN:]:
            dates = sorted({str(row.local_date) for row in rows})
            says = f"{len(more)} more like these, for {dates[0]} to {dates[-1]}"
            yield Scene(more[-1].created_at, "text", says)

    def _outbox(self, session: Session) -> Iterator[Scene]:
        newer = select(DeliveryEvent.what, func.count(), func.max(DeliveryEvent.id), func.max(DeliveryEvent.at))
        grouped = newer.where(DeliveryEvent.id > self._event).group_by(DeliveryEvent.what)
        for what, number, last, at in session.execute(grouped).all():
            self._event = max(self._event, last)
            yield Scene(at, "outbox", f"{number} text{'s' if number > 1 else ''}: {what}")

    def _holds(self, session: Session) -> Iterator[Scene]:
        for row in session.scalars(select(Hold).order_by(Hold.id)):
            is_open = row.lifted_at is None
            if self._open.get(row.id) != is_open:
                if row.id not in self._open:
                    yield Scene(row.since, "hold", f"texts wait: {row.reason}")
                if row.lifted_at is not None:
                    yield Scene(row.lifted_at, "hold", f"texts go on: lifted by {row.lifted_by}")
                self._open[row.id] = is_open

    def _slices(self, session: Session) -> Iterator[Scene]:
        """First slices that were judged."""
        judged = select(ProgramDay).where(ProgramDay.canary != OPEN, ProgramDay.canary_full_at.is_not(None))
        for day in session.scalars(judged):
            if (day.program_id, day.local_date) not in self._judged and day.canary_full_at is not None:
                self._judged.add((day.program_id, day.local_date))
                says = f"the first slice of {day.local_date} {day.canary}: {day.canary_reason}"
                yield Scene(day.canary_full_at, "outbox", says)


def _silence(row: InboundText) -> str:
    if row.reply_by == "twilio":
        return "answered by Twilio itself"
    return "left to a person" if row.handled_at is None else "not answered"


def _shortened(text: str, most: int = 60) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
