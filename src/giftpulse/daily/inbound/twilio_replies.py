"""Which texts Twilio answers by itself, before we hear of them: to these we stay silent. Pure.

=============================  ==========================================  =================================
written to                     Twilio answers                              unblocks a person
=============================  ==========================================  =================================
any, with Advanced Opt-Out     what the webhook marks with ``OptOutType``  ``OptOutType`` START
long code, messaging service   its own keywords, when they are all         START, YES, UNSTOP
toll-free number               the same, but for YES                       START, UNSTOP (the network's words)
short code by itself           nothing                                     nothing: nobody is blocked
=============================  ==========================================  =================================

Sources: https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out and
article 223134027 of Twilio's help center.
"""

import re

from giftpulse.daily.inbound.hear import Heard
from giftpulse.daily.inbound.stop import TWILIO_STOP

_START = frozenset({"START", "UNSTOP"})
_HELP = frozenset({"HELP", "INFO"})
_MARKS = frozenset({"STOP", "START", "HELP"})
_SHORT_CODE = re.compile(r"\d{3,8}\Z", re.ASCII)
_TOLL_FREE = re.compile(r"\+1(?:800|833|844|855|866|877|888)", re.ASCII)


def twilio_replied(text: Heard) -> str | None:
    """Why Twilio has answered this text already, in words for the record; None when it has not."""
    if mark := _mark(text):
        return f"Twilio has answered (OptOutType {mark})"
    if not keeps_list(text):
        return None
    word = text.body.strip().upper()
    return f"Twilio answers {word} itself" if word in TWILIO_STOP | _start_words(text) | _HELP else None


def unblocks(text: Heard) -> bool:
    """Whether texts to this person are possible after this one, for all that Twilio does."""
    if mark := _mark(text):
        return mark == "START"
    return not keeps_list(text) or text.body.strip().upper() in _start_words(text)


def keeps_list(text: Heard) -> bool:
    """Whether Twilio keeps a list of those who said STOP to what this text was written to."""
    return text.messaging_service_sid is not None or not _SHORT_CODE.match(text.to)


def _start_words(text: Heard) -> frozenset[str]:
    return _START if _TOLL_FREE.match(text.to) else _START | {"YES"}


def _mark(text: Heard) -> str | None:
    mark = (text.opt_out_type or "").strip().upper()
    return mark if mark in _MARKS else None
