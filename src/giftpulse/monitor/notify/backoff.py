"""When a failed notice is tried again (pure). An alert is only worth something while it is fresh."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from giftpulse.monitor.channels.outcome import Outcome

_SECOND, _MINUTE, _HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


@dataclass(frozen=True)
class Policy:
    """How stubborn we are.

    ``retries``: attempts after the first one (``WEBHOOK_RETRY_ATTEMPTS``); 0 means one attempt in all.
    ``schedule``: the wait before the first, second ... retry; the last one repeats.
    ``jitter``: each wait is stretched or shrunk by up to this part of it, so that many notices that failed
    together do not come back together.
    ``floor``: the least wait after a timeout, 429, 502 or 504, unless the receiver named its own.
    ``longest_asked``: a ``Retry-After`` beyond this is cut to it; the receiver does not decide that an
    alert arrives tomorrow.
    ``give_up_after``: no attempt starts later than this after the notice was created.
    """

    retries: int = 3
    schedule: tuple[timedelta, ...] = (
        5 * _SECOND,
        30 * _SECOND,
        2 * _MINUTE,
        10 * _MINUTE,
        30 * _MINUTE,
        2 * _HOUR,
        5 * _HOUR,
    )
    jitter: float = 0.2
    floor: timedelta = _MINUTE
    longest_asked: timedelta = _HOUR
    give_up_after: timedelta = 24 * _HOUR


def next_attempt(
    attempt: int,
    now: datetime,
    outcome: Outcome,
    policy: Policy,
    random: Callable[[], float],
    created_at: datetime | None = None,
) -> datetime | None:
    """The instant of the next attempt, or None if there shall be none.

    ``attempt`` counts the attempts made so far, the one that ended with ``outcome`` included (so at least
    1). ``random`` answers floats in [0, 1). Without ``created_at`` the age of the notice has no say.
    """
    if not outcome.retryable or attempt > policy.retries:
        return None
    wait = policy.schedule[min(attempt, len(policy.schedule)) - 1] * (1 + policy.jitter * (2 * random() - 1))
    if outcome.retry_after is not None:
        # Jitter only upwards here: coming back early is what the receiver asked us not to do.
        asked = min(outcome.retry_after, policy.longest_asked)
        wait = max(wait, asked * (1 + policy.jitter * random()))
    elif outcome.slow_down:
        wait = max(wait, policy.floor * (1 + policy.jitter * random()))
    at = now + wait
    if created_at is not None and at > created_at + policy.give_up_after:
        return None
    return at
