"""What writing costs today (UTC), and what it may cost."""

from collections.abc import Iterator
from datetime import datetime

from prometheus_client.core import Metric
from sqlalchemy.orm import Session

from giftpulse.daily.editions import budget
from giftpulse.ground.site import Site
from giftpulse.metrics.families import gauge, one


def collect(session: Session, site: Site, now: datetime) -> Iterator[Metric]:
    """Two queries."""
    spent, settings = budget.spent(session, now), site.settings
    yield gauge("giftpulse_openai_tokens_today", "Tokens used for writing since midnight UTC", one(spent.tokens))
    yield gauge(
        "giftpulse_openai_tokens_limit", "Tokens that writing may use a day", one(settings.openai_daily_token_limit)
    )
    yield gauge(
        "giftpulse_openai_cost_dollars_today",
        "US dollars spent on writing since midnight UTC",
        one(spent.cost_micros / 1e6),
    )
    yield gauge(
        "giftpulse_openai_cost_dollars_limit",
        "US dollars that writing may cost a day",
        one(settings.openai_daily_cost_limit_usd),
    )
    yield gauge(
        "giftpulse_openai_requests_last_minute",
        "Requests to the writing service within the last minute",
        one(spent.requests),
    )
