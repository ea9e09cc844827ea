"""``/api/alerts`` and ``/api/silences``."""

import json
from typing import Annotated

from fastapi import APIRouter, Path, Query
from sqlalchemy import Select, select

from giftpulse.ground import clock
from giftpulse.ground.access import Allowed, AsRole, AtSite
from giftpulse.ground.database import announce
from giftpulse.ground.paging import Id, Page, PagingQuery, page_of
from giftpulse.ground.problems import answers
from giftpulse.monitor.alerts import close, silences
from giftpulse.monitor.alerts.models import RESOLVED, Alert, AlertEvent, Silence
from giftpulse.monitor.alerts.schemas import (
    AlertDetail,
    AlertOut,
    AlertQuery,
    ResolveIn,
    SilenceIn,
    SilenceOut,
    alert_fields,
    alert_out,
    event_out,
    notification_out,
    silence_out,
)
from giftpulse.monitor.notify.models import Notification

DECIDE = "alerts.changed"
"""The announcement that there may be something to tell."""

router = APIRouter(prefix="/api", tags=["alerts"], dependencies=[Allowed], responses=answers(401, 403, 422))

AlertId = Annotated[Id, Path(description="The id of an alert")]


@router.get("/alerts")
def list_alerts(query: Annotated[AlertQuery, Query()], site: AtSite, role: AsRole) -> Page[AlertOut]:
    """Alerts, the newest first. Tokens that may only read see masked numbers."""
    with site.database.read() as session:
        return page_of(session, _listed(query), Alert.id, query, lambda alert: alert_out(alert, role))


def _listed(query: AlertQuery) -> Select[Alert]:
    statement = select(Alert)
    if query.state == "open":
        statement = statement.where(Alert.state != RESOLVED)
    elif query.state is not None:
        statement = statement.where(Alert.state == query.state)
    if query.rule_id is not None:
        statement = statement.where(Alert.rule_id == query.rule_id)
    if query.severity is not None:
        statement = statement.where(Alert.severity == query.severity)
    return statement


@router.get("/alerts/{alert_id}", responses=answers(404))
def get_alert(alert_id: AlertId, site: AtSite, role: AsRole) -> AlertDetail:
    """One alert with its history, its notifications and samples of what matched."""
    with site.database.read() as session:
        alert = close.get(session, alert_id)
        events = session.scalars(select(AlertEvent).where(AlertEvent.alert_id == alert.id).order_by(AlertEvent.id))
        told = session.scalars(select(Notification).where(Notification.alert_id == alert.id).order_by(Notification.id))
        return AlertDetail(
            **alert_fields(alert, role),
            history=[event_out(event, role) for event in events],
            notifications=[notification_out(row, role) for row in told],
            log_ids=json.loads(alert.samples),
        )


@router.post("/alerts/{alert_id}/ack", responses=answers(404, 409))
def acknowledge_alert(alert_id: AlertId, site: AtSite, who: ResolveIn | None = None) -> AlertOut:
    """Say that somebody works on it. Not possible once it is resolved."""
    with site.database.begin() as session:
        return alert_out(close.acknowledge(session, alert_id, (who or ResolveIn()).by, clock.now()))


@router.post("/alerts/{alert_id}/resolve", responses=answers(404))
def resolve_alert(alert_id: AlertId, site: AtSite, who: ResolveIn | None = None) -> AlertOut:
    """Say that it is over. Whoever was told of it is told so; counting begins anew."""
    with site.database.begin() as session:
        alert = close.resolve(session, alert_id, (who or ResolveIn()).by, clock.now())
        announce(session, DECIDE)
        return alert_out(alert)


@router.get("/silences", tags=["silences"])
def list_silences(paging: PagingQuery, site: AtSite, role: AsRole, expired: bool = False) -> Page[SilenceOut]:
    """Silences that hold or will hold, the newest first."""
    with site.database.read() as session:
        statement = silences.listed(clock.now(), expired=expired)
        return page_of(session, statement, Silence.id, paging, lambda silence: silence_out(silence, role))


@router.post("/silences", status_code=201, responses=answers(413), tags=["silences"])
def create_silence(silence: SilenceIn, site: AtSite) -> SilenceOut:
    """Set a silence: alerts still open and resolve, but nobody is told until it ends."""
    with site.database.begin() as session:
        return silence_out(silences.create(session, silence, clock.now()))


@router.delete("/silences/{silence_id}", status_code=204, responses=answers(404), tags=["silences"])
def delete_silence(silence_id: Annotated[Id, Path()], site: AtSite) -> None:
    """Lift a silence."""
    with site.database.begin() as session:
        silences.delete(session, silence_id, clock.now())
        announce(session, DECIDE)
