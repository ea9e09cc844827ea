"""Who is told when something changes: status callbacks, the Debugger webhook, Event Streams."""

from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec

from giftpulse.simulator.alerts import Alert
from giftpulse.simulator.dates import iso
from giftpulse.simulator.event_sink import MESSAGE_EVENTS, alert_event, event_letter, message_event
from giftpulse.simulator.messages import API_VERSION, Message
from giftpulse.simulator.post_office import Answer, Letter
from giftpulse.simulator.sids import made_up
from giftpulse.simulator.world import World
from giftpulse.twilio.statuses import is_settled

# The initial status has no callback, nor has "sending" (guide outbound-message-status-in-status-callbacks).
_SILENT = frozenset({"accepted", "scheduled", "sending", "receiving", "received"})
_WITH_RECEIPT = frozenset({"delivered", "undelivered"})

Then = Callable[[Letter, Answer], None]


def tell_status(world: World, message: Message, then: Then | None = None) -> None:
    """A message has moved: its status callback, with whatever mischief was ordered, and its event."""
    if message.status in MESSAGE_EVENTS:
        _stream(world, message.account_sid, message_event(message, world.schedule.now()))
    if message.callback is None or message.status in _SILENT:
        return
    form = status_form(message)
    letter = Letter(
        url=message.callback,
        token=world.account(message.account_sid).about.token,
        chain=message.sid,
        idempotency=made_up("", message.sid, message.status, message.plan),
        form=form,
        then=then,
    )
    for one in _order_of(world, message, letter):
        if world.mischief.late > 0:
            world.schedule.after(world.mischief.late, partial(world.office.post, one))
        else:
            world.office.post(one)


def status_form(message: Message) -> dict[str, str]:
    """The parameters of a status callback; no time and no number among them, so nobody can put them in order."""
    form = {
        "MessageSid": message.sid,
        "SmsSid": message.sid,
        "AccountSid": message.account_sid,
        "MessageStatus": message.status,
        "SmsStatus": message.status,
        "To": message.to,
        "ApiVersion": API_VERSION,
    }
    if message.from_ is not None:
        form["From"] = message.from_
    if message.service_sid is not None:
        form["MessagingServiceSid"] = message.service_sid
    if message.error_code is not None:
        form["ErrorCode"] = str(message.error_code)
    if message.status in _WITH_RECEIPT:
        # To the minute, and without a zone (Twilio's changelog, 2023-02-14).
        form["RawDlrDoneDate"] = f"{message.updated:%y%m%d%H%M}"
    return form


def tell_inbound(world: World, message: Message) -> None:
    """The event of an inbound message; its webhook is sent by the one who waits for the TwiML."""
    _stream(world, message.account_sid, message_event(message, world.schedule.now()))


def tell_alert(world: World, alert: Alert) -> None:
    """An alert was raised: the Debugger webhook and the event. A failure of these raises no alert in turn."""
    _stream(world, alert.account_sid, alert_event(alert))
    if world.webhooks.debugger is None:
        return
    account = world.account(alert.account_sid)
    form = {
        "Sid": alert.sid,
        "AccountSid": alert.account_sid,
        "Timestamp": iso(alert.created),
        "Level": alert.log_level.capitalize(),
        "PayloadType": "application/json",
        "Payload": msgspec.json.encode(_payload(alert)).decode(),
    }
    if account.about.parent is not None:
        form["ParentAccountSid"] = account.about.parent
    world.office.post(
        Letter(world.webhooks.debugger, account.about.token, alert.sid, made_up("", alert.sid), form=form)
    )


def send_events(world: World, account_sid: str, body: bytes) -> None:
    """Post a batch to the sink."""
    if world.webhooks.events is not None:
        world.office.post(event_letter(world.webhooks.events, world.account(account_sid).about.token, body))


def _stream(world: World, account_sid: str, event: tuple[str, str, dict[str, Any]]) -> None:
    if world.webhooks.events is not None:
        kind, schema, data = event
        world.events.add(kind, schema, world.schedule.now(), data, partial(send_events, world, account_sid))


def _order_of(world: World, message: Message, letter: Letter) -> list[Letter]:
    """The letters to post now: none, one, a double, or this one before the one that was held back."""
    mischief = world.mischief
    if not (mischief.doubled or mischief.out_of_order or mischief.dropped):
        return [letter]
    rng = world.rng("mischief", message.sid, message.status)
    held = world.held.pop(message.sid, None)
    if rng.random() < mischief.dropped:
        world.counts["callbacks dropped"] += 1
        return [held] if held is not None else []
    letters = [letter, letter] if rng.random() < mischief.doubled else [letter]
    if held is not None:
        world.counts["callbacks out of order"] += 1
        return [*letters, held]
    if not is_settled("message", message.status) and rng.random() < mischief.out_of_order:
        world.held[message.sid] = letter
        return []
    return letters


def _payload(alert: Alert) -> dict[str, Any]:
    """https://www.twilio.com/docs/usage/troubleshooting/debugging-event-webhooks"""
    return {
        "resource_sid": alert.resource_sid,
        "service_sid": alert.service_sid,
        "error_code": str(alert.error_code),
        "more_info": {"Msg": alert.alert_text},
        "webhook": {
            "type": "application/json",
            "request": {
                "url": alert.request_url,
                "method": alert.request_method,
                "headers": {},
                "parameters": alert.request_variables,
            },
            "response": {"status_code": None, "headers": {}, "body": alert.response_body},
        },
    }
