"""Who has said STOP to whom."""

STOP_WORDS = frozenset({"STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"})
START_WORDS = frozenset({"START", "YES", "UNSTOP"})
HELP_WORDS = frozenset({"HELP", "INFO"})


def opt_out_type(body: str) -> str | None:
    """``STOP``, ``START`` or ``HELP`` when the whole body is such a word, in any case.

    https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out : "Stop please" is none.
    """
    word = body.strip().upper()
    if word in STOP_WORDS:
        return "STOP"
    if word in START_WORDS:
        return "START"
    return "HELP" if word in HELP_WORDS else None


class OptOuts:
    """Pairs of a sender (a number, or a messaging service as a whole) and a person."""

    def __init__(self) -> None:
        self._pairs: set[tuple[str, str]] = set()

    def hear(self, senders: list[str], person: str, said: str | None) -> None:
        """Note what a person said to a number, and to the service that it belongs to."""
        pairs = {(sender, person) for sender in senders}
        if said == "STOP":
            self._pairs |= pairs
        elif said == "START":
            self._pairs -= pairs

    def has(self, sender: str | None, person: str) -> bool:
        """True when the person does not want to hear from this number or service."""
        return (sender, person) in self._pairs

    def __len__(self) -> int:
        return len(self._pairs)
