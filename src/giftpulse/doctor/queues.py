"""The queues in Redis: somebody takes from each of them."""

from contextlib import closing

from redis import Redis
from redis.exceptions import RedisError

from giftpulse.doctor.finding import Finding, fail, ok
from giftpulse.ground.settings import Settings

LONG = 50
"""Messages in one queue. Ticks that wait are not added again: workers who take from it leave a few at most, and at 100
no more are added."""


def consumed(settings: Settings) -> Finding:
    """Whether there is a queue that nobody takes from, where rounds are worked on over Redis."""
    check = "Queues"
    if not settings.redis_url:
        return ok(check, "There are none: REDIS_URL is not set.")
    client: Redis = Redis.from_url(settings.redis_url, socket_timeout=10, socket_connect_timeout=10)
    try:
        with closing(client):
            lengths = {name.decode(): int(client.llen(name)) for name in client.scan_iter(_type="list")}
    except RedisError as error:
        # The error's own text may hold the address.
        return fail(check, f"Redis does not answer ({type(error).__name__}).", "Check REDIS_URL and REDIS_PASSWORD.")
    if full := [f"{name} ({length})" for name, length in sorted(lengths.items()) if length >= LONG]:
        says = f"Nobody takes from {', '.join(full)}: the rounds in there do not run."
        return fail(check, says, "Start `giftpulse worker`, with these among its --queues.")
    return ok(check, "Each is taken from.")
