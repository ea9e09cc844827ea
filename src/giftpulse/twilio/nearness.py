"""Whether the Twilio of the settings is a real one, or one on this machine (the simulator, a mock)."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from giftpulse.ground.settings import Settings


def is_on_loopback(settings: Settings) -> bool:
    """Whether texts go no further than this machine."""
    host = urlsplit(settings.twilio_api_url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
