"""Who may be taken in again, and by whom. Pure."""

from typing import Literal

from giftpulse.daily.subscribers.models import ACTIVE, ERASED, OPTED_OUT, PENDING, SUPPRESSED

Outcome = Literal["joined", "pending", "already", "returned", "confirmed"]

REFUSALS = {
    OPTED_OUT: "this person has opted out; only they themselves can come back, by the keyword or START",
    SUPPRESSED: "this number cannot be reached and is no longer texted; the person can come back by the keyword",
    ERASED: "this person was erased; only they themselves can come back",
}
"""Why somebody else may not bring back a person of this status."""

STRANGER_LEFT = "this number has sent STOP before it was a subscriber; only they themselves can join"


def outcome_of(known: str | None, wanted: str, *, own_act: bool, form: bool = False) -> Outcome | None:
    """What comes of a wish to be ``wanted`` (active or pending) for a person of status ``known`` (None: new).

    ``own_act``: it is the person themselves who wishes it. ``form``: somebody signed them up on the page, so that who
    is pending is asked once more. None: refused, see ``REFUSALS``.
    """
    if known == ACTIVE:
        return "already"
    if known in REFUSALS and not own_act:
        return None
    if known == PENDING:
        if not own_act:
            return "pending" if form else "already"
        return "confirmed" if wanted == ACTIVE else "pending"
    if wanted == PENDING:
        return "pending"
    return "joined" if known is None else "returned"
