"""What we answer to the webhook of an inbound message, https://www.twilio.com/docs/messaging/twiml ."""

import re
from xml.sax.saxutils import escape

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
# What XML 1.0 cannot hold, not even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

NOTHING = f"{_HEAD}<Response/>".encode()
"""Nothing is said."""


def message(text: str) -> bytes:
    """One text back to whoever wrote."""
    return f"{_HEAD}<Response><Message>{escape(_FORBIDDEN.sub('', text))}</Message></Response>".encode()
