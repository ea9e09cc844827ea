"""``GET /health`` and ``/api/health``: whether we see, and how far behind we are. No secrets, no authentication.

``GET /alive`` asks for less, for load balancers: they must not close the doors because Twilio cannot be reached.
"""

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


@router.get("/alive")
def alive() -> dict[str, str]:
    """200 as long as this process answers, whatever it knows of the rest."""
    return {"status": "ok"}


def check(site: Site) -> Health:
    """The state of the installation, now."""
    return checkup.examine(site, timetable.expected(site.settings))
