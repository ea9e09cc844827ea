"""Matching: the news of the record against all rules, and what is found into alerts. One step of the watch round.

A change is news for a rule if the entry matches now and did not match before: a failed message whose price
arrives later is not a second failure. Result and "done" are one transaction, so a crash repeats or loses nothing.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from giftpulse.ground import clock
from giftpulse.ground.site import Site
from giftpulse.logs import readers
from giftpulse.logs.readers import Reading
from giftpulse.monitor.alerts.feed import Matches, StaleRulesError, feed
from giftpulse.monitor.matching.compile import Matcher
from giftpulse.monitor.matching.groups import Group, millis
from giftpulse.monitor.rules.catalogue import Catalogue
from giftpulse.monitor.rules.models import Rule

log = logging.getLogger(__name__)

READER = "match"


class OvertakenError(RuntimeError):
    """Our claim ran out and another worker has done the same batches; our result is dropped."""


@dataclass
class Matched:
    """What one step did."""

    changes: int = 0
    matches: int = 0
    opened: int = 0
    batches: int = 0


def match_some(site: Site, catalogue: Catalogue) -> Matched:
    """Work on the oldest owed batches. ``batches`` is 0 when nothing is owed."""
    with site.database.begin() as session:
        batches = readers.claim(session, READER, clock.now())
    if not batches:
        return Matched()
    try:
        return _match(site, catalogue, batches)
    except OvertakenError:
        log.info("another worker was faster", extra={"batches": len(batches)})
        return Matched(batches=len(batches))
    except StaleRulesError:
        log.info("rules were changed meanwhile; the step is done again", extra={"batches": len(batches)})
        _give_back(site, batches)
        return Matched(batches=len(batches))
    except Exception:
        # A claim that is not given back would hold its batches up for as long as it lasts.
        _give_back(site, batches)
        raise


def _give_back(site: Site, batches: Sequence[int]) -> None:
    with site.database.begin() as session:
        readers.release(session, READER, batches)


def _match(site: Site, catalogue: Catalogue, batches: Sequence[int]) -> Matched:
    with site.database.read() as session:
        matcher, versions = catalogue.current(session)
        news = list(readers.read(session, batches))
    found = find(matcher, versions, news)
    now = clock.now()
    with site.database.begin() as session:
        opened = feed(session, found, now)
        _note_matches(session, found, now)
        _note_broken(session, matcher)
        if readers.settle(session, READER, batches) != len(batches):
            raise OvertakenError
    return Matched(len(news), sum(len(m.times) for m in found), len(opened), len(batches))


def find(matcher: Matcher[int], versions: dict[int, int], news: Sequence[Reading]) -> list[Matches]:
    """The matches in some changes, gathered by rule and group. Pure."""
    found: dict[tuple[int, tuple[str | None, ...]], Matches] = {}
    for position, rule_id in _pairs(matcher, news):
        reading = news[position]
        group = matcher.group_of(rule_id, reading.after)
        if _known_already(matcher, rule_id, group, reading):
            continue
        matches = found.get((rule_id, group))
        if matches is None:
            matches = Matches(rule_id, versions[rule_id], matcher.rules[rule_id], group)
            found[rule_id, group] = matches
        matches.times.append(millis(reading.event_at))
        matches.log_ids.append(reading.log_id)
    return list(found.values())


def _known_already(matcher: Matcher[int], rule_id: int, group: Group, reading: Reading) -> bool:
    """Whether the state before matched as well, and for the same group: a sender or an address may come later."""
    before = reading.before
    return before is not None and matcher.matches(rule_id, before) and matcher.group_of(rule_id, before) == group


def _pairs(matcher: Matcher[int], news: Sequence[Reading]) -> list[tuple[int, int]]:
    try:
        return matcher.match_many([reading.after for reading in news])
    except Exception:  # the edge between a batch and one bad record, which must not stop the others
        log.exception("a batch could not be matched as a whole; taking its records one by one")
    pairs: list[tuple[int, int]] = []
    for position, reading in enumerate(news):
        try:
            pairs += [(position, rule_id) for rule_id in matcher.match(reading.after)]
        except Exception:
            log.exception("a record could not be matched", extra={"log_id": reading.log_id})
    return pairs


def _note_matches(session: Session, found: Sequence[Matches], now: datetime) -> None:
    numbers: dict[int, int] = {}
    for matches in found:
        numbers[matches.rule_id] = numbers.get(matches.rule_id, 0) + len(matches.times)
    for rule_id in sorted(numbers):
        counted = {"matched": Rule.matched + numbers[rule_id], "last_matched_at": now}
        session.execute(update(Rule).where(Rule.id == rule_id).values(counted))


def _note_broken(session: Session, matcher: Matcher[int]) -> None:
    for rule_id, reason in matcher.broken.items():
        session.execute(update(Rule).where(Rule.id == rule_id, Rule.broken.is_(None)).values(broken=reason))
