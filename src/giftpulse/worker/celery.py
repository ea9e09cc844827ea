"""The Celery application: the rounds as tasks, their queues, and what Celery is told to do. Nothing is decided here."""

import logging
from typing import Any

from billiard import pool
from celery import Celery, signals
from celery.exceptions import OperationalError
from celery.schedules import schedule
from redis.exceptions import RedisError

from giftpulse.ground import journal, settings
from giftpulse.ground.errors import GiftPulseError
from giftpulse.ground.herald import connect
from giftpulse.queues import QUEUES, queue_of
from giftpulse.timetable import ROUNDS, Round
from giftpulse.worker import limits, workplace
from giftpulse.worker.check import check
from giftpulse.worker.ears import Ears
from giftpulse.worker.needs import redis_of
from giftpulse.worker.office import Office
from giftpulse.worker.perform import perform
from giftpulse.worker.publish import Publisher
from giftpulse.worker.seen import Seen
from giftpulse.worker.workplace import Workplace

log = logging.getLogger(__name__)

CONCURRENCY = 8
"""Rounds that a worker runs at a time by default: most of them wait for a database or for Twilio, not for a core."""


def configuration() -> dict[str, Any]:
    """What Celery is told, by the settings of the environment. Ends the process when they do not suffice: this is read
    when Celery first asks, at the start of its own command."""
    try:
        loaded = settings.load()
        url = redis_of(loaded)
    except GiftPulseError as error:
        raise SystemExit(f"Error: {error}") from None
    return {
        **_BROKER,
        **_TASKS,
        **_WORKER,
        "broker_url": url,
        "beat_scheduler": "giftpulse.worker.beat:Ticker",
        "beat_max_loop_interval": 1.0,  # as often as the lease is looked at
        "beat_schedule": {
            each.name: {"task": f"round.{each.name}", "schedule": schedule(each.every(loaded))} for each in ROUNDS
        },
    }


_BROKER: dict[str, Any] = {
    "broker_connection_retry": True,
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,  # a lost Redis is waited for as long as it takes
    "broker_channel_error_retry": True,
    "broker_transport_options": {
        "visibility_timeout": limits.VISIBILITY,
        "socket_timeout": 10,
        "socket_connect_timeout": 5,
        "socket_keepalive": True,
        "health_check_interval": 10,
    },
}

_TASKS: dict[str, Any] = {
    # Messages go to a queue by its name, a list in Redis: no binding of exchanges can be lost with what Redis held.
    "task_queues": {name: {"exchange": name, "routing_key": name} for name in QUEUES},
    "task_routes": {f"round.{each.name}": {"queue": queue_of(each.name)} for each in ROUNDS},
    "task_default_queue": "chores",
    "task_create_missing_queues": False,
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    "task_ignore_result": True,
    "task_soft_time_limit": limits.SOFT_LIMIT,
    "task_time_limit": limits.HARD_LIMIT,
    "task_serializer": "json",
    "accept_content": ["json"],
    "result_expires": None,
    "enable_utc": True,
    "timezone": "UTC",
}

_WORKER: dict[str, Any] = {
    "worker_concurrency": CONCURRENCY,
    "worker_prefetch_multiplier": 1,
    "worker_enable_remote_control": False,  # `/health` and `giftpulse rounds` tell more, and need no Redis
    "worker_hijack_root_logger": False,
    "worker_redirect_stdouts": False,
    "worker_cancel_long_running_tasks_on_connection_loss": False,  # a step is worth its end, and may be run twice
}

# billiard has no setting for it.
pool.GUARANTEE_MESSAGE_CONSUMPTION_RETRY_LIMIT = round(
    limits.LAST_WORDS / pool.GUARANTEE_MESSAGE_CONSUMPTION_RETRY_INTERVAL
)

app = Celery("giftpulse", set_as_current=True)
app.add_defaults(configuration)

office = Office(lambda asks: Workplace(settings.load(), asks.at_once, app.send_task))
"""What the tasks of this process work with."""

_ears: list[Ears] = []
_seen: list[Seen] = []


def _task(each: Round) -> None:
    def run(self: Any) -> None:
        here = office.workplace()
        if perform(each, here.steps, here.marks, self.request.hostname, office.concurrency):
            try:
                here.publisher.publish(each)
            except (RedisError, OperationalError):
                log.info("what is left waits for the next tick", extra={"round": each.name})

    run.__doc__ = each.does
    app.task(run, bind=True, name=f"round.{each.name}")


for _each in ROUNDS:
    _task(_each)


def _use_our_log(**_: object) -> None:
    loaded = settings.load()
    journal.start(loaded.log_level, loaded.log_format)
    for chatty in ("celery.app.trace", "celery.worker.strategy", "celery.beat", "kombu", "alembic.runtime.migration"):
        logging.getLogger(chatty).setLevel(logging.WARNING)  # a line for every tick tells nothing


def _check(**_: object) -> None:
    check(settings.load())


def _count_places(instance: Any, **_: object) -> None:
    office.concurrency = instance.concurrency
    office.at_once = 1 if "prefork" in getattr(instance.pool_cls, "__module__", "") else instance.concurrency


def _listen(sender: Any, **_: object) -> None:
    loaded = settings.load()
    url = redis_of(loaded)
    ears = Ears(url, Publisher(loaded, connect(url), app.send_task))
    ears.start()
    _ears.append(ears)
    queues = sorted(app.amqp.queues.consume_from)
    seen = Seen(loaded, queues)
    seen.start()
    _seen.append(seen)
    log.info("a worker is at work", extra={"worker": sender.hostname, "queues": queues})


def _leave(**_: object) -> None:
    workplace.leave()


def _be_gone(**_: object) -> None:
    """Of the main process alone: a process that it forked has a copy of its trace, and must not wipe it out."""
    while _seen:
        _seen.pop().stop()


def _close(**_: object) -> None:
    while _ears:
        _ears.pop().stop()
    office.close()


for _signal, _does in (
    (signals.setup_logging, _use_our_log),
    (signals.celeryd_init, _check),
    (signals.celeryd_after_setup, _count_places),
    (signals.worker_ready, _listen),
    (signals.worker_shutting_down, _leave),
    (signals.worker_process_shutdown, _close),
    (signals.worker_shutdown, _be_gone),
    (signals.worker_shutdown, _close),
):
    _signal.connect(_does, weak=False)
