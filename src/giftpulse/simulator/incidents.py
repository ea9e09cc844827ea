"""Scripted trouble, so that a monitor has something true to say."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from giftpulse.simulator.alerting import raise_alert
from giftpulse.simulator.config import MARKETING
from giftpulse.simulator.fates import failure
from giftpulse.simulator.world import Rule, World

IncidentKind = Literal["filtered", "unreachable", "webhook_down", "unregistered", "calls_failing"]


@dataclass(frozen=True, slots=True)
class Incident:
    """Trouble from ``at`` for ``lasting`` seconds of ours after the traffic began, again ``every`` so many (0: once).

    filtered       a carrier takes the texts of one messaging service for spam: 30007 (``service_sid``)
    unreachable    a network is down: 30003 to one country (``country``)
    unregistered   a sender lost its 10DLC registration: 30034 (``service_sid``)
    webhook_down   a webhook answers 500: alerts 11200 for ``url``, ``rate`` a second
    calls_failing  the number's voice URL is gone: alerts 11205 on failed calls, ``rate`` a second

    ``chance``: the share of the messages concerned that meet it. ``rate``: extra messages, alerts or calls a
    second, so that the incident is plain in little traffic as well.
    """

    kind: IncidentKind
    at: float
    lasting: float = 20.0
    every: float = 0.0
    chance: float = 0.9
    rate: float = 4.0
    service_sid: str = MARKETING
    country: str = "GB"
    url: str = "https://hooks.example.com/sms/inbound"

    def is_on(self, second: float) -> bool:
        """True while it lasts, at this second of the traffic."""
        since = second - self.at
        if self.every > 0 and since >= 0:
            since %= self.every
        return 0 <= since < self.lasting

    def rule(self) -> Rule | None:
        """What it does to messages."""
        if self.kind == "filtered":
            return Rule(self.kind, ((1.0, failure(30007)),), self.chance, service_sid=self.service_sid)
        if self.kind == "unregistered":
            return Rule(self.kind, ((1.0, failure(30034)),), self.chance, service_sid=self.service_sid)
        if self.kind == "unreachable":
            return Rule(self.kind, ((1.0, failure(30003)),), self.chance, country=self.country)
        return None


# What the demo plays: each within the first minute, and again.
SCRIPT: Sequence[Incident] = (
    Incident("filtered", at=8.0, lasting=15.0, every=90.0),
    Incident("webhook_down", at=18.0, lasting=12.0, every=90.0),
    Incident("unreachable", at=30.0, lasting=15.0, every=90.0),
    Incident("calls_failing", at=50.0, lasting=10.0, every=90.0),
)


def storm(world: World, incident: Incident, resource_sid: str) -> None:
    """One alert of an incident that is about webhooks."""
    code = 11205 if incident.kind == "calls_failing" else 11200
    details = {} if code == 11205 else {"httpResponse": "500", "Msg": "Internal Server Error"}
    raise_alert(world, code, resource_sid, url=incident.url, details=details)
