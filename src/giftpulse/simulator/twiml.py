"""Reads the messages out of a TwiML answer."""

from dataclasses import dataclass

# The answers are those of a test's own service; the standard parser resolves no external entities.
from xml.etree import ElementTree as ET


class NotTwiMLError(ValueError):
    """Not XML, or not a Response (error 12100)."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One ``<Message>``; ``to`` is None when it goes back to the sender."""

    body: str
    media: int
    to: str | None
    callback: str | None


def replies(text: str) -> list[Reply]:
    """The ``<Message>`` verbs of a ``<Response>``, https://www.twilio.com/docs/messaging/twiml/message .

    An empty answer and ``<Response/>`` hold none. Raises NotTwiMLError.
    """
    if not text.strip():
        return []
    try:
        root = ET.fromstring(text)  # noqa: S314
    except ET.ParseError as error:
        raise NotTwiMLError(str(error)) from None
    if root.tag != "Response":
        raise NotTwiMLError(f"the root is {root.tag}, not Response")
    return [_reply(verb) for verb in root if verb.tag == "Message"]


def _reply(verb: ET.Element) -> Reply:
    body = "".join(child.text or "" for child in verb if child.tag == "Body") or (verb.text or "")
    media = sum(child.tag == "Media" for child in verb)
    return Reply(body.strip(), media, verb.get("to"), verb.get("statusCallback") or verb.get("action"))
