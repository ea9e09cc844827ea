"""Whether more may be spent on writing: tokens and dollars a day (UTC), requests a minute, over all processes."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from giftpulse.daily.editions.models import WritingAttempt
from giftpulse.ground.settings import Settings

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Spent:
    """What was spent on this day, and asked within the last minute."""

    tokens: int = 0
    cost_micros: int = 0
    requests: int = 0


def spent(session: Session, now: datetime) -> Spent:
    """What the record of attempts says."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    used = func.coalesce(func.sum(WritingAttempt.prompt_tokens + WritingAttempt.completion_tokens), 0)
    paid = func.coalesce(func.sum(WritingAttempt.cost_micros), 0)
    tokens, cost = session.execute(select(used, paid).where(WritingAttempt.at >= midnight)).one()
    lately = select(func.count()).where(WritingAttempt.at > now - _MINUTE).select_from(WritingAttempt)
    return Spent(int(tokens), int(cost), session.scalar(lately) or 0)


def used_up(settings: Settings, spent: Spent) -> str | None:
    """Why nothing more may be written today, or None."""
    if spent.tokens >= settings.openai_daily_token_limit:
        return f"the {settings.openai_daily_token_limit:,} tokens of the day are used up"
    if spent.cost_micros >= settings.openai_daily_cost_limit_usd * 1e6:
        return f"the {settings.openai_daily_cost_limit_usd:g} US dollars of the day are used up"
    return None


def too_fast(settings: Settings, spent: Spent) -> str | None:
    """Why nothing more may be asked in this minute, or None."""
    most = settings.openai_requests_per_minute
    return f"{most} requests were made within a minute" if spent.requests >= most else None
