"""The round ``emf``: writes all metrics to standard output, where a container's log is read from."""

import sys
from collections.abc import Sequence
from urllib.parse import urlsplit

from giftpulse import checkup
from giftpulse.checkup import Expected
from giftpulse.emf.lines import line
from giftpulse.emf.measures import groups, unwell
from giftpulse.ground import clock
from giftpulse.ground.settings import Settings
from giftpulse.ground.site import Site


def tell(site: Site, expected: Sequence[Expected]) -> bool:
    """Write the lines of this minute, if ``METRICS_EMF`` is set. Nothing is ever waiting."""
    if not site.settings.metrics_emf:
        return False
    now, report = clock.now(), checkup.examine(site, expected)
    if report.database == "ok":
        with site.database.read() as session:
            found = list(groups(session, site.settings, report, expected, now))
    else:
        found = [unwell(report)]
    called = installation(site.settings)
    # One line a write: what other processes write to the same pipe comes between lines, and not into them.
    for each in found:
        sys.stdout.write(line(each, called, now) + "\n")
        sys.stdout.flush()
    return False


def installation(settings: Settings) -> str:
    """How this installation is called among others of an account: by the host of ``PUBLIC_URL``."""
    return (urlsplit(settings.public_url).hostname if settings.public_url else None) or "giftpulse"
