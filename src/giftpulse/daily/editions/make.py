"""Making one edition: asked for up to three times, each with what was wrong before; then the library steps in."""

from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from giftpulse.daily.editions import budget
from giftpulse.daily.editions.attempt import Attempt, attempt, judged, record
from giftpulse.daily.editions.check import Verdict
from giftpulse.daily.editions.circuit import is_soon
from giftpulse.daily.editions.history import History, Memory
from giftpulse.daily.editions.keep import AI, REPLACED, New, put, take_turn
from giftpulse.daily.editions.models import APPROVED, REJECTED, WAITING, Edition
from giftpulse.daily.editions.prompt import RECENT, Brief, Rejection, request_for
from giftpulse.daily.editions.rules import rules_of
from giftpulse.daily.editions.stand_in import has_texts, step_in
from giftpulse.daily.editions.wanted import Job
from giftpulse.daily.editions.writer import Writer
from giftpulse.ground import clock
from giftpulse.ground.site import Site

TRIES = 3
"""How often a text is asked for before the library steps in."""

_SHOWN_REJECTIONS = 3


@dataclass
class Generated:
    """What one run did: texts ``written``, taken from the library (``fallbacks``), ``left`` for the next run, and
    ``dropped`` because somebody else was faster. ``notes`` say why. ``more``: the run ended before its work did."""

    written: int = 0
    fallbacks: int = 0
    left: int = 0
    dropped: int = 0
    notes: list[str] = field(default_factory=list)
    more: bool = False

    def note(self, job: Job, what: str) -> None:
        """Say something about one text."""
        slot = job.slot
        about = " ".join(part for part in (str(slot.local_date), slot.language, slot.theme) if part)
        self.notes.append(f"{job.program.name}, {about}: {what}")


class Maker:
    """Makes editions one after the other, and counts what came of them."""

    def __init__(self, site: Site, writer: Writer | None, memory: Memory, done: Generated) -> None:
        self._site, self._writer, self._memory, self._done = site, writer, memory, done

    def make(self, job: Job) -> None:
        """Make one edition, or decide to leave it for later."""
        if job.program.approval == "required" and job.approve_by <= clock.now():
            self._fall_back(job, "it is too late for a person to approve a text")
            return
        rejections: list[Rejection] = []
        while len(rejections) < TRIES:
            brief = self._brief(job, rejections)
            if brief is None or self._writer is None:
                return
            tried = self._kept(job, attempt(self._writer, request_for(brief), lambda text: self._judge(job, text)))
            if tried.is_good:
                return
            if tried.is_outage:
                self._memory.circuit.failed(clock.now(), tried.reason, tried.retry_after)
                self._wait(job, tried.reason)
                return
            rejections.append(Rejection(tried.text, tried.reason))
        self._fall_back(job, f"{TRIES} tries failed, the last because {rejections[-1].reason}")

    def _brief(self, job: Job, rejections: list[Rejection]) -> Brief | None:
        """What to ask for; None if it is not to be asked now, and something else was done."""
        now, settings = clock.now(), self._site.settings
        with self._site.database.read() as session:
            self._history(job).catch_up(session, job.program.id)
            spent = budget.spent(session, now)
            brief = _brief(session, job, rejections)
        if self._writer is None:
            self._fall_back(job, "no OPENAI_API_KEY is set")
        elif reason := budget.used_up(settings, spent):
            self._fall_back(job, reason)
        elif reason := self._memory.circuit.open_reason(now) or budget.too_fast(settings, spent):
            self._wait(job, reason)
        else:
            return brief
        return None

    def _kept(self, job: Job, tried: Attempt) -> Attempt:
        """Write down what was tried, and keep the text if it is good: if nobody else said it meanwhile."""
        now, edition = clock.now(), None
        with self._site.database.begin() as session:
            if tried.is_good:
                take_turn(session, job.program.id)
                self._history(job).catch_up(session, job.program.id)
                tried = judged(tried, self._judge(job, tried.text))
            if tried.verdict is not None and tried.verdict.ok:
                edition = put(session, job.program.id, job.slot, _new(job, tried, tried.verdict), now)
            record(session, job.program.id, job.slot, tried, self._site.settings.openai_model, now)
        if not tried.is_outage:
            self._memory.circuit.succeeded()
        if tried.is_good:
            self._count(job, edition, "")
        return tried

    def _wait(self, job: Job, reason: str) -> None:
        """Leave it for the next run, unless it is needed soon."""
        if is_soon(job.day.start, clock.now()):
            self._fall_back(job, reason)
        else:
            self._leave(job, reason)

    def _leave(self, job: Job, reason: str) -> None:
        self._done.left += 1
        self._done.note(job, f"left for later: {reason}")

    def _fall_back(self, job: Job, reason: str) -> None:
        if not has_texts(job.program, job.slot):
            self._leave(job, f"{reason}; the library has no text in this language, the program's stands in")
            return
        with self._site.database.begin() as session:
            take_turn(session, job.program.id)
            edition = step_in(session, job.program, job.slot, reason, clock.now())
        self._count(job, edition, reason)

    def _count(self, job: Job, edition: Edition | None, reason: str) -> None:
        if edition is None:
            self._done.dropped += 1
            self._done.note(job, "somebody else was faster; ours was dropped")
        elif edition.source == AI:
            self._done.written += 1
        else:
            self._done.fallbacks += 1
            self._done.note(job, f"from the library: {reason}")

    def _judge(self, job: Job, text: str) -> Verdict:
        return self._history(job).check(text, rules_of(job.program, job.slot.language))

    def _history(self, job: Job) -> History:
        return self._memory.history(job.program.id)


def _new(job: Job, tried: Attempt, verdict: Verdict) -> New:
    about = f" about {job.about}" if job.about else ""
    reason = "; ".join(
        part for part in (f"written by {tried.used.model or 'the service'}{about}", tried.reason) if part
    )
    if job.program.approval != "required":
        return New(verdict, AI, APPROVED, reason)
    return New(verdict, AI, WAITING, reason, approve_by=job.approve_by)


def _brief(session: Session, job: Job, rejections: list[Rejection]) -> Brief:
    program, slot = job.program, job.slot
    return Brief(
        brand=program.brand,
        prompt=program.prompt,
        theme=job.about,
        local_date=slot.local_date,
        rules=rules_of(program, slot.language),
        recent=_recent(session, job),
        rejections=[*_turned_down(session, job), *rejections],
    )


def _recent(session: Session, job: Job) -> list[str]:
    wanted = select(Edition.text).where(
        Edition.program_id == job.program.id, Edition.language == job.slot.language, Edition.state != REJECTED
    )
    return list(session.scalars(wanted.order_by(Edition.id.desc()).limit(RECENT)))


def _turned_down(session: Session, job: Job) -> list[Rejection]:
    """What people said of earlier texts for this slot, the newest last."""
    wanted = select(Edition.text, Edition.reason).where(
        Edition.program_id == job.program.id,
        Edition.local_date == job.slot.local_date,
        Edition.language == job.slot.language,
        Edition.theme == job.slot.theme,
        Edition.state == REJECTED,
        Edition.decided_by.is_not(None),
        Edition.reason.not_like(f"{REPLACED}%"),
    )
    rows = session.execute(wanted.order_by(Edition.id.desc()).limit(_SHOWN_REJECTIONS)).all()
    return [Rejection(text, reason) for text, reason in reversed(rows)]
