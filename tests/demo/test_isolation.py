"""A real account's credentials, in the environment or in a .env file, never get into the demo."""

from pathlib import Path

import pytest

from giftpulse.demo.isolation import DemoSettings, demo_settings
from giftpulse.ground.settings import Settings

REAL = {
    "TWILIO_ACCOUNT_SID": "AC" + "1" * 32,
    "TWILIO_AUTH_TOKEN": "a real token",
    "TWILIO_AUTH_TOKEN_PREVIOUS": "an older real token",
    "TWILIO_API_KEY_SID": "SK" + "2" * 32,
    "TWILIO_API_KEY_SECRET": "a real secret",
    "TWILIO_WEBHOOK_SECRET": "a real shared key",
    "TWILIO_API_URL": "https://api.twilio.com",
    "TWILIO_MONITOR_URL": "https://monitor.twilio.com",
    "DATABASE_URL": "postgresql://real@db.example/giftpulse",
    "SMTP_HOST": "mail.example.com",
    "SMTP_USER": "real",
    "SMTP_PASSWORD": "a real password",
    "OPENAI_API_KEY": "sk-real",
    "OPENAI_BASE_URL": "https://api.openai.com/v1",
    "PUBLIC_URL": "https://pulse.example.com",
    "GIFTPULSE_ADMIN_TOKEN": "a real admin token",
    "CORS_ORIGINS": "not even valid [",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "https://traces.example.com",
    "OTEL_EXPORTER_OTLP_HEADERS": "api-key=a real one",
}


def made(folder: Path) -> Settings:
    account = ("AC" + "5e" * 16, "simulated")
    return demo_settings(folder, "http://127.0.0.1:8000", "http://127.0.0.1:9", account, 2525, "http://127.0.0.1:10/v1")


@pytest.mark.parametrize("way", ["environment", "file"])
def test_nothing_of_the_users_gets_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    monkeypatch.chdir(tmp_path)
    if way == "environment":
        for name, value in REAL.items():
            monkeypatch.setenv(name, value)
    else:
        Path(".env").write_text("".join(f"{name}='{value}'\n" for name, value in REAL.items()))
    settings = made(tmp_path)
    everything = repr(settings) + repr([
        value.get_secret_value() for value in dict(settings).values() if hasattr(value, "get_secret_value")
    ])  # fmt: skip
    for value in REAL.values():
        assert value not in everything
    assert settings.twilio_account_sid == "AC" + "5e" * 16
    assert settings.twilio_api_key_sid is None
    assert settings.smtp_user is None


def test_every_address_that_is_spoken_to_is_on_loopback(tmp_path: Path) -> None:
    settings = made(tmp_path)
    for name in ("public_url", "twilio_api_url", "twilio_monitor_url", "openai_base_url"):
        assert str(getattr(settings, name)).startswith("http://127.0.0.1:"), name
    assert settings.smtp_host == "127.0.0.1"
    assert settings.webhook_allowed_networks == ["127.0.0.0/8"]
    assert settings.database_url == f"sqlite:///{tmp_path / 'demo.db'}"


def test_a_setting_that_is_left_out_has_its_default_and_not_the_environments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")
    assert DemoSettings().log_level == Settings.model_fields["log_level"].default
