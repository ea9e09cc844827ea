"""The answer to the inbound webhook: the text is obeyed, the transaction committed, and then it is answered."""

from collections.abc import Callable

from giftpulse.daily.inbound.answer import answer
from giftpulse.daily.inbound.hear import Form, from_form
from giftpulse.ground import clock
from giftpulse.ground.site import Site


def make_answer(site: Site) -> Callable[[Form], str | None]:
    """A function that obeys the text of a webhook and answers what is to be said to it, None for nothing."""

    def reply_to(form: Form) -> str | None:
        now = clock.now()
        text = from_form(form, now)
        if text is None:
            return None
        with site.database.begin() as session:
            return answer(session, site, text, now).reply

    return reply_to
