"""What an alert says in one line."""

from collections.abc import Mapping
from datetime import timedelta

from giftpulse.monitor.rules.language import RuleSpec, Threshold


def summary_of(spec: RuleSpec, labels: Mapping[str, str | None], count: int) -> str:
    """Such as ``SMS blocked: 12 matches within 5 minutes (messaging_service_sid MG...)``."""
    if isinstance(spec.trigger, Threshold):
        what = f"{spec.trigger.count} or more matches within {in_words(spec.trigger.within)}"
    else:
        what = "1 match" if count == 1 else f"{count} matches"
    group = ", ".join(f"{label} {value if value is not None else 'none'}" for label, value in labels.items())
    return f"{spec.name}: {what}" + (f" ({group})" if group else "")


def in_words(span: timedelta) -> str:
    """A duration as people say it: ``5 minutes``, ``90 seconds``."""
    seconds = int(span.total_seconds())
    for size, name in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size} {name}" + ("s" if seconds != size else "")
    return f"{seconds} second" + ("s" if seconds != 1 else "")
