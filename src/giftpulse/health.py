"""``GET /health`` and ``/api/health``: whether we see, and how far behind we are. No secrets, no authentication."""

from fastapi import APIRouter, Response

from giftpulse import checkup, timetable
from giftpulse.checkup import Health
from giftpulse.ground.access import AtSite
from giftpulse.ground.site import Site

router = APIRouter(tags=["health"])


@router.get("/health", responses={503: {"model": Health, "description": "What is wrong"}})
@router.get("/api/health", responses={503: {"model": Health, "description": "What is wrong"}})
def health(site: AtSite, response: Response) -> Health:
    """200 when all is well, or 503 with what is wrong."""
    report = check(site)
    if report.status != "ok":
        response.status_code = 503
    return report


def check(site: Site) -> Health:
    """The state of the installation, now."""
    return checkup.examine(site, timetable.expected(site.settings))
