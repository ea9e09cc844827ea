"""Never two texts to one person within 20 hours, nor two for one local date, whatever zones and windows do."""

from datetime import date, datetime, timedelta

from giftpulse.daily.schedule.windows import LEAST, Span

APART = timedelta(hours=20)
"""Between two texts to one person. A day with its share unchanged is 23 hours at the least, so that only a person who
moved, or a program whose window did, is held back."""


def earliest(
    send_at: datetime,
    span: Span,
    last_sent_at: datetime | None,
    *,
    local_date: date | None = None,
    last_local_date: date | None = None,
) -> tuple[datetime | None, str]:
    """When the text that is planned for ``send_at`` may go, and why then; None when it no longer fits in its span.

    ``last_sent_at`` and ``last_local_date`` are those of the person's last text, None when there was none.
    """
    if local_date is not None and local_date == last_local_date:
        return None, f"the text of {local_date} was sent already"
    wanted = max(send_at, span.start)
    free = wanted if last_sent_at is None else last_sent_at + APART
    if free <= wanted:
        return (wanted, "as planned") if wanted < span.end else (None, "the window is over")
    last = f"the last text was at {last_sent_at:%Y-%m-%d %H:%M} UTC"
    whole = free if not free.microsecond else free.replace(microsecond=0) + timedelta(seconds=1)
    if whole + LEAST > span.end:
        return None, f"{last}; {APART.seconds // 3600} hours later the window is over"
    return whole, f"moved to {APART.seconds // 3600} hours later: {last}"
