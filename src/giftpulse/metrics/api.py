"""``GET /metrics``: for Prometheus, with a token as everything else."""

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST

from giftpulse.ground.access import Allowed, AtSite
from giftpulse.ground.problems import answers
from giftpulse.metrics.page import page

router = APIRouter(tags=["metrics"], dependencies=[Allowed], responses=answers(401))


@router.get("/metrics", response_class=PlainTextResponse)
def metrics(site: AtSite) -> Response:
    """All metrics, in Prometheus's text format. A token that may only read is enough."""
    return Response(page(site), headers={"Content-Type": CONTENT_TYPE_LATEST})
