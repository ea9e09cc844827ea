"""Settings: a wrong one stops the start with its name and what is expected; secrets are never shown."""

from pathlib import Path

import pytest

from giftpulse.ground.errors import SettingsError
from giftpulse.ground.settings import Settings, load
from giftpulse.ground.site import open_site

SID = "AC" + "0" * 32


def given(monkeypatch: pytest.MonkeyPatch, **values: str) -> Settings:
    """The settings of an environment with these variables, and no file."""
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return load(_env_file=None)


def test_nothing_has_to_be_set() -> None:
    settings = load(_env_file=None)
    assert settings.database_url == "sqlite:///giftpulse.db"
    assert load(_env_file=None, database_url="sqlite:other.db").database_url == "sqlite:///other.db"
    assert load(_env_file=None, database_url="sqlite:/data/other.db").database_url == "sqlite:////data/other.db"
    assert (settings.poll_interval_seconds, settings.webhook_timeout_seconds) == (300, 30)
    assert (settings.webhook_retry_attempts, settings.log_level) == (3, "INFO")
    assert settings.twilio_api_url == "https://api.twilio.com"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("DATABASE_URL", "mysql://host/name", "expected a sqlite or postgresql address, not mysql"),
        ("DATABASE_URL", "giftpulse.db", "expected sqlite:///file.db or postgresql://"),
        ("DATABASE_POOL_SIZE", "0", "greater than or equal to 10"),
        ("SECRET_KEY", "short", "at least 16 characters"),
        ("GIFTPULSE_ADMIN_TOKEN", "short", "at least 16 characters"),
        ("PUBLIC_URL", "pulse.example.org", "expected an address such as https://host"),
        ("PUBLIC_URL", "https://pulse.example.org?x=1", "expected an address such as https://host"),
        ("TWILIO_ACCOUNT_SID", "AC123", "expected AC followed by 32 hexadecimal digits"),
        ("TWILIO_API_KEY_SID", "AC" + "0" * 32, "expected SK followed by 32 hexadecimal digits"),
        ("TWILIO_MESSAGING_SERVICE_SID", "MG", "expected MG followed by 32 hexadecimal digits"),
        ("TWILIO_FROM_NUMBER", "555-1234", "expected a number with + and country code"),
        ("TWILIO_API_URL", "api.twilio.example", "expected an address such as https://host"),
        ("TWILIO_TIMEOUT_SECONDS", "0", "greater than 0"),
        ("OPENAI_BASE_URL", "localhost:8080", "expected an address such as https://host"),
        ("SMTP_PORT", "70000", "less than or equal to 65535"),
        ("SMTP_TLS", "ssl", "'none', 'starttls' or 'tls'"),
        ("POLL_INTERVAL_SECONDS", "five minutes", "valid integer"),
        ("POLL_INTERVAL_SECONDS", "0", "greater than or equal to 1"),
        ("FIRST_POLL_HOURS", "1000", "less than or equal to 720"),
        ("WEBHOOK_TIMEOUT_SECONDS", "-1", "greater than 0"),
        ("WEBHOOK_RETRY_ATTEMPTS", "99", "less than or equal to 20"),
        ("WEBHOOK_ALLOWED_NETWORKS", "10.0.0.0/8,home", "'home' is not a network such as 10.0.0.0/8"),
        ("WEBHOOK_ALLOWED_NETWORKS", "10.0.0.1/8", "has host bits set"),
        ("WEBHOOK_ALLOWED_NETWORKS", "[", "WEBHOOK_ALLOWED_NETWORKS"),
        ("CORS_ORIGINS", '["https://a.example"', "CORS_ORIGINS"),
        ("RETENTION_DAYS", "0", "greater than or equal to 7"),
        ("BODY_RETENTION_DAYS", "-1", "greater than or equal to 4"),
        ("STORE_BODIES", "perhaps", "valid boolean"),
        ("LOG_LEVEL", "LOUD", "'DEBUG', 'INFO', 'WARNING', 'ERROR' or 'CRITICAL'"),
        ("LOG_FORMAT", "xml", "'json' or 'text'"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318", "https://host"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "a-key-alone", "name=value"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "one=1,=2", "name=value"),
    ],
)
def test_a_wrong_value_stops_with_its_name_and_what_is_expected(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, expected: str
) -> None:
    with pytest.raises(SettingsError) as stopped:
        given(monkeypatch, **{name: value})
    assert str(stopped.value).startswith(f"{name}: ")
    assert expected in str(stopped.value)
    meaning = Settings.model_fields[name.lower()].description
    assert meaning
    assert meaning in str(stopped.value)


def test_everything_wrong_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError) as stopped:
        given(monkeypatch, SMTP_PORT="x", LOG_LEVEL="x", RETENTION_DAYS="x")
    assert [line.split(":")[0] for line in str(stopped.value).splitlines()] == [
        "SMTP_PORT", "RETENTION_DAYS", "LOG_LEVEL",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"TWILIO_ACCOUNT_SID": SID}, "expected TWILIO_AUTH_TOKEN as well"),
        ({"TWILIO_API_KEY_SID": "SK" + "0" * 32}, "expected both or none"),
        ({"TWILIO_API_KEY_SECRET": "secret-secret"}, "expected both or none"),
        ({"SMTP_HOST": "mail.example.com"}, "expected SMTP_FROM"),
    ],
)
def test_what_belongs_together_must_come_together(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, str], expected: str
) -> None:
    with pytest.raises(SettingsError, match=expected):
        given(monkeypatch, **values)


def test_a_wrong_secret_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError) as stopped:
        given(monkeypatch, SECRET_KEY="hunter22")
    assert "hunter22" not in str(stopped.value)


@pytest.mark.parametrize(
    "value",
    ['["10.0.0.0/8", "fd00::/8"]', "10.0.0.0/8,fd00::/8", " 10.0.0.0/8 , fd00::/8 ,", ' ["10.0.0.0/8","fd00::/8"]'],
)
def test_lists_are_json_or_commas(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    settings = given(monkeypatch, WEBHOOK_ALLOWED_NETWORKS=value, CORS_ORIGINS="https://a.example,https://b.example")
    assert settings.webhook_allowed_networks == ["10.0.0.0/8", "fd00::/8"]
    assert settings.cors_origins == ["https://a.example", "https://b.example"]


def test_an_empty_value_means_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [name.upper() for name in Settings.model_fields]
    assert given(monkeypatch, **dict.fromkeys(names, "")) == Settings(_env_file=None)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg", "postgresql+asyncpg"])
def test_postgres_is_always_spoken_to_by_psycopg_3(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    settings = given(monkeypatch, DATABASE_URL=f"{scheme}://me:pass@host/name")
    assert settings.database_url == "postgresql+psycopg://me:pass@host/name"
    assert settings.sqlite_path() is None


def test_addresses_lose_their_last_slash(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = given(monkeypatch, TWILIO_API_URL="http://127.0.0.1:8080/", PUBLIC_URL="https://a.example/b/")
    assert (settings.twilio_api_url, settings.public_url) == ("http://127.0.0.1:8080", "https://a.example/b")


@pytest.mark.parametrize(
    ("given_", "headers"),
    [
        (None, {}),
        ("api-key=k", {"api-key": "k"}),
        ("Authorization=Basic%20dXM6cHc=, X-Team = a%2Cb,", {"authorization": "Basic dXM6cHc=", "x-team": "a,b"}),
    ],
)
def test_headers_for_the_collector_are_read_as_its_makers_say(
    monkeypatch: pytest.MonkeyPatch, given_: str | None, headers: dict[str, str]
) -> None:
    values = {} if given_ is None else {"OTEL_EXPORTER_OTLP_HEADERS": given_}
    assert given(monkeypatch, **values).otlp_headers() == headers


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("# ours\nPOLL_INTERVAL_SECONDS=60\nRETENTION_DAYS=7\nSOMETHING_ELSE=1\n")
    monkeypatch.setenv("RETENTION_DAYS", "8")
    settings = load(_env_file=file)
    assert (settings.poll_interval_seconds, settings.retention_days) == (60, 8)


def test_secrets_are_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = [name for name in Settings.model_fields if "SecretStr" in str(Settings.model_fields[name].annotation)]
    assert len(secret) >= 7
    values = {name.upper(): f"hidden-value-of-{name}" for name in secret}
    values["HEARTBEAT_URL"] = "https://beats.example/hidden-value"
    values["OTEL_EXPORTER_OTLP_HEADERS"] = "key=hidden-value"
    settings = given(
        monkeypatch, **values, TWILIO_ACCOUNT_SID=SID, TWILIO_API_KEY_SID="SK" + "0" * 32, TWILIO_FROM_NUMBER="12345"
    )
    assert "hidden-value" not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"
    assert settings.twilio_auth_token_previous is not None
    assert settings.twilio_auth_token_previous.get_secret_value() == "hidden-value-of-twilio_auth_token_previous"


def test_settings_cannot_be_changed_afterwards() -> None:
    settings = load(_env_file=None)
    with pytest.raises(ValueError, match="frozen"):
        settings.retention_days = 1  # type: ignore[misc]


def test_postgres_needs_a_key_of_its_own() -> None:
    with pytest.raises(SettingsError, match="SECRET_KEY: expected a long random text"):
        open_site(load(_env_file=None, database_url="postgresql://nobody@127.0.0.1:9/none"))


def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="DATABASE_URL: expected a place that can be written to"):
        open_site(load(_env_file=None, database_url=f"sqlite:///{tmp_path}/file/below/x.db"))
