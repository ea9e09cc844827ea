"""The record: up to when Twilio's lists are known, how much there is, and how far its readers are behind."""

from collections.abc import Iterator
from datetime import datetime

from prometheus_client.core import Metric
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from giftpulse.ground.site import Site
from giftpulse.logs import sight
from giftpulse.logs.models import LogBatch, LogOwed, LogReader
from giftpulse.metrics.families import age, counter, gauge, one, timestamp

_LIST = ("account", "resource")


def collect(session: Session, site: Site, now: datetime) -> Iterator[Metric]:
    """Four queries; on Postgres one more."""
    yield from _sources(session, site, now)
    yield from _owed(session, now)
    yield counter(
        "giftpulse_record_batches",
        "Number of the newest batch of the record: grows with each commit that brought news, and may skip some",
        one(session.scalar(select(func.max(LogBatch.id))) or 0),
    )
    if not site.settings.is_sqlite:
        found = session.scalar(text("SELECT reltuples FROM pg_class WHERE oid = 'log_entries'::regclass"))
        yield gauge(
            "giftpulse_record_entries",
            "Log entries in the record, as Postgres estimates it; not there before its first look, nor on SQLite",
            one(found if found is not None and found >= 0 else None),
        )


def _sources(session: Session, site: Site, now: datetime) -> Iterator[Metric]:
    sources = [((s.account_sid, s.resource), s) for s in sight.sources(session, site.settings, now)]
    yield gauge(
        "giftpulse_source_watermark_timestamp_seconds",
        "The instant up to which one of Twilio's lists is known",
        [(labels, timestamp(source.watermark)) for labels, source in sources],
        _LIST,
    )
    yield gauge(
        "giftpulse_source_lag_seconds",
        "Seconds since the instant up to which one of Twilio's lists is known",
        [(labels, age(now, source.watermark) if source.watermark else None) for labels, source in sources],
        _LIST,
    )
    yield gauge(
        "giftpulse_source_consecutive_failures",
        "Polls of one of Twilio's lists that failed since the last one that did not",
        [(labels, source.failures) for labels, source in sources],
        _LIST,
    )
    yield gauge(
        "giftpulse_source_unseen",
        "1 if one of Twilio's lists has failed to be fetched for longer than is allowed: three polls and a minute",
        [(labels, source.unseen) for labels, source in sources],
        _LIST,
    )


def _owed(session: Session, now: datetime) -> Iterator[Metric]:
    counted = (
        select(LogOwed.reader, func.count(), func.sum(LogBatch.changes), func.min(LogBatch.written_at))
        .join(LogBatch, LogBatch.id == LogOwed.batch_id)
        .group_by(LogOwed.reader)
    )
    found = {reader: (batches, changes, oldest) for reader, batches, changes, oldest in session.execute(counted)}
    names = session.scalars(select(LogReader.name).order_by(LogReader.name)).all()
    owed = [((name,), found.get(name, (0, 0, None))) for name in names]
    yield gauge(
        "giftpulse_owed_batches",
        "Batches of changes that a reader of the record has not worked on yet",
        [(labels, batches) for labels, (batches, _, _) in owed],
        ("reader",),
    )
    yield gauge(
        "giftpulse_owed_changes",
        "Changes in these batches",
        [(labels, float(changes)) for labels, (_, changes, _) in owed],
        ("reader",),
    )
    yield gauge(
        "giftpulse_owed_oldest_age_seconds",
        "Seconds since the oldest of these batches was written; 0 if there is none",
        [(labels, age(now, oldest)) for labels, (_, _, oldest) in owed],
        ("reader",),
    )
