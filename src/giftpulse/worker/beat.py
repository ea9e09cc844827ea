"""Beat: a tick for each round when it is due. It keeps no file: when a round ran last stands in the database."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from celery.beat import ScheduleEntry, Scheduler
from celery.exceptions import OperationalError
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from giftpulse.ground import settings
from giftpulse.ground.herald import connect
from giftpulse.ground.outage import Outage
from giftpulse.ground.site import open_site
from giftpulse.timetable import find
from giftpulse.worker.check import check
from giftpulse.worker.needs import redis_of
from giftpulse.worker.publish import Publisher
from giftpulse.worker.reign import Reign

_AGES_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class Ticker(Scheduler):  # type: ignore[misc]  # Celery has no types
    """Celery's scheduler, ticking only while this beat reigns: a second one waits, and takes over when that dies."""

    max_interval = 1
    producer = None  # ours sends by itself; Celery's would wait here for a Redis that is away, and keep the lease

    def __init__(self, app: Any, *, lazy: bool = False, **options: Any) -> None:
        self._outage = Outage("Redis", "no ticks until it does")
        if not lazy:  # Celery makes a lazy one too, to show its name
            loaded = settings.load()
            check(loaded)
            self._site = open_site(loaded)
            self._reign = Reign(self._site)
            self._publisher = Publisher(loaded, connect(redis_of(loaded)), app.send_task)
        super().__init__(app, lazy=lazy, **options)

    def setup_schedule(self) -> None:
        """The rounds of the timetable, and nothing else."""
        self.merge_inplace(self.app.conf.beat_schedule)

    def tick(self) -> float:
        """Hand over one tick that is due. Answers the seconds until the next look."""
        if not self._reign.holds():
            return 1.0
        if self._reign.began_anew():
            self._take_over()
        return float(super().tick())

    def apply_entry(self, entry: ScheduleEntry, producer: Any = None) -> None:
        """Ask for the round of an entry."""
        try:
            self._publisher.publish(find(entry.name))
        except (RedisError, OperationalError) as error:
            self._outage.goes_on(error)
            self._reign.trouble = f"Redis does not answer ({type(error).__name__})"
        else:
            self._outage.is_over()
            self._reign.trouble = None

    def close(self) -> None:
        """End, and let another one tick at once."""
        self._reign.end()
        with suppress(OperationalError):
            super().close()
        self._site.close()

    def _take_over(self) -> None:
        """What is due by what the database knows of the last runs is due now: a restart delays no daily round."""
        try:
            ran = self._reign.last_runs()
        except SQLAlchemyError:
            ran = {}  # then all of them: a round that comes too soon finds nothing to do
        for name, entry in self.schedule.items():
            entry.last_run_at = ran.get(name, _AGES_AGO)
        self._heap = None
