"""Settings from the environment or ``.env``. A wrong one stops the start, with its name and what is expected.

Every variable is described in ``.env.example``; a house test keeps the two in step.
"""

import ipaddress
import json
import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import unquote

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from giftpulse.ground import redis_address
from giftpulse.ground.errors import SettingsError
from giftpulse.ground.logins import with_login

_E164 = re.compile(r"\+[1-9]\d{6,14}\Z")
_SHORT_CODE = re.compile(r"\d{3,8}\Z")
_HEADER = re.compile(r"[\w!#$&'*+.^`|~-]+ *= *[\x20-\x7e]+\Z", re.ASCII)

_LOGINS = (
    ("database_url", "database_user", "database_password"),
    ("redis_url", None, "redis_password"),
)
"""Addresses, and the settings that hold the login of each."""


class Settings(BaseSettings):
    """All settings of an installation. Names in the environment are these in upper case."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", env_ignore_empty=True, extra="ignore", frozen=True
    )

    database_url: str = Field("sqlite:///giftpulse.db", description="SQLite file or Postgres address")
    database_user: str | None = Field(None, description="Name for Postgres, put into a DATABASE_URL that has none")
    database_password: SecretStr | None = Field(
        None, description="Password for Postgres, put into a DATABASE_URL that has none"
    )
    database_pool_size: int = Field(20, ge=10, le=200, description="Postgres connections a process may hold")
    redis_url: str | None = Field(None, description="Redis address; not needed by `giftpulse up`")
    redis_password: SecretStr | None = Field(None, description="Password for Redis, put into a REDIS_URL that has none")
    secret_key: SecretStr | None = Field(
        None, description="Encrypts stored secrets: 16 characters or more; by default a file beside the SQLite database"
    )
    secret_key_previous: SecretStr | None = Field(
        None,
        description="Keys before a rotation, the newest first: they still open what they locked (JSON list or commas)",
    )
    public_url: str | None = Field(
        None, description="Where Twilio and people reach us, such as https://pulse.example.org"
    )
    cors_origins: Annotated[list[str], NoDecode] = Field(
        default_factory=list, description="Origins whose pages may call the API (JSON list or commas)"
    )

    twilio_account_sid: str | None = Field(None, description="AC and 32 hexadecimal digits")
    twilio_auth_token: SecretStr | None = Field(None, description="The account's auth token; signs webhooks")
    twilio_auth_token_previous: SecretStr | None = Field(
        None, description="The token before a rotation, still accepted"
    )
    twilio_api_key_sid: str | None = Field(
        None, description="SK and 32 digits: a restricted key, used instead of the token"
    )
    twilio_api_key_secret: SecretStr | None = Field(None, description="The restricted key's secret")
    twilio_webhook_secret: SecretStr | None = Field(
        None, description="Shared key of webhooks that Twilio signs with HMAC-SHA256"
    )
    twilio_from_number: str | None = Field(None, description="Sender: a number such as +15551234567")
    twilio_messaging_service_sid: str | None = Field(None, description="Sender: MG and 32 hexadecimal digits")
    twilio_api_url: str = Field("https://api.twilio.com", description="Base address of the REST API")
    twilio_monitor_url: str = Field("https://monitor.twilio.com", description="Base address of the Monitor API")
    twilio_timeout_seconds: float = Field(30, gt=0, le=60, description="Seconds that one request to Twilio may take")

    openai_api_key: SecretStr | None = Field(None, description="Key of the service that writes messages (daily half)")
    openai_base_url: str | None = Field(None, description="Any OpenAI-compatible address")
    openai_model: str = Field("gpt-4.1-mini", description="The model that writes")
    openai_daily_token_limit: int = Field(
        500_000, ge=0, description="Tokens for writing a day (UTC); beyond them, texts come from the library"
    )
    openai_daily_cost_limit_usd: float = Field(
        5.0, ge=0, description="US dollars for writing a day (UTC); beyond them, texts come from the library"
    )
    openai_requests_per_minute: int = Field(30, ge=1, description="Requests for writing a minute")

    smtp_host: str | None = Field(None, description="Mail server; without it e-mail actions fail, visibly")
    smtp_port: int = Field(587, ge=1, le=65535, description="Its port: 587 for STARTTLS, 465 for TLS, 25 for a relay")
    smtp_user: str | None = Field(None, description="Login name, if the server wants one")
    smtp_password: SecretStr | None = Field(None, description="Login password")
    smtp_tls: Literal["none", "starttls", "tls"] = Field(
        "starttls", description="How the mail server is spoken to: none, starttls or tls"
    )
    smtp_from: str | None = Field(None, description="Sender address of e-mails")

    poll_interval_seconds: int = Field(300, ge=1, le=86400, description="Seconds between two polls of Twilio")
    first_poll_hours: int = Field(24, ge=1, le=720, description="Hours that the very first poll looks back")
    webhook_timeout_seconds: float = Field(
        30, gt=0, le=120, description="Seconds that the receiver of a notification may take"
    )
    webhook_retry_attempts: int = Field(3, ge=0, le=20, description="Retries after a failed notification")
    webhook_allowed_networks: Annotated[list[str], NoDecode] = Field(
        default_factory=list, description="Private networks that webhooks may reach (JSON list or commas)"
    )
    retention_days: int = Field(400, ge=7, le=3650, description="Days that logs, changes and alerts are kept")
    body_retention_days: int = Field(30, ge=4, le=3650, description="Days that message bodies and raw JSON are kept")
    store_bodies: bool = Field(True, description="false: message bodies are never stored")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = Field(
        "INFO", description="How much our own log tells: DEBUG, INFO, WARNING, ERROR or CRITICAL"
    )
    log_format: Literal["json", "text"] = Field(
        "json", description="Our own log: json for machines, text for a terminal"
    )
    giftpulse_admin_token: SecretStr | None = Field(
        None, description="An admin API token to start with; 16 characters or more"
    )
    heartbeat_url: SecretStr | None = Field(
        None, description="Address that hears of us while all is well, and tells somebody when it hears nothing"
    )
    heartbeat_interval_seconds: int = Field(60, ge=10, le=3600, description="Seconds between two heartbeats")
    metrics_emf: bool = Field(
        False, description="true: metrics once a minute on standard output, as Amazon CloudWatch reads them (EMF)"
    )

    otel_exporter_otlp_endpoint: str | None = Field(
        None, description="Collector of traces, OTLP over HTTP, such as http://127.0.0.1:4318; none without it"
    )
    otel_exporter_otlp_headers: SecretStr | None = Field(
        None, description="What the collector wants to see, such as a key: name=value, with commas between"
    )
    otel_service_name: str = Field("giftpulse", description="What we are called in traces")

    @model_validator(mode="before")
    @classmethod
    def _logins(cls, values: dict[str, Any]) -> dict[str, Any]:
        for address, user, password in _LOGINS:
            if isinstance(given := values.get(address), str):
                login = (_plain(values.get(name)) if name else None for name in (user, password))
                values = {**values, address: with_login(given, *login)}
        return values

    @field_validator("database_url")
    @classmethod
    def _database_url(cls, value: str) -> str:
        # Short for it, as the commands that copy databases take it and tell it.
        value = re.sub(r"\Asqlite:(?!//)", "sqlite:///", value)
        # SQLAlchemy's default driver for postgresql:// has changed before; we always mean psycopg 3.
        value = re.sub(r"\Apostgres(ql)?(\+\w+)?://", "postgresql+psycopg://", value)
        try:
            backend = make_url(value).get_backend_name()
        except ArgumentError as error:
            raise ValueError("expected sqlite:///file.db or postgresql://user:password@host/name") from error
        if backend not in ("sqlite", "postgresql"):
            raise ValueError(f"expected a sqlite or postgresql address, not {backend}")
        return value

    @field_validator("redis_url")
    @classmethod
    def _redis_url(cls, value: str | None) -> str | None:
        return redis_address.understood(value) if value else None

    @field_validator("secret_key", "giftpulse_admin_token")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and value.get_secret_value() and len(value.get_secret_value()) < 16:
            raise ValueError("expected at least 16 characters")
        return value

    @field_validator("secret_key_previous")
    @classmethod
    def _each_long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and any(len(key) < 16 for key in _parts(value.get_secret_value())):
            raise ValueError("expected keys of at least 16 characters: with commas between, or as a JSON list")
        return value

    @property
    def twilio_messaging_url(self) -> str:
        """Base address of the API of messaging services: a host of its own at Twilio, the same as ever elsewhere."""
        at_twilio = self.twilio_api_url == Settings.model_fields["twilio_api_url"].default
        return "https://messaging.twilio.com" if at_twilio else self.twilio_api_url

    @field_validator(
        "public_url", "twilio_api_url", "twilio_monitor_url", "openai_base_url", "otel_exporter_otlp_endpoint"
    )
    @classmethod
    def _web_address(cls, value: str | None) -> str | None:
        if value is not None and not re.match(r"https?://[^/\s?#]+(/[^\s?#]*)?\Z", value):
            raise ValueError("expected an address such as https://host or https://host/path")
        return value.rstrip("/") if value else value

    @field_validator("heartbeat_url")
    @classmethod
    def _heartbeat_address(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not re.match(r"(https?://[^/\s?#@]+([/?]\S*)?)?\Z", value.get_secret_value()):
            raise ValueError("expected an address such as https://host/path")
        return value

    @field_validator("otel_exporter_otlp_headers")
    @classmethod
    def _headers(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not all(map(_HEADER.match, _parts(value.get_secret_value()))):
            raise ValueError("expected name=value, with commas between; a comma in a value is %2C")
        return value

    @field_validator("twilio_account_sid", "twilio_api_key_sid", "twilio_messaging_service_sid")
    @classmethod
    def _sid(cls, value: str | None, info: object) -> str | None:
        prefix = {"twilio_account_sid": "AC", "twilio_api_key_sid": "SK"}.get(getattr(info, "field_name", ""), "MG")
        if value and not re.match(rf"{prefix}[0-9a-fA-F]{{32}}\Z", value):
            raise ValueError(f"expected {prefix} followed by 32 hexadecimal digits")
        return value or None

    @field_validator("twilio_from_number")
    @classmethod
    def _sender(cls, value: str | None) -> str | None:
        if value and not (_E164.match(value) or _SHORT_CODE.match(value)):
            raise ValueError("expected a number with + and country code, such as +15551234567, or a short code")
        return value or None

    @field_validator("webhook_allowed_networks", "cors_origins", mode="before")
    @classmethod
    def _commas(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return _parts(value)

    @field_validator("webhook_allowed_networks")
    @classmethod
    def _networks(cls, value: list[str]) -> list[str]:
        for network in value:
            try:
                ipaddress.ip_network(network)
            except ValueError as error:
                raise ValueError(f"{network!r} is not a network such as 10.0.0.0/8 ({error})") from error
        return value

    @model_validator(mode="after")
    def _pairs(self) -> Self:
        if self.twilio_account_sid and not (self.twilio_auth_token or self.twilio_api_key_sid):
            raise ValueError("TWILIO_ACCOUNT_SID is set: expected TWILIO_AUTH_TOKEN as well (or an API key)")
        if bool(self.twilio_api_key_sid) != bool(self.twilio_api_key_secret):
            raise ValueError("TWILIO_API_KEY_SID and TWILIO_API_KEY_SECRET: expected both or none")
        if self.smtp_host and not self.smtp_from:
            raise ValueError("SMTP_HOST is set: expected SMTP_FROM, the sender address, as well")
        return self

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a SQLite file (the embedded form)."""
        return self.database_url.startswith("sqlite")

    def previous_keys(self) -> tuple[str, ...]:
        """What ``SECRET_KEY`` was before, the newest first."""
        return tuple(_parts(self.secret_key_previous.get_secret_value())) if self.secret_key_previous else ()

    def otlp_headers(self) -> dict[str, str]:
        """Names and values of ``OTEL_EXPORTER_OTLP_HEADERS``."""
        given = self.otel_exporter_otlp_headers.get_secret_value() if self.otel_exporter_otlp_headers else ""
        pairs = (part.partition("=") for part in _parts(given))
        return {name.strip().lower(): unquote(value.strip()) for name, _, value in pairs}

    def sqlite_path(self) -> Path | None:
        """The SQLite file, or None for Postgres and for a database in memory."""
        name = make_url(self.database_url).database
        return Path(name) if self.is_sqlite and name and name != ":memory:" else None


def load(**overrides: object) -> Settings:
    """Read the settings. Raises :class:`SettingsError` with every wrong variable and what is expected of it."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # values are validated by pydantic
    except ValidationError as error:
        lines = [_explain(dict(problem)) for problem in error.errors(include_url=False)]
        raise SettingsError("\n".join(lines)) from None


def _parts(value: str) -> list[str]:
    if value.lstrip().startswith("["):
        return [str(each) for each in json.loads(value)]  # a malformed list is a ValueError, which pydantic reports
    return [part.strip() for part in value.split(",") if part.strip()]


def _plain(value: object) -> str | None:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value) if value else None


def _explain(problem: dict[str, object]) -> str:
    where = problem["loc"]
    assert isinstance(where, tuple)
    message = str(problem["msg"]).removeprefix("Value error, ")
    if not where:
        return message
    name = str(where[0])
    meaning = Settings.model_fields[name].description if name in Settings.model_fields else None
    return f"{name.upper()}: {message}" + (f" ({meaning})" if meaning else "")
