"""One try at a text: asked for, looked at, and told as it is kept in the record of attempts."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from giftpulse.daily.editions.check import Verdict
from giftpulse.daily.editions.models import WritingAttempt
from giftpulse.daily.editions.prices import cost_micros
from giftpulse.daily.editions.slots import Slot
from giftpulse.daily.editions.writer import OUTAGES, Used, Writer, WritingError, WritingRequest

WRITTEN, TURNED_DOWN = "written", "rejected"
"""Outcomes beside the kinds of :class:`WritingError`. ``rejected``: it did not pass our check."""

_MOST_KEPT = 2_000  # characters of a text that was rejected


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of it. ``verdict`` is there if a text came, good or not. ``reason`` is fit for the next prompt."""

    outcome: str
    reason: str
    used: Used
    verdict: Verdict | None = None
    retry_after: timedelta | None = None

    @property
    def is_outage(self) -> bool:
        """Whether the next text would fare no better now."""
        return self.outcome in OUTAGES

    @property
    def is_good(self) -> bool:
        """Whether there is a text that may be kept."""
        return self.verdict is not None and self.verdict.ok

    @property
    def text(self) -> str:
        """The text, tidied; empty if none came."""
        return self.verdict.text if self.verdict else ""


def attempt(writer: Writer, request: WritingRequest, judge: Callable[[str], Verdict]) -> Attempt:
    """Try once. Takes seconds; no database session may be open."""
    try:
        written = writer.write(request)
    except WritingError as error:
        return Attempt(error.kind, error.reason, error.used, None, error.retry_after)
    return judged(Attempt(WRITTEN, written.note, written.used), judge(written.text))


def judged(tried: Attempt, verdict: Verdict) -> Attempt:
    """The same try with the verdict on its text."""
    if verdict.ok:
        return replace(tried, verdict=verdict)
    return replace(tried, outcome=TURNED_DOWN, reason="; ".join(verdict.reasons), verdict=verdict)


def record(session: Session, program_id: int, slot: Slot, tried: Attempt, model: str, now: datetime) -> None:
    """Keep what it was and what it cost. ``model``: the one that was asked, if the answer named none."""
    used = tried.used
    cost = cost_micros(used.model or model, used.prompt_tokens, used.completion_tokens)
    unknown = f"no price is known for {used.model or model}" if cost is None else ""
    session.add(
        WritingAttempt(
            program_id=program_id,
            local_date=slot.local_date,
            language=slot.language,
            theme=slot.theme,
            at=now,
            model=used.model or model,
            outcome=tried.outcome,
            text=tried.text[:_MOST_KEPT] or None,
            reason="; ".join(part for part in (tried.reason, unknown) if part),
            prompt_tokens=used.prompt_tokens,
            completion_tokens=used.completion_tokens,
            cost_micros=cost or 0,
            milliseconds=used.milliseconds,
        )
    )
