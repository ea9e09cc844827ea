"""The rounds where they are worked on over Redis: it answers, every queue is taken from, somebody ticks."""

from contextlib import closing

from redis import Redis
from redis.exceptions import RedisError

from giftpulse.doctor.finding import Finding, fail, ok, warn
from giftpulse.ground import clock, presence
from giftpulse.ground.redis_address import trusts_anybody
from giftpulse.ground.settings import Settings
from giftpulse.ground.site import Site
from giftpulse.ground.ticking import ticking
from giftpulse.queues import QUEUES, taken_from

LONG = 50
"""Messages in one queue. Ticks that wait are not added again: workers who take from it leave a few at most, and at 100
no more are added."""

_ONE_PROCESS = "up "  # what `giftpulse up` is known as begins with it


def answers(settings: Settings) -> Finding:
    """Whether Redis answers, and is who it says."""
    check = "Redis"
    if not settings.redis_url:
        return ok(check, "There is none: REDIS_URL is not set.")
    try:
        with closing(_connected(settings.redis_url)) as client:
            client.ping()
    except RedisError as error:
        # The error's own text may hold the address.
        mend = "Check REDIS_URL and REDIS_PASSWORD, and its certificate if it is rediss://."
        return fail(check, f"It does not answer ({type(error).__name__}).", mend)
    if trusts_anybody(settings.redis_url):
        says = "It is spoken to over TLS, and nobody looks whose certificate that is (ssl_cert_reqs=none)."
        return warn(check, says, "Drop ssl_cert_reqs from REDIS_URL; ssl_ca_certs=FILE names an authority of your own.")
    return ok(check, "It answers.")


def consumed(site: Site) -> Finding:
    """Whether workers are there who take from every queue, and do."""
    check, aside = "Queues", _not_over_redis(site)
    if aside is not None:
        return ok(check, aside)
    workers = taken_from(_known(site))
    left = [queue for queue, number in workers.items() if not number]
    if left == list(QUEUES):
        says = "There is no worker: nobody takes from any queue, and no round runs."
        mend = "Start `giftpulse worker` and `giftpulse beat`. Where rounds run by cron, unset REDIS_URL."
        return fail(check, says, mend)
    if left:
        says = f"Nobody takes from {_named(left)}: the rounds in there do not run."
        return fail(
            check, says, "Start another `giftpulse worker`, with these among its --queues, or without --queues."
        )
    if full := _full(site.settings):
        says = f"Workers are there, and do not get through with {', '.join(full)}."
        return fail(check, says, "See their log for what hangs; start more of them, or with more --concurrency.")
    return ok(check, f"Each is taken from: {', '.join(f'{queue} by {number}' for queue, number in workers.items())}.")


def ticked_for(site: Site) -> Finding:
    """Whether somebody asks for the rounds when they are due."""
    check, aside = "Beat", _not_over_redis(site)
    if aside is not None:
        return ok(check, aside)
    with site.database.read() as session:
        found = ticking(session, clock.now())
    if found is None or found.holder is None:
        says = "Nobody ticks: rounds run when something is announced, and not when they are due."
        return fail(check, says, "Start `giftpulse beat`, on two machines if you have them.")
    if found.trouble is not None:
        return fail(check, f"{found.trouble[0].upper()}{found.trouble[1:]}.", "See the log of `giftpulse beat`.")
    return ok(check, f"{found.holder} ticks.")


def over_redis(site: Site) -> bool:
    """Whether rounds are work of ``giftpulse worker``, by the settings and by who is there."""
    return _not_over_redis(site) is None


def _not_over_redis(site: Site) -> str | None:
    """Why nobody need take from queues, or tick; None where somebody must."""
    if not site.settings.redis_url:
        return "Not needed: REDIS_URL is not set."
    if site.settings.is_sqlite:
        return "Not needed: workers cannot share a SQLite file, `giftpulse up` runs everything."
    known = _known(site)
    if any(what.startswith(_ONE_PROCESS) for what in known) and not any(taken_from(known).values()):
        return "Not needed: `giftpulse up` is there, and runs everything."
    return None


def _known(site: Site) -> list[str]:
    with site.database.read() as session:
        return presence.known(session)


def _full(settings: Settings) -> list[str]:
    """Queues that are longer than they become where somebody takes from them. None where Redis does not answer, which
    is a finding of its own."""
    try:
        with closing(_connected(settings.redis_url or "")) as client:
            lengths = {queue: int(client.llen(queue)) for queue in QUEUES}
    except RedisError:
        return []
    return [f"{queue} ({length} wait)" for queue, length in lengths.items() if length >= LONG]


def _connected(url: str) -> "Redis":
    client: Redis = Redis.from_url(url, socket_timeout=10, socket_connect_timeout=10)
    return client


def _named(queues: list[str]) -> str:
    return ", ".join(f"{queue} ({', '.join(QUEUES[queue])})" for queue in queues)
