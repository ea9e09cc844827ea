"""The end of a demo: one last poll, and the question whether our record has all that Twilio has."""

import time
from collections.abc import Mapping, Set
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select

from giftpulse.daily.inbound.alarm import DANGER
from giftpulse.demo.figures import Watcher
from giftpulse.demo.program.summary import ProgramSummary, calm, sum_up
from giftpulse.demo.stage import Stage
from giftpulse.ground import clock
from giftpulse.logs import pull
from giftpulse.logs.models import LogEntry
from giftpulse.monitor.alerts.models import RESOLVED, Alert
from giftpulse.simulator import Simulator

_PATIENCE = 10.0  # seconds
Sids = Mapping[str, Set[str]]


@dataclass(frozen=True)
class Summary:
    """What a demo came to. ``twilio`` and ``ours``: records by kind. ``missing``: SIDs of Twilio's that we have not."""

    seconds: float
    twilio: dict[str, int]
    ours: dict[str, int]
    missing: list[str]
    changes: dict[str, int]
    alerts_opened: int
    alerts_resolved: int
    rules_fired: list[str]
    rules_resolved: list[str]
    mails: int
    webhooks_verified: int
    webhooks_refused: int
    troubles: int
    program: ProgramSummary

    @property
    def is_complete(self) -> bool:
        """True when our record has everything that Twilio has."""
        return not self.missing

    @property
    def is_clean(self) -> bool:
        """True when our books and Twilio's agree, nobody got two texts on one day, and every stop was obeyed."""
        return not self.program.violations

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {**asdict(self), "complete": self.is_complete, "clean": self.is_clean}


def audit(stage: Stage, watcher: Watcher, seconds: float) -> Summary:
    """Let the traffic run dry, poll once more, and compare."""
    stage.simulator.clear_faults()
    stage.simulator.stop_traffic()
    calm(stage.site, stage.director)
    stage.simulator.settle()
    theirs, ours = _compared(stage)
    figures = watcher.look(clock.now())
    with stage.site.database.read() as session:
        fired = list(session.scalars(select(Alert.rule_name).distinct().order_by(Alert.rule_name)))
        over = select(Alert.rule_name).where(Alert.state == RESOLVED).distinct().order_by(Alert.rule_name)
        resolved = list(session.scalars(over))
    caught = stage.caught.counts()
    return Summary(
        seconds=round(seconds, 1),
        twilio={kind: len(sids) for kind, sids in theirs.items()},
        ours={kind: len(ours[kind]) for kind in theirs},
        missing=missing(theirs, ours),
        changes=dict(figures.sources),
        alerts_opened=figures.opened,
        alerts_resolved=figures.resolved,
        rules_fired=fired,
        rules_resolved=resolved,
        mails=caught["mails"],
        webhooks_verified=caught["webhooks"],
        webhooks_refused=caught["forged"],
        troubles=caught["troubles"],
        program=sum_up(stage.site, stage.simulator, stage.director),
    )


def missing(theirs: Sids, ours: Sids) -> list[str]:
    """What they have and we have not."""
    return sorted(sid for kind, sids in theirs.items() for sid in sids - ours[kind])


def _compared(stage: Stage) -> tuple[Sids, Sids]:
    """Poll until nothing is missing. A round may be polling at the same time, and calls on their way may still fail."""
    until = time.monotonic() + _PATIENCE
    while True:
        polled = pull.pull(stage.site)
        theirs = stage.simulator.do(_sids_of)
        ours = _recorded(stage)
        done = all(each.error is None and each.skipped is None for each in polled) and not missing(theirs, ours)
        if done or time.monotonic() > until:
            return theirs, ours
        time.sleep(0.2)


def _sids_of(simulator: Simulator) -> Sids:
    account = simulator.world.account()
    return {
        "message": {message.sid for message in account.messages},
        "call": {call.sid for call in account.calls},
        "alert": {alert.sid for alert in account.alerts},
    }


def _recorded(stage: Stage) -> Sids:
    found: dict[str, set[str]] = {"message": set(), "call": set(), "alert": set()}
    with stage.site.database.read() as session:
        # Our own alarms are in the record as well; Twilio knows nothing of them.
        theirs = select(LogEntry.kind, LogEntry.sid).where(LogEntry.text.is_distinct_from(DANGER))
        for kind, sid in session.execute(theirs):
            found[kind].add(sid)
    return found
