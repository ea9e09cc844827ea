"""The rules that the texts of a program must keep to."""

import json

from giftpulse.daily.editions.check import TextRules
from giftpulse.daily.programs.models import Program


def rules_of(program: Program, language: str) -> TextRules:
    """The rules for a text in this language. The footer has to fit even if it comes with some texts only."""
    return TextRules(
        max_segments=program.max_segments,
        banned_words=tuple(json.loads(program.banned_words)),
        language=language,
        footer=program.footer if program.footer_every else "",
    )
