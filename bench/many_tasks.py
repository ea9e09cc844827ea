"""The two ways to use Celery that the bench ``many`` compares: a task for each message, and a task for each batch.

Both do the same with what they are given: store it and match it. ``celery -A bench.many_tasks worker``; the environment
has BENCH_URL and BENCH_REDIS.
"""

import os
from functools import cache
from typing import Any

from celery import Celery

from giftpulse.ground.site import Site
from giftpulse.monitor import rounds
from tests import make

app = Celery("many", broker=os.environ.get("BENCH_REDIS", ""), set_as_current=False)
app.conf.update(task_ignore_result=True, worker_prefetch_multiplier=4, worker_enable_remote_control=False)


@cache
def site() -> Site:
    """One for the process."""
    return make.site(os.environ["BENCH_URL"], migrated=True, database_pool_size=20)


def store(records: list[dict[str, Any]]) -> None:
    """Store some messages, and match whatever is owed."""
    make.take(site(), *records)
    rounds.watch(site())


app.task(store, name="store", typing=False)
