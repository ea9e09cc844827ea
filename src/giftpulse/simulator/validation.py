"""What a request to create a message must satisfy, with the refusals of the real API."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from giftpulse.simulator.problems import Refusal
from giftpulse.simulator.world import World

_E164 = re.compile(r"\+[1-9]\d{6,14}\Z")
_CHANNEL = re.compile(r"(whatsapp|messenger|rcs):.+\Z")
_SENDER = re.compile(r"(\+[1-9]\d{6,14}|\d{3,8}|[A-Za-z0-9 ]{1,11})\Z")
_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)\Z")
_LONGEST = 36000

# Twilio's test numbers (https://www.twilio.com/docs/iam/test-credentials), heeded for every account here.
_MAGIC_TO = {
    "+15005550001": (21211, "The 'To' number +15005550001 is not a valid phone number."),
    "+15005550002": (21612, "Message cannot be sent with the current combination of 'To' and/or 'From' parameters"),
    "+15005550003": (21408, "Permission to send an SMS has not been enabled for the region indicated by 'To'"),
    "+15005550004": (21610, "Attempt to send to unsubscribed recipient"),
    "+15005550009": (21614, "To number: +15005550009, is not a mobile number"),
}
_MAGIC_FROM = {
    "+15005550001": (21212, "The 'From' number +15005550001 is not a valid phone number"),
    "+15005550007": (21606, "The From phone number +15005550007 is not a valid, SMS-capable inbound phone number"),
    "+15005550008": (21611, "This 'From' number has exceeded the maximum number of queued messages"),
}


@dataclass(frozen=True, slots=True)
class Order:
    """A request that was found in order."""

    to: str
    from_: str | None
    service_sid: str | None
    body: str
    media: int
    callback: str | None
    validity: int | None
    send_at: datetime | None


def checked(world: World, form: Mapping[str, Sequence[str]]) -> Order:
    """The order that a form means. Raises Refusal with the code that Twilio gives for what is wrong with it."""
    given = {name: values[-1] for name, values in form.items()}
    media = len(form.get("MediaUrl", ()))
    to = _recipient(given.get("To", ""))
    service_sid = _service(world, given)
    from_ = _sender(world, given, to, service_sid)
    body = given.get("Body", "")
    if not (body or media or given.get("ContentSid")):
        raise Refusal(400, 21602, "Message body is required.")
    if len(body) > 1600:
        raise Refusal(400, 21617, "The concatenated message body exceeds the 1600 character limit.")
    if media > 10:
        raise Refusal(400, 21623, "Number of media files exceeds allowed limit")
    return Order(
        to=to,
        from_=from_,
        service_sid=service_sid,
        body=body,
        media=media,
        callback=_callback(given.get("StatusCallback")),
        validity=_validity(given.get("ValidityPeriod")),
        send_at=_send_at(world, given, service_sid),
    )


def _recipient(to: str) -> str:
    if not to.strip():
        raise Refusal(400, 21604, "A 'To' phone number is required.")
    digits = re.sub(r"[\s().-]", "", to)
    # Ten digits are taken for a North American number.
    number = "+1" + digits if re.fullmatch(r"[2-9]\d{9}", digits) else digits
    if not _E164.match(number) and not _CHANNEL.match(to):
        raise Refusal(400, 21211, f"The 'To' number {to} is not a valid phone number.")
    if number in _MAGIC_TO:
        raise Refusal(400, *_MAGIC_TO[number])
    return to if _CHANNEL.match(to) else number


def _service(world: World, given: Mapping[str, str]) -> str | None:
    sid = given.get("MessagingServiceSid")
    if not sid:
        return None
    if not re.fullmatch(r"MG[0-9a-f]{32}", sid):
        raise Refusal(400, 21705, "The Messaging Service Sid is invalid")
    if not world.senders(sid):
        raise Refusal(400, 21704, "The Messaging Service contains no phone numbers")
    return sid


def _sender(world: World, given: Mapping[str, str], to: str, service_sid: str | None) -> str | None:
    from_ = given.get("From")
    if not from_:
        if service_sid is None:
            raise Refusal(400, 21603, "A 'From' or 'MessagingServiceSid' parameter is required to send a message")
        return None
    if from_ in _MAGIC_FROM:
        raise Refusal(400, *_MAGIC_FROM[from_])
    if not _SENDER.match(from_) and not _CHANNEL.match(from_):
        raise Refusal(400, 21212, f"The 'From' number {from_} is not a valid phone number")
    if from_ == to:
        raise Refusal(400, 21266, "'To' and 'From' number cannot be the same")
    # With a service the message is accepted, and fails with the same code.
    if service_sid is None and world.opt_outs.has(from_, to):
        raise Refusal(400, 21610, "Attempt to send to unsubscribed recipient")
    return from_


def _callback(url: str | None) -> str | None:
    if not url:
        return None
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        name = host if host.endswith("]") else re.sub(r":\d+\Z", "", host)
        fine = parts.scheme in {"http", "https"} and _HOST.match(name) is not None and len(url) <= 4000
    except ValueError:
        fine = False
    if not fine:
        raise Refusal(400, 21609, f"The StatusCallback URL {url} is not a valid URL.")
    return url


def _validity(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isdigit() or not 1 <= int(text) <= _LONGEST:
        raise Refusal(400, 21624, f"The validity period {text} is not valid: 1 to {_LONGEST} seconds")
    return int(text)


def _send_at(world: World, given: Mapping[str, str], service_sid: str | None) -> datetime | None:
    """The instant of a scheduled message: 300 seconds to 35 days ahead (error pages 35114, 35115)."""
    kind, text = given.get("ScheduleType"), given.get("SendAt")
    if kind is None and text is None:
        return None
    if kind != "fixed":
        raise Refusal(400, 35126, "ScheduleType must be 'fixed'")
    if not text:
        raise Refusal(400, 35111, "SendAt timestamp is missing")
    if service_sid is None:
        raise Refusal(400, 35118, "MessagingServiceSid is required to schedule a message")
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Refusal(400, 35114, "SendAt is not an ISO 8601 timestamp") from None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    ahead = at - world.schedule.now()
    if not timedelta(seconds=299) <= ahead <= timedelta(days=35):
        raise Refusal(400, 35114, "SendAt must be between 300 seconds and 35 days in the future")
    return at
