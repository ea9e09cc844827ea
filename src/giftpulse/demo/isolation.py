"""The demo's settings: every one written here, and nothing read from the environment or from a ``.env`` file."""

import secrets
from pathlib import Path
from typing import Any

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from giftpulse.demo.fake_openai import KEY
from giftpulse.ground.settings import Settings

SENDER = "GiftPulse demo <giftpulse@demo.example>"


class DemoSettings(Settings):
    """Settings that are what they are given. A real account's credentials in the environment cannot get in."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is given counts."""
        return (init_settings,)


def demo_settings(
    folder: Path, address: str, twilio: str, account: tuple[str, str], mail_port: int, openai: str
) -> DemoSettings:
    """Settings for our service at ``address``, with its database in ``folder``, Twilio at ``twilio`` and OpenAI at
    ``openai``.

    ``account``: SID and auth token.
    """
    values: dict[str, Any] = {
        "database_url": f"sqlite:///{folder / 'demo.db'}",
        "secret_key": secrets.token_urlsafe(32),
        "public_url": address,
        "twilio_account_sid": account[0],
        "twilio_auth_token": account[1],
        "twilio_api_url": twilio,
        "twilio_monitor_url": twilio,
        "openai_api_key": KEY,
        "openai_base_url": openai,
        "twilio_timeout_seconds": 10,
        "poll_interval_seconds": 5,
        "smtp_host": "127.0.0.1",
        "smtp_port": mail_port,
        "smtp_tls": "none",
        "smtp_from": SENDER,
        "webhook_timeout_seconds": 5,
        "webhook_allowed_networks": ["127.0.0.0/8"],
        "giftpulse_admin_token": f"demo-{secrets.token_hex(6)}",
    }
    return DemoSettings(**values)
