"""When a question may reach somebody: in the hours that the law of their places leaves. Pure."""

from datetime import datetime, timedelta

from giftpulse.daily.schedule import quiet_hours, windows
from giftpulse.daily.schedule.day_plan import People
from giftpulse.daily.schedule.local_dates import dates_to_plan
from giftpulse.daily.schedule.walltime import MINUTES_A_DAY
from giftpulse.daily.schedule.windows import Window

_ALL_DAY = Window(0, MINUTES_A_DAY)
_FAR = timedelta(days=1)


def open_until(people: People, now: datetime) -> datetime | None:
    """Until when people of an audience may be asked, from now on; None: not now. Their window does not matter, and
    neither do the days of the program; ``jurisdictions`` None (quiet hours are off): at any time."""
    if people.jurisdictions is None:
        return now + _FAR
    for local_date in dates_to_plan(people.zones, now, timedelta(0)):
        quiet = quiet_hours.allowed(people.jurisdictions, local_date)
        span = windows.spans(people.zones, _ALL_DAY, local_date, quiet).span
        if span is not None and span.start <= now and span.end - now >= windows.LEAST:
            return span.end
    return None
