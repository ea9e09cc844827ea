"""Whether a text may come from somebody who is about to harm themselves. Recall counts for more than precision."""

import re
from functools import cache

from giftpulse.daily.inbound.phrases import CUT, pattern, phrase_lists, typos
from giftpulse.daily.inbound.words import words

_FOLDER = "danger_words"


def danger_in(body: str) -> str | None:
    """The words that tell of danger, folded; None when there are none, or only as in "dying of laughter"."""
    text = " ".join(typos(_FOLDER).get(word, word) for word in words(body))
    found = _phrases("danger").search(_phrases("harmless").sub(CUT, text))
    return found[0] if found else None


@cache
def _phrases(key: str) -> re.Pattern[str]:
    return pattern(phrase_lists(_FOLDER)[key])
