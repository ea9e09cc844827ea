"""Which Twilio is one on this machine."""

import pytest

from giftpulse.ground.settings import load
from giftpulse.twilio.nearness import is_on_loopback


@pytest.mark.parametrize(
    ("url", "near"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://localhost:8000", True),
        ("http://[::1]:8000", True),
        ("https://api.twilio.com", False),
        ("http://10.0.0.1", False),
        ("https://localhost.example.com", False),
        ("https://127.0.0.1.example.com", False),
    ],
)
def test_only_this_machine_is_near(url: str, near: bool) -> None:
    assert is_on_loopback(load(_env_file=None, twilio_api_url=url)) == near
