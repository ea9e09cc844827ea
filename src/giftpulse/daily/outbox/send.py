"""The sending round: claim what may go, hand it to Twilio with no database open, record what came of it in batches.

``drain`` sends until nothing more may go now, and ends (commands, cron, tests); ``serve`` goes on until told to stop.
Any number of processes may do either at the same time. While requests are under way the next texts are claimed, as
many as will go within a moment, so that the connections to Twilio never wait for the database.
"""

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

import msgspec

from giftpulse.daily.outbox import notes, post, record
from giftpulse.daily.outbox.claims import Claims
from giftpulse.daily.outbox.freshness import Freshness
from giftpulse.daily.outbox.plan import DUE
from giftpulse.daily.outbox.post import Outcome, Task
from giftpulse.daily.programs import holds
from giftpulse.ground import clock
from giftpulse.ground.bulletin import waking
from giftpulse.ground.database import ERRORS
from giftpulse.ground.errors import SettingsError
from giftpulse.ground.site import Site
from giftpulse.ground.turn_over import hurries
from giftpulse.logs import intake
from giftpulse.twilio.accounts import Account, account_of
from giftpulse.twilio.failures import TwilioError
from giftpulse.twilio.rest import TwilioRest

log = logging.getLogger(__name__)

CONCURRENCY = 200
"""Requests to Twilio under way at a time in one process. Twilio's own limit is not published; a 429 halves ours."""

_LEAST_CONCURRENCY = 4
_RECORD_AT = 200  # outcomes that are written at once, or after a moment
_RECORD_AFTER = 0.05  # seconds
_LOOK_EVERY = 1.0  # seconds
_WORTH_CLAIMING = 50  # texts
_CLAIMED_AT_ONCE = 500
_AHEAD = 0.35  # seconds of work that is claimed ahead: well within ``FRESH``, even if the pace halves
_PACE_OVER = 0.2  # seconds over which our own pace is measured
_STOPPED_WITHIN = 5.0  # seconds for what is under way when the process ends
_RECORDED_AGAIN_AFTER = (0.2, 0.5, 1.0)  # seconds; what was answered is known now or never
_CONNECTED_WITHIN = 2.0  # seconds; a text whose connection takes longer goes through the gate again
_DENIALS = 2  # a single 401 is a whim of Twilio's edge now and then
_DENIED = 20003


@dataclass
class Sent:
    """What a run did: requests by their answer, and why it ended where texts are left."""

    accepted: int = 0
    refused: int = 0
    unknown: int = 0
    put_back: int = 0
    skipped: int = 0
    waits_for: str = ""
    again_at: datetime | None = None

    @property
    def posted(self) -> int:
        """Requests that Twilio answered with yes or no, or not at all."""
        return self.accepted + self.refused + self.unknown


def drain(site: Site, progress: Callable[[Sent], None] = lambda _sent: None) -> Sent:
    """Send until nothing is due that may go. Waits for the pace of a sender and for tries again, not for holds."""
    return asyncio.run(_Sending(site, progress).run(None, lambda: None))


def serve(site: Site, stop: threading.Event, alive: Callable[[], None]) -> None:
    """Send whatever becomes due, until ``stop``; what is under way then has a few seconds to end."""
    asyncio.run(_Sending(site, lambda _sent: None).run(stop, alive))


class _Sending:
    def __init__(self, site: Site, progress: Callable[[Sent], None]) -> None:
        self.site, self.progress = site, progress
        self.account = _account(site)
        self.sent = Sent()
        self.limit = CONCURRENCY
        self.denials = 0
        self.ready: deque[Task] = deque()
        self.under_way: set[asyncio.Task[None]] = set()
        self.started, self.pace, self.paced_at = 0, 0.0, time.monotonic()
        self.outcomes: list[Outcome] = []
        self.bell = asyncio.Event()
        self.note_due = threading.Event()
        self.notes_at = self.alive_at = -_LOOK_EVERY
        self.notes_wait = False
        self.claims = Claims(site)
        self.note_outcomes: list[notes.NoteOutcome] = []
        self.fresh, self.notes_fresh = Freshness(), Freshness()
        self.rest: TwilioRest | None = None

    async def run(self, stop: threading.Event | None, alive: Callable[[], None]) -> Sent:
        heard = waking(asyncio.get_running_loop(), self.bell.set)

        def heard_of_note() -> None:
            self.note_due.set()
            heard()

        leave = [self.site.bulletin.listen(topic, heard) for topic in (DUE, holds.CHANGED)]
        leave.append(self.site.bulletin.listen(notes.DUE, heard_of_note))
        try:
            places = CONCURRENCY + notes.AT_ONCE  # nobody waits for one after the look at how fresh it is
            rest = TwilioRest(self.account, self.site.settings, concurrency=places, connect_within=_CONNECTED_WITHIN)
            async with rest as self.rest:
                try:
                    await self._turns(stop, alive)
                finally:
                    await self._finish(stop, alive)
        finally:
            for end in leave:
                end()
        return self.sent

    async def _turns(self, stop: threading.Event | None, alive: Callable[[], None]) -> None:
        while stop is None or not stop.is_set():
            self.bell.clear()
            looked_at = clock.now()
            started, recorded, noted = await asyncio.gather(
                self._start_some(), self._record_some(), self._send_notes(), return_exceptions=True
            )
            # All three have ended: a claim that is under way in a thread must not be left behind by what else failed.
            for failed in (started, recorded, noted):
                if isinstance(failed, BaseException):
                    raise failed
            again_at = _earlier(cast("datetime | None", started), cast("datetime | None", noted))
            if stop is None:
                self.progress(self.sent)
                if recorded:
                    again_at = clock.now()  # a run that is to end does not wait to see that it can
                elif again_at is None and not (self.ready or self.under_way or self.outcomes):
                    again_at = await asyncio.to_thread(self.claims.next_try, looked_at)
                    if again_at is None:
                        return
            if time.monotonic() - self.alive_at >= _LOOK_EVERY:
                self.alive_at = time.monotonic()
                await asyncio.to_thread(alive)
            await self._wait(again_at)

    async def _send_notes(self) -> datetime | None:
        """Notes first: somebody waits for an answer. Answers when to look again, if that is soon."""
        now = time.monotonic()
        if not self.note_due.is_set() and now - self.notes_at < _LOOK_EVERY and not self.notes_wait:
            return None
        self.note_due.clear()
        self.notes_at = now
        await self._record_some_notes()  # those that could not be recorded before
        claimed = await asyncio.to_thread(self.claims.claim_notes)
        self.notes_wait = claimed.again_at is not None or bool(claimed.tasks)
        if not claimed.tasks:
            return claimed.again_at
        assert self.rest is not None
        self.notes_fresh.claimed(post.steady() - min(task.gated for task in claimed.tasks))
        fresh, rest = self.notes_fresh.seconds, self.rest
        done = await asyncio.gather(*(notes.post(rest, task, fresh) for task in claimed.tasks))
        self.note_outcomes += done
        await self._record_some_notes()
        # There may be more; what was held back is due in a moment.
        return clock.now() + (notes.IN_A_MOMENT if any(each.held_back for each in done) else timedelta())

    async def _record_some_notes(self) -> None:
        some, self.note_outcomes = self.note_outcomes, []
        recorded = not some
        try:
            if some:
                await asyncio.to_thread(self._record_notes, some)
            recorded = True
        finally:
            if not recorded:  # as with texts
                self.note_outcomes[:0] = some

    def _record_notes(self, outcomes: Sequence[notes.NoteOutcome]) -> None:
        with self.site.database.begin() as session:
            now = clock.now()
            notes.record(session, outcomes, now)
            raw = [outcome.raw for outcome in outcomes if outcome.raw is not None]
            keep = self.site.settings.store_bodies
            intake.take_rows(session, "message", raw, self.account.sid, "sent", now, keep_body=keep)

    async def _start_some(self) -> datetime | None:
        """Claim and start requests. Answers when to look again: now, if more is waiting."""
        self._start_posters()  # some end when Twilio asks us to go slower
        places = self._room()
        if places < max(min(_WORTH_CLAIMING, self.limit // 4 + 1), int(self.pace * _AHEAD / 2)):
            return None  # looked at again as soon as some have been answered
        claims = await asyncio.to_thread(self.claims.claim, min(places, _CLAIMED_AT_ONCE))
        if gated := [done.tasks[0].gated for done in claims if done.tasks]:
            self.fresh.claimed(post.steady() - max(gated))
        started, again = 0, None
        for done in claims:
            self.sent.skipped += done.skipped
            started += len(done.tasks) + done.skipped + done.put_off
            self.ready += done.tasks
            if done.again_at is not None and not done.waits_for.startswith("the outcome"):
                again = _earlier(again, done.again_at)
        self._start_posters()
        waiting = next((done for done in claims if done.again_at is not None), None)
        self.sent.waits_for = waiting.waits_for if waiting else ""
        self.sent.again_at = waiting.again_at if waiting else None
        return clock.now() if started else again

    def _room(self) -> int:
        """How many texts to claim: for the places that are free, and for those that will be in a moment."""
        elapsed = time.monotonic() - self.paced_at
        if elapsed >= _PACE_OVER:
            self.pace, self.started, self.paced_at = self.started / elapsed, 0, time.monotonic()
        return self.limit - len(self.under_way) + int(self.pace * _AHEAD) - len(self.ready)

    def _start_posters(self) -> None:
        for _ in range(min(len(self.ready), self.limit - len(self.under_way))):
            running = asyncio.create_task(self._post_ready())
            self.under_way.add(running)
            running.add_done_callback(self.under_way.discard)

    async def _post_ready(self) -> None:
        """One request after the other, as long as texts are ready and our own limit has room."""
        while self.ready and len(self.under_way) <= self.limit:
            outcome = self._judged(await self._request(self.ready.popleft()))
            self.started += outcome.answer != "late"
            self.outcomes.append(outcome)  # looked up only now: the list is another one after each recording
            if len(self.outcomes) >= _RECORD_AT or not self.ready:
                self.bell.set()

    async def _request(self, task: Task) -> Outcome:
        if post.steady() - task.gated > self.fresh.seconds:
            return Outcome(task, "late", "it waited too long for its turn, and goes through the gate again")
        assert self.rest is not None
        try:
            form = post.parameters(task, self.site.settings.public_url, clock.now())
            message, raw = await self.rest.create_message(form, tries=1)
        except TwilioError as error:
            return post.failed(task, error)
        except asyncio.CancelledError:
            return Outcome(task, "unknown", "the service was stopped before Twilio answered")
        return Outcome(task, "accepted", sid=message.sid, raw=raw)

    def _judged(self, outcome: Outcome) -> Outcome:
        """What the answers so far say about our own pace and our own key."""
        if outcome.code == _DENIED:
            self.denials += 1
            if self.denials < _DENIALS:
                return msgspec.structs.replace(outcome, answer="not_taken", code=None)
        elif outcome.answer == "accepted":
            self.denials = 0
            self.limit = min(CONCURRENCY, self.limit + 1)
        elif outcome.answer == "not_taken":
            self.limit = max(_LEAST_CONCURRENCY, self.limit // 2)
        return outcome

    async def _record_some(self) -> bool:
        if not self.outcomes:
            return False
        some, self.outcomes = self.outcomes, []
        recorded = False
        try:
            await asyncio.to_thread(self._record, some)
            recorded = True
        finally:
            if not recorded:  # what Twilio said must not be lost with a connection to the database
                self.outcomes[:0] = some
        return True

    def _record(self, outcomes: Sequence[Outcome]) -> None:
        with self.site.database.begin() as session:
            record.record(session, self.site.settings, outcomes, self.account.sid, clock.now())
        for outcome in outcomes:
            self.sent.accepted += outcome.answer == "accepted"
            self.sent.unknown += outcome.answer == "unknown"
            self.sent.refused += outcome.answer == "refused"
            self.sent.put_back += outcome.answer in ("late", "not_taken")

    async def _wait(self, again_at: datetime | None) -> None:
        """Until enough outcomes are in, something is announced, or it is time to look again."""
        seconds = _LOOK_EVERY
        if again_at is not None:
            seconds = min(seconds, max(0.0, (again_at - clock.now()).total_seconds()))
        if self.under_way or self.outcomes:
            seconds = min(seconds, _RECORD_AFTER)
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        try:
            await asyncio.wait_for(self.bell.wait(), seconds)
        except TimeoutError:
            return

    async def _finish(self, stop: threading.Event | None, alive: Callable[[], None]) -> None:
        """See through what is under way. What does not end in time is unknown, and settled later; what was claimed and
        not begun goes back."""
        while self.ready:
            self.outcomes.append(Outcome(self.ready.popleft(), "late", "the service was stopped before its turn"))
        try:
            await self._see_through(stop, alive)
        finally:
            for running in tuple(self.under_way):
                running.cancel()
            await asyncio.gather(*self.under_way, return_exceptions=True)
            # Each by itself: what is wrong with the ones must not cost the others.
            recorded = (_at_last(self._record_some), _at_last(self._record_some_notes))
            for failed in await asyncio.gather(*recorded, return_exceptions=True):
                if isinstance(failed, BaseException):
                    raise failed

    async def _see_through(self, stop: threading.Event | None, alive: Callable[[], None]) -> None:
        """Wait for what is under way: for seconds, or where only a turn is over for as long as a request may take."""
        began = time.monotonic()
        while self.under_way:
            longest = _STOPPED_WITHIN if hurries(stop) else self.site.settings.twilio_timeout_seconds
            left = began + longest - time.monotonic()
            if left <= 0:
                return
            await asyncio.wait(self.under_way, timeout=min(left, _LOOK_EVERY))
            if not hurries(stop):
                try:
                    await self._record_some()
                except ERRORS as error:  # tried again; what is still under way must not end for it
                    log.warning("what Twilio said could not be recorded yet", exc_info=error)
                await asyncio.to_thread(alive)


async def _at_last(record: Callable[[], Awaitable[object]]) -> None:
    """What Twilio said is not asked for again soon: a database that is just coming back is given a moment."""
    for wait in _RECORDED_AGAIN_AFTER:
        try:
            await record()
        except ERRORS as error:
            log.warning("what Twilio said could not be recorded yet", exc_info=error)
            await asyncio.sleep(wait)
        else:
            return
    await record()


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min(one, other) if one is not None and other is not None else one or other


def _account(site: Site) -> Account:
    account = account_of(site.settings)
    if account is None:
        raise SettingsError("TWILIO_ACCOUNT_SID: expected an account to send from")
    return account
