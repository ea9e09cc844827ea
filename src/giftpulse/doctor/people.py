"""The people: each in a time zone that we know."""

import zoneinfo

from sqlalchemy import select

from giftpulse.daily.subscribers.models import Subscriber
from giftpulse.doctor.finding import Finding, fail, ok
from giftpulse.ground.site import Site


def known_zones(site: Site) -> Finding:
    """Whether the zones of all people are in the data that we have."""
    check = "Time zones of people"
    with site.database.read() as session:
        stored = session.scalars(select(Subscriber.timezone).distinct()).all()
    names = {name for each in stored for name in each.split(",") if name}
    if unknown := sorted(names - zoneinfo.available_timezones()):
        says = f"Not known: {', '.join(unknown[:5])}. These people get no texts at their time."
        return fail(check, says, "Install the newest tzdata, or give these people another zone.")
    return ok(check, f"All are known ({len(names)}).")
