"""Sending: claim, speak to the outside with no database open, record. A slow receiver holds up no other.

``drain`` sends what is due and ends (cron, tests); ``serve`` goes on until it is told to stop. Both keep up to 64
attempts under way at a time, and a few to one action (outbox.py).
"""

import asyncio
import logging
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from giftpulse.ground import clock
from giftpulse.ground.addresses import parse_networks
from giftpulse.ground.bulletin import waking
from giftpulse.ground.settings import Settings
from giftpulse.ground.site import Site
from giftpulse.monitor.actions.store import NOT_OPENED
from giftpulse.monitor.channels.channel import Smtp, Transport
from giftpulse.monitor.channels.outcome import Outcome
from giftpulse.monitor.channels.registry import CHANNELS
from giftpulse.monitor.notify import outbox
from giftpulse.monitor.notify.backoff import Policy
from giftpulse.monitor.notify.outbox import Task
from giftpulse.monitor.notify.plan import DUE

log = logging.getLogger(__name__)

PLACES = 64
AT_ONCE = 16  # claimed in one transaction
_LOOK_EVERY = 1.0  # seconds; an announcement wakes us sooner
_STOPPED_WITHIN = 5.0  # seconds that attempts under way have when we are told to stop


def transport_of(settings: Settings) -> Transport:
    """The means of sending that the settings give."""
    smtp = None
    if settings.smtp_host and settings.smtp_from:
        smtp = Smtp(
            host=settings.smtp_host,
            port=settings.smtp_port,
            sender=settings.smtp_from,
            tls=settings.smtp_tls,
            user=settings.smtp_user or "",
            password=settings.smtp_password.get_secret_value() if settings.smtp_password else "",
        )
    networks = parse_networks(",".join(settings.webhook_allowed_networks))
    return Transport(smtp=smtp, webhook_timeout=settings.webhook_timeout_seconds, allowed_networks=networks)


def drain(site: Site) -> int:
    """Send everything that is due now, and wait for the last answer. Returns how many attempts were made."""
    return asyncio.run(_Sender(site).run(None, lambda: None))


def serve(site: Site, stop: threading.Event, alive: Callable[[], None]) -> None:
    """Send whatever becomes due, until ``stop``; what is under way then has a few seconds to end."""
    asyncio.run(_Sender(site).run(stop, alive))


async def _sent(task: Task, transport: Transport) -> Outcome:
    if task.config is None:
        return Outcome(delivered=False, detail=NOT_OPENED)  # as a receiver that is away: it may be written anew yet
    return await CHANNELS[task.action_type].send(task.notice, task.config, transport)


class _Sender:
    def __init__(self, site: Site) -> None:
        self.site = site
        self.transport = transport_of(site.settings)
        self.policy = Policy(retries=site.settings.webhook_retry_attempts)
        # Longer than any attempt can take: webhooks end by their timeout, mail by four steps of 30 s.
        self.lease = timedelta(seconds=max(site.settings.webhook_timeout_seconds, 120) + 30)
        self.under_way: Counter[int] = Counter()
        self.attempts = 0

    async def run(self, stop: threading.Event | None, alive: Callable[[], None]) -> int:
        woken = asyncio.Event()
        leave = self.site.bulletin.listen(DUE, waking(asyncio.get_running_loop(), woken.set))
        tasks: set[asyncio.Task[None]] = set()
        try:
            while stop is None or not stop.is_set():
                woken.clear()
                claimed = await self._claim(PLACES - len(tasks))
                for task in claimed:
                    self.under_way[task.action_id] += 1
                    tasks.add(asyncio.create_task(self._attempt(task)))
                if stop is None and not tasks:
                    return self.attempts
                await asyncio.to_thread(alive)
                if not claimed or len(tasks) >= PLACES:
                    tasks = await self._wait(tasks, woken)
            await self._finish(tasks)
        finally:
            leave()
        return self.attempts

    async def _claim(self, places: int) -> list[Task]:
        return await asyncio.to_thread(self._claim_now, places, dict(self.under_way)) if places else []

    def _claim_now(self, places: int, under_way: dict[int, int]) -> list[Task]:
        with self.site.database.begin() as session:
            now = clock.now()
            return outbox.claim(
                session, self.site, now, at_most=min(places, AT_ONCE), lasts=self.lease, under_way=under_way
            )

    async def _wait(self, tasks: set[asyncio.Task[None]], woken: asyncio.Event) -> set[asyncio.Task[None]]:
        """Until something ends, something is announced, or it is time to look again."""
        bell = asyncio.create_task(woken.wait())
        await asyncio.wait({bell, *tasks}, timeout=_LOOK_EVERY, return_when=asyncio.FIRST_COMPLETED)
        bell.cancel()
        for task in tasks:
            if task.done():
                task.result()
        return {task for task in tasks if not task.done()}

    async def _finish(self, tasks: set[asyncio.Task[None]]) -> None:
        """See through what is under way; after a few seconds cut it off, to be sent after the next start."""
        if tasks:
            await asyncio.wait(tasks, timeout=_STOPPED_WITHIN)
        for task in tasks:
            task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, Exception):
                raise result

    async def _attempt(self, task: Task) -> None:
        self.attempts += 1
        try:
            outcome = await _sent(task, self.transport)
        except asyncio.CancelledError:
            await asyncio.to_thread(self._cut_off, task)
            return
        except Exception as error:  # the edge: whatever a channel does, the attempt must be recorded
            log.exception("a channel failed in a way it does not know", extra={"action_id": task.action_id})
            outcome = Outcome(delivered=False, detail=f"{type(error).__name__}: {error}")
        finally:
            self.under_way[task.action_id] -= 1
        await asyncio.to_thread(self._record, task, outcome)
        if not outcome.delivered:
            log.warning(
                "a notification was not delivered",
                extra={"notification_id": task.notification_id, "attempt": task.number, "reason": outcome.detail},
            )

    def _cut_off(self, task: Task) -> None:
        with self.site.database.begin() as session:
            outbox.cut_off(session, task, clock.now())

    def _record(self, task: Task, outcome: Outcome) -> None:
        with self.site.database.begin() as session:
            outbox.record(session, task, outcome, self.policy, clock.now())
