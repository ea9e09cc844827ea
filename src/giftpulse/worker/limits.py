"""How long things may take among workers, each with its reason. All in seconds, unless the name says otherwise."""

from datetime import timedelta

SOFT_LIMIT = 15 * 60
"""A step that takes so long hangs: no pull, planning or cleaning step is near it. It fails, and is noted."""

HARD_LIMIT = 20 * 60
"""A process that did not end by then is killed. What it had claimed is free again when its leases are over."""

VISIBILITY = 30 * 60
"""Redis gives a message that nobody acknowledged to another worker after this. Longer than the hard limit, or a step
that is still at work would be begun a second time (which would be harmless, and useless)."""

TURN = 20.0
"""A round that stays (``notify``, ``send``) gives its place back after so long, so that the others get theirs."""

SHORT_TURN = 2.0
"""The same in a worker of few places, where those two would take all of them."""

FEW_PLACES = 4

LAST_WORDS = 3
"""For so long a process of a worker that ends waits until its parent has read what it said of its last task. Sometimes
the parent reads no more by then, and the library waits for half a minute; what is not read is begun again, which does
no harm."""

LEAST_EXPIRY = 10
"""A message is good for at least so long: the clocks of two machines differ by seconds."""

WAITING = 10
"""For so long a message that waits keeps others of its round from being added. It is forgotten then, should the
message have been lost."""

FULL = 100
"""A queue as long as this has nobody who takes from it: ticks are left out until somebody does. Messages in Redis
expire only when they are taken."""

SERVING = 10
"""A round that stays says each second that it is alive; a place that was silent for so long is free again."""

BEAT_LEASE = timedelta(seconds=10)
BEAT_RENEWS_EVERY = 3.0
"""One beat ticks at a time. When it dies, another one takes over after the lease at the latest."""


def expiry(interval: timedelta) -> int:
    """For how many seconds a tick is good: until the next one comes."""
    return max(LEAST_EXPIRY, int(interval.total_seconds()))
