"""Raises Monitor alerts, with texts as the real ones have them."""

from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlencode

from giftpulse.simulator.alerts import Alert
from giftpulse.simulator.post_office import Answer, Letter
from giftpulse.simulator.telling import tell_alert
from giftpulse.simulator.world import World
from giftpulse.twilio.error_codes import explain

# The codes that Twilio logs as warnings; all others are errors (its error dictionary).
_WARNINGS = frozenset({12200, 13214, 13223, 14101, 15003, 30025, 30026, 32011, 32014, 32021, 80901})
_COMPONENTS = {"SM": "14100", "MM": "14100", "CA": "12000"}
_REASONS = {400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 408: "Request Timeout"}
_REASONS |= {500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout"}


def raise_alert(
    world: World,
    code: int,
    resource_sid: str,
    account_sid: str | None = None,
    *,
    url: str | None = None,
    level: str | None = None,
    service_sid: str | None = None,
    details: Mapping[str, str] | None = None,
    variables: str = "",
    answer: Answer | None = None,
) -> Alert:
    """Write an entry into the error log and tell the Debugger webhook and the event sink.

    ``url`` is the webhook that it is about; ``details`` go into the alert's text, which is a query string.
    """
    account = world.account(account_sid)
    now = world.schedule.now()
    level = level or ("warning" if code in _WARNINGS else "error")
    sid = world.sids.new("NO")
    alert = Alert(
        sid=sid,
        account_sid=account.sid,
        resource_sid=resource_sid,
        error_code=code,
        log_level=level,
        alert_text=alert_text(code, level, resource_sid, url, details or {}, answer),
        created=now,
        # Entries wait in a buffer before they are written ("due to buffering", monitor-alert).
        generated=now - timedelta(seconds=world.rng("buffered", sid).choice((0, 0, 0, 1, 2))),
        service_sid=service_sid,
        request_method="POST" if url else None,
        request_url=url,
        request_variables=variables,
        response_headers=urlencode(answer.headers) if answer else "",
        response_body=answer.body if answer else "",
    )
    account.alerts.add(alert)
    world.counts[f"alerts {code}"] += 1
    tell_alert(world, alert)
    return alert


def alert_text(
    code: int, level: str, resource_sid: str, url: str | None, details: Mapping[str, str], answer: Answer | None
) -> str:
    """A query string, as recorded: ``sourceComponent=14100&httpResponse=500&url=...&ErrorCode=11200&...``."""
    parts = dict(details)
    if code == 15003 and url:
        parts.setdefault("statusCallback", url)
        parts.setdefault("Msg", f"Got HTTP {answer.status if answer else 404} response to {url}")
    elif url:
        parts.setdefault("sourceComponent", _COMPONENTS.get(resource_sid[:2], "12000"))
        parts.setdefault("httpResponse", str(answer.status if answer else 500))
        parts.setdefault("url", url)
    parts["ErrorCode"] = str(code)
    parts["LogLevel"] = "WARN" if level == "warning" else level.upper()
    status = int(parts.get("httpResponse", "0"))
    parts.setdefault("Msg", _REASONS.get(status, explain(code).meaning))
    parts.setdefault("EmailNotification", "false")
    return urlencode(parts)


def webhook_failed(world: World, resource_sid: str, account_sid: str, letter: Letter, answer: Answer) -> None:
    """Raise the alert that belongs to a webhook's failure: 11200 for an answer, 11205 for no connection."""
    if answer.failure and world.config.webhook_alerts:
        code = 11205 if answer.failure == "ct" else 11200
        raise_alert(
            world,
            code,
            resource_sid,
            account_sid,
            url=letter.url,
            variables=urlencode(letter.form),
            answer=answer,
        )
