"""A process of a worker that ends waits for its parent, and not for long."""

import time
from types import SimpleNamespace

from billiard.pool import Worker

from giftpulse.worker import celery, limits


def test_a_process_whose_parent_reads_no_more_ends_soon() -> None:
    assert celery.app.main == "giftpulse"  # loaded, as in every worker
    began = time.monotonic()
    unread = SimpleNamespace(on_ready_counter=SimpleNamespace(value=1))
    assert Worker._ensure_messages_consumed(unread, completed=2) is False
    took = time.monotonic() - began
    assert limits.LAST_WORDS <= took < 2 * limits.LAST_WORDS
