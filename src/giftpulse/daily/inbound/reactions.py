"""Thumbs and hearts that phones send as texts: ``Liked “…”``, quoting what we had sent.

The quotation is ours, "Reply STOP to opt out" included, so nothing in it is what the person says.
"""

import re
from typing import Literal

from giftpulse.daily.inbound.words import fold

# The end of a long text may be missing.
_QUOTED = r"""\s*["“”„«].*(?:["“”»]|\.\.\.)\s*"""
_LIKED = (
    "liked|loved|laughed at|emphasi[sz]ed|me gusto|le gusto|le encanto|me encanto|le dio risa|a aime|a adore"
    "|j'aime|a ri de|a reagi|exclamo por"
)
_DISLIKED = "disliked|no le gusto|no me gusto|n'a pas aime"
_OTHER = r"questioned|reacted .{1,20} to|removed an? .{1,20} from|a mis en doute|[^\w\s]{1,8} to|[^\w\s]{1,8} a"

Verdict = Literal["positive", "negative", "neutral"]

_VERBS: dict[Verdict, str] = {"positive": _LIKED, "negative": _DISLIKED, "neutral": _OTHER}
_REACTIONS = {verdict: re.compile(rf"(?:{verbs}){_QUOTED}", re.DOTALL) for verdict, verbs in _VERBS.items()}


def reaction(body: str) -> Verdict | None:
    """``positive``, ``negative`` or ``neutral`` when the text is a reaction to a text of ours; else None."""
    text = fold(body)
    return next((verdict for verdict, found in _REACTIONS.items() if found.fullmatch(text)), None)
