"""The filters of the lists. What Twilio does not understand it ignores, and answers everything."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from giftpulse.simulator.alerts import Alert
from giftpulse.simulator.calls import Call
from giftpulse.simulator.dates import understood
from giftpulse.simulator.messages import Message
from giftpulse.twilio.statuses import normal

DateTest = Callable[[datetime | None], bool]

# https://www.twilio.com/docs/usage/monitor-alert : nothing older, and no more than so many for one query.
ALERT_DAYS = timedelta(days=30)
ALERT_MOST = 10_000


def date_test(query: Mapping[str, str], name: str, up_to_and_with: bool) -> DateTest | None:
    """What ``Name``, ``Name<`` and ``Name>`` ask of a date; None when they ask nothing.

    ``>`` includes its value. ``<`` includes it when ``up_to_and_with`` (DateSent), and does not for calls ("before
    this date", twilio-oai). No date at all fails every test: rows without date_sent are in no filtered list.
    """
    on, before, after = (understood(query.get(name + sign, "")) for sign in ("", "<", ">"))
    if not (on or before or after):
        return None
    begin = [span.begin for span in (on, after) if span]
    end = [on.end] if on else []
    if before:
        end.append(before.end if up_to_and_with else before.begin)

    def test(at: datetime | None) -> bool:
        return at is not None and all(at >= least for least in begin) and all(at < most for most in end)

    return test


def wanted_messages(query: Mapping[str, str]) -> Callable[[Message], bool]:
    """``To``, ``From`` and ``DateSent``; there is no filter by status, body, service or date_created."""
    to, from_ = query.get("To"), query.get("From")
    sent = date_test(query, "DateSent", up_to_and_with=True)
    if not (to or from_ or sent):
        return _everything
    return lambda row: (
        (not to or row.to == to) and (not from_ or row.from_ == from_) and (sent is None or sent(row.sent))
    )


def wanted_calls(query: Mapping[str, str]) -> Callable[[Call], bool]:
    """``To``, ``From``, ``Status``, ``ParentCallSid``, ``StartTime`` and ``EndTime``."""
    to, from_, parent = query.get("To"), query.get("From"), query.get("ParentCallSid")
    status = normal("call", query.get("Status", ""))
    started = date_test(query, "StartTime", up_to_and_with=False)
    ended = date_test(query, "EndTime", up_to_and_with=False)

    def wanted(row: Call) -> bool:
        return (
            (not to or row.to == to)
            and (not from_ or row.from_ == from_)
            and (not status or row.status == status)
            and not parent
            and (started is None or started(row.started))
            and (ended is None or ended(row.ended))
        )

    return wanted


def wanted_alerts(query: Mapping[str, str], now: datetime) -> Callable[[Alert], bool]:
    """``LogLevel``, ``StartDate`` and ``EndDate`` (both inclusive, of date_generated), never over 30 days back."""
    level = query.get("LogLevel")
    start, end = understood(query.get("StartDate", "")), understood(query.get("EndDate", ""))
    begin = max(now - ALERT_DAYS, start.begin) if start else now - ALERT_DAYS

    def wanted(row: Alert) -> bool:
        inside = row.generated >= begin and (end is None or row.generated < end.end)
        return inside and (not level or row.log_level == level)

    return wanted


def _everything(_: object) -> bool:
    return True
