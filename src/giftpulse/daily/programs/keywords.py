"""The word by which people join a program. Words that mean something already cannot be it."""

import re

# Twilio answers these itself (advanced-opt-out), so that both of us would reply.
_TWILIOS = "START YES UNSTOP STOP UNSUBSCRIBE END QUIT STOPALL REVOKE OPTOUT CANCEL HELP INFO"
# What people write instead of them, and commands of our own.
_ALIKE = (
    "OPTIN SUBSCRIBE RESUBSCRIBE NO OK SI EMPEZAR COMENZAR INICIAR ALTO PARAR PARE BAJA CANCELAR AYUDA OUI COMMENCER "
    "DEMARRER ARRET ARRETER STOPPER DESABONNER ANNULER AIDE PAUSE RESUME CONTINUE NAME TZ ZONE TIME"
)

RESERVED = frozenset([*_TWILIOS.split(), *_ALIKE.split()])
"""Words that are no join keyword."""

_WORD = re.compile(r"[A-Z0-9]{2,20}\Z")


def keyword(text: str) -> str:
    """The join keyword in upper case. Raises ``ValueError`` for what is not one word, or means something else."""
    word = text.strip().upper()
    if not _WORD.match(word):
        raise ValueError("expected one word of 2 to 20 letters and digits, such as DAILY")
    if word in RESERVED:
        raise ValueError(f"{word} means something else to Twilio, to carriers or to us; expected a word such as DAILY")
    if word.isdigit():
        raise ValueError("expected a word with a letter in it: people answer with numbers for other reasons")
    return word
