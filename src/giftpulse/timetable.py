"""The rounds of the service: what runs, how often, and which announcement wakes it early.

The same list runs as threads (embedded.py), one by one (``giftpulse run``), or under any scheduler. A round looks for
owed work in the database, does some of it, and says whether more is waiting; it does not know who called it.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from giftpulse import fitting, heartbeat
from giftpulse.checkup import Expected
from giftpulse.daily import cleanup as daily_cleanup
from giftpulse.daily import rounds as daily
from giftpulse.daily.editions.approval import WANTED
from giftpulse.daily.outbox.plan import DUE as TEXTS_DUE
from giftpulse.daily.programs.store import CHANGED as PROGRAMS_CHANGED
from giftpulse.daily.subscribers.join import ASK
from giftpulse.daily.subscribers.join import CHANGED as PEOPLE_CHANGED
from giftpulse.emf import tell
from giftpulse.ground import clock, runs
from giftpulse.ground.errors import GiftPulseError, NotFoundError
from giftpulse.ground.runs import Tally
from giftpulse.ground.settings import Settings
from giftpulse.ground.site import Site
from giftpulse.logs import cleanup, pull, recheck, store
from giftpulse.monitor import cleanup as monitor_cleanup
from giftpulse.monitor import rounds
from giftpulse.monitor.alerts.api import DECIDE
from giftpulse.monitor.notify import send
from giftpulse.monitor.notify.plan import DUE
from giftpulse.monitor.rules.store import CHANGED as RULES_CHANGED

_NOTED_EVERY = timedelta(seconds=30)
_SILENT_AFTER = {True: timedelta(minutes=15), False: timedelta(hours=26)}


Serve = Callable[[Site, threading.Event, Callable[[], None]], None]
"""A round that stays: until when, and what to call now and then to say that it is alive."""


@dataclass(frozen=True)
class Round:
    """One round. ``gathers``: seconds to wait after an announcement, for more of the same to come. ``serve``: its form
    for a process that stays, which goes on until told to stop. ``is_urgent``: alerts come late when it does not run.
    ``is_judged``: it is a trouble of ours when it fails."""

    name: str
    does: str
    run: Callable[[Site], bool]
    every: Callable[[Settings], timedelta]
    wakes_on: tuple[str, ...] = ()
    gathers: float = 0.0
    serve: Serve | None = None
    is_urgent: bool = True
    is_judged: bool = True


class PullError(GiftPulseError):
    """Some resource could not be pulled; the others were."""


def _pull(site: Site) -> bool:
    failed = [f"{done.resource}s: {done.error}" for done in pull.pull(site) if done.error]
    if failed:
        raise PullError("; ".join(failed))
    return False


def _recheck(site: Site) -> bool:
    return recheck.recheck(site).asked == recheck.AT_ONCE


def _cleanup(site: Site) -> bool:
    cleanup.cleanup(site)
    monitor_cleanup.cleanup(site)
    daily_cleanup.cleanup(site)
    return False


def _resolve(site: Site) -> bool:
    return rounds.resolve(site, {each.name: _patience(each, site.settings) for each in ROUNDS if each.is_urgent})


def _heartbeat(site: Site) -> bool:
    return heartbeat.beat(site, expected(site.settings))


def _emf(site: Site) -> bool:
    return tell.tell(site, expected(site.settings))


def expected(settings: Settings) -> list[Expected]:
    """What is expected of each round."""
    return [Expected(each.name, _patience(each, settings), each.is_judged) for each in ROUNDS]


def _patience(each: Round, settings: Settings) -> timedelta:
    """How long a round may be silent. Under cron it may come far more seldom than its interval."""
    return max(3 * each.every(settings), _SILENT_AFTER[each.is_urgent])


def _poll_interval(settings: Settings) -> timedelta:
    return timedelta(seconds=settings.poll_interval_seconds)


def _heartbeat_interval(settings: Settings) -> timedelta:
    return timedelta(seconds=settings.heartbeat_interval_seconds)


def _seconds(number: float) -> Callable[[Settings], timedelta]:
    return lambda _settings: timedelta(seconds=number)


ROUNDS: tuple[Round, ...] = (
    Round("pull", "fetch messages, calls and alerts from Twilio", _pull, _poll_interval),
    Round("recheck", "ask again for records that are still open", _recheck, _seconds(60), is_urgent=False),
    Round("watch", "match what changed, open alerts", rounds.watch, _seconds(5), (store.CHANGED, RULES_CHANGED), 0.02),
    Round("resolve", "resolve quiet alerts, decide what is told", _resolve, _seconds(5), (RULES_CHANGED, DECIDE)),
    Round("notify", "send notifications", rounds.notify, _seconds(1), (DUE,), serve=send.serve),
    Round("generate", "write the texts of the next days", daily.generate, _seconds(300), (WANTED,), is_urgent=False),
    Round("plan", "plan who gets which text when", daily.plan, _seconds(60),
          (PEOPLE_CHANGED, PROGRAMS_CHANGED, ASK), 0.5),
    Round("send", "hand texts to Twilio", daily.send, _seconds(1), (TEXTS_DUE,), serve=daily.keep_sending),
    Round("confirm", "follow what becomes of texts", daily.confirm, _seconds(5), (store.CHANGED,), 0.02),
    Round("answer", "obey and answer people", daily.answer, _seconds(5), (store.CHANGED,), 0.2),
    Round("settle", "find out about texts whose answer was lost", daily.settle_open, _seconds(30)),
    Round("reconcile", "compare our books with Twilio's, daily", daily.reconcile, _seconds(3600), is_urgent=False),
    Round("cleanup", "remove what is older than retention allows", _cleanup, _seconds(3600), is_urgent=False),
    # Whoever is told outside may be away: that is no trouble of ours, and must not keep us from telling him again.
    Round("heartbeat", "tell an address outside that all is well", _heartbeat, _heartbeat_interval,
          is_urgent=False, is_judged=False),
    Round("emf", "write metrics for CloudWatch to our output", _emf, _seconds(60), is_urgent=False),
)  # fmt: skip


def enrol(site: Site) -> None:
    """Both halves become readers of the record: every batch from now on is owed to them. Raises SettingsError if the
    ``SECRET_KEY`` is not that of the database."""
    fitting.settle(site)  # first: with a wrong SECRET_KEY nothing is begun
    rounds.enrol(site)
    daily.enrol(site)


def find(name: str) -> Round:
    """A round by name, with - or _. Raises NotFoundError."""
    for candidate in ROUNDS:
        if candidate.name == name.replace("_", "-"):
            return candidate
    raise NotFoundError(f"there is no round {name!r}; there are {', '.join(r.name for r in ROUNDS)}")


class Notebook:
    """Writes down when a round ran, at once when that is news and every 30 seconds when it is not. What is counted
    in between waits in memory: a process that is killed forgets at most so much."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._last: dict[str, tuple[bool, datetime]] = {}
        self._tallies: dict[str, Tally] = {}

    def note(self, name: str, error: str | None, seconds: float | None = None, *, more: bool = False) -> None:
        """A round ran, well or with an error; for so long, if that was measured. ``more``: work is waiting."""
        self._tallies.setdefault(name, Tally()).count(seconds, ok=error is None, more=more)
        self._write(name, error)

    def alive(self, name: str) -> None:
        """A round that stays is at work."""
        self._write(name, None)

    def close(self) -> None:
        """Write down what was counted and not written yet."""
        for name in tuple(self._tallies):
            if self._last.get(name, (False,))[0]:  # what failed was written at once
                self._put(name, None)

    def _write(self, name: str, error: str | None) -> None:
        last_ok, last_at = self._last.get(name, (None, None))
        if error is None and last_ok and last_at is not None and clock.now() - last_at < _NOTED_EVERY:
            return
        self._put(name, error)

    def _put(self, name: str, error: str | None) -> None:
        now = clock.now()
        with self._site.database.begin() as session:
            runs.note(session, name, now, error, self._tallies.get(name))
        self._tallies.pop(name, None)  # after the commit: what could not be written is counted at the next time
        self._last[name] = (error is None, now)
