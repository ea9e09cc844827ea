"""Event Streams: CloudEvents, gathered for a moment and posted as a JSON array to one sink."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from giftpulse.simulator.alerts import Alert
from giftpulse.simulator.connection_rules import EVENT_STREAM
from giftpulse.simulator.dates import iso
from giftpulse.simulator.messages import Message
from giftpulse.simulator.post_office import Letter
from giftpulse.simulator.sids import made_up
from giftpulse.twilio.signature import body_sha256

# Seconds of ours, and events: a batch goes when either is reached.
_GATHER = 0.1
_MOST = 100

# https://www.twilio.com/docs/events/event-types/messaging : these and no others have a message event.
MESSAGE_EVENTS = frozenset({"queued", "failed", "sent", "delivered", "undelivered", "read"})


class EventSink:
    """Gathers the events of the installation; ``send`` is called with each batch."""

    def __init__(self) -> None:
        self._events: list[dict[str, Any]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._number = 0

    def add(self, kind: str, schema: str, at: datetime, data: dict[str, Any], send: Callable[[bytes], None]) -> None:
        """One CloudEvent 1.0, as https://www.twilio.com/docs/events/event-streams/cloudevents shows them."""
        self._number += 1
        self._events.append(
            {
                "specversion": "1.0",
                "type": kind,
                "source": "/simulator/" + kind,
                "id": made_up("EZ", kind, self._number),
                "dataschema": f"https://events-schemas.twilio.com/{schema}",
                "datacontenttype": "application/json",
                "time": f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z",
                "data": data,
            }
        )
        if len(self._events) >= _MOST:
            self.flush(send)
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_GATHER, self.flush, send)

    def flush(self, send: Callable[[bytes], None]) -> None:
        """Send what was gathered."""
        self.stop()
        if self._events:
            batch, self._events = self._events, []
            send(msgspec.json.encode(batch))

    @property
    def is_gathering(self) -> bool:
        """True while a batch waits to be sent."""
        return self._timer is not None

    def stop(self) -> None:
        """Forget the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def event_letter(url: str, token: str, body: bytes) -> Letter:
    """A batch for the sink. Batches keep no order among each other."""
    batch = made_up("EB", body_sha256(body))
    return Letter(url, token, batch, batch, json=body, rules=EVENT_STREAM)


def message_event(message: Message, at: datetime) -> tuple[str, str, dict[str, Any]]:
    """Type, schema and data of a message's event; statuses are in upper case here."""
    if message.direction == "inbound":
        data = {
            "messageSid": message.sid,
            "accountSid": message.account_sid,
            "timestamp": iso(at),
            "from": message.from_,
            "to": message.to,
            "body": message.body,
            "numMedia": message.media,
            "numSegments": message.segments,
            "messagingServiceSid": message.service_sid,
        }
        return "com.twilio.messaging.inbound-message.received", "Messaging.InboundMessageV1/6", data
    data = {
        "messageSid": message.sid,
        "timestamp": iso(at),
        "accountSid": message.account_sid,
        "messageStatus": message.status.upper(),
        "from": message.from_,
        "to": message.to,
        "messagingServiceSid": message.service_sid,
        "body": message.body,
        "numberOfSegments": message.segments,
        "statusCallBackUrl": message.callback,
    }
    if message.error_code is not None:
        data["errorCode"] = message.error_code
    return f"com.twilio.messaging.message.{message.status}", "Messaging.MessageStatus/8", data


def alert_event(alert: Alert) -> tuple[str, str, dict[str, Any]]:
    """Type, schema and data of an error log's event: the same NO... SID as in the Alerts list."""
    data = {
        "sid": alert.sid,
        "account_sid": alert.account_sid,
        "date_created": iso(alert.created),
        "level": alert.log_level.upper(),
        "error_code": str(alert.error_code),
        "request_sid": alert.resource_sid,
        "service_sid": alert.service_sid,
        "correlation_sid": alert.resource_sid,
        "product": "Programmable Messaging" if alert.resource_sid.startswith(("SM", "MM")) else "Programmable Voice",
    }
    return "com.twilio.error-logs.error.logged", "ErrorLogs.ErrorLog/1", data
