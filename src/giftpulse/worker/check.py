"""What a worker and a beat make sure of before they begin, when they are started by Celery's own command."""

from contextlib import closing

from giftpulse import schema, timetable
from giftpulse.ground import traces
from giftpulse.ground.errors import GiftPulseError
from giftpulse.ground.settings import Settings
from giftpulse.ground.site import open_site
from giftpulse.worker.needs import redis_of


def check(settings: Settings) -> None:
    """The settings suffice, what they want is installed, the database is at the newest schema, and both halves are
    readers of the record.

    Ends the process with what is wrong: Celery would otherwise go on, or show a traceback.
    """
    try:
        redis_of(settings)
        traces.check(settings)
        with closing(open_site(settings)) as site:
            present, newest = schema.revisions(site.database.engine)
            if present != newest:
                raise SystemExit("Error: the database is not at the newest schema: run `giftpulse db upgrade` first")
            timetable.enrol(site)
    except GiftPulseError as error:
        raise SystemExit(f"Error: {error}") from None
