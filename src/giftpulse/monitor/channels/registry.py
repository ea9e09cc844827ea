"""All channels by the name that ``POST /api/actions`` has for them."""

from giftpulse.ground.errors import InvalidInputError
from giftpulse.monitor.channels.channel import Channel
from giftpulse.monitor.channels.email import EmailChannel
from giftpulse.monitor.channels.webhook import WebhookChannel

_ALL: tuple[Channel, ...] = (EmailChannel(), WebhookChannel())
CHANNELS: dict[str, Channel] = {channel.action_type: channel for channel in _ALL}


def channel_for(action_type: str, field: str = "action_type") -> Channel:
    """The channel of an action. Raises InvalidInputError at ``field`` for a type that we cannot deliver."""
    try:
        return CHANNELS[action_type]
    except KeyError:
        reason = f"must be one of {', '.join(CHANNELS)}"
        raise InvalidInputError.at(field, reason) from None
