"""Settings that the containers get: their names, and where each comes from. A house test holds them to what exists."""

PLAIN = ("DATABASE_URL", "DATABASE_POOL_SIZE", "PUBLIC_URL", "METRICS_EMF", "LOG_FORMAT")
"""Set in the open: no secret is in them."""

OF_CACHE = ("REDIS_URL",)
"""The same, where there is a Redis."""

OF_DATABASE = {"DATABASE_USER": "username", "DATABASE_PASSWORD": "password"}
"""Keys of the secret that is made with the database."""

GENERATED = ("SECRET_KEY", "GIFTPULSE_ADMIN_TOKEN")
"""Random, made once with the stack, a secret each."""

OF_CACHE_SECRET = "REDIS_PASSWORD"  # noqa: S105  # its name
"""Random, made with the cache."""

OF_PARAMETERS = (
    "BODY_RETENTION_DAYS",
    "CORS_ORIGINS",
    "FIRST_POLL_HOURS",
    "HEARTBEAT_INTERVAL_SECONDS",
    "LOG_LEVEL",
    "OPENAI_BASE_URL",
    "OPENAI_DAILY_COST_LIMIT_USD",
    "OPENAI_DAILY_TOKEN_LIMIT",
    "OPENAI_MODEL",
    "OPENAI_REQUESTS_PER_MINUTE",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_SERVICE_NAME",
    "POLL_INTERVAL_SECONDS",
    "RETENTION_DAYS",
    "SMTP_PORT",
    "SMTP_TLS",
    "STORE_BODIES",
    "TWILIO_API_URL",
    "TWILIO_MONITOR_URL",
    "TWILIO_TIMEOUT_SECONDS",
    "WEBHOOK_ALLOWED_NETWORKS",
    "WEBHOOK_RETRY_ATTEMPTS",
    "WEBHOOK_TIMEOUT_SECONDS",
)
"""Set in the open by whoever deploys: a parameter of the stack each (``parameter_of``), empty for the default."""

OF_OPENTELEMETRY = {
    "OTEL_RESOURCE_ATTRIBUTES": "",
    "OTEL_TRACES_SAMPLER": "parentbased_always_on",
    "OTEL_TRACES_SAMPLER_ARG": "1.0",
}
"""No settings of ours: the library of traces reads them itself. It warns of an empty sampler: hence the defaults."""

FROM_OPERATOR = (
    "SECRET_KEY_PREVIOUS",
    "TWILIO_ACCOUNT_SID",
    "TWILIO_AUTH_TOKEN",
    "TWILIO_AUTH_TOKEN_PREVIOUS",
    "TWILIO_API_KEY_SID",
    "TWILIO_API_KEY_SECRET",
    "TWILIO_WEBHOOK_SECRET",
    "TWILIO_MESSAGING_SERVICE_SID",
    "TWILIO_FROM_NUMBER",
    "OPENAI_API_KEY",
    "SMTP_HOST",
    "SMTP_USER",
    "SMTP_PASSWORD",
    "SMTP_FROM",
    "HEARTBEAT_URL",
    "OTEL_EXPORTER_OTLP_HEADERS",
)
"""Keys of the one secret that the operator makes by hand. All must be there; an empty value means the default."""

TO_MIGRATE = (*OF_DATABASE, "SECRET_KEY", "SECRET_KEY_PREVIOUS", "OTEL_EXPORTER_OTLP_HEADERS")
"""The secrets without which no command opens the database, while its key is changed, too, or hands over its traces: all
that a migration gets."""

TO_TICK = (*TO_MIGRATE, OF_CACHE_SECRET)
"""All that the beat gets, which asks for rounds and runs none."""

TO_WORK = (*TO_TICK, *(name for name in FROM_OPERATOR if name not in TO_TICK))
"""What rounds and commands get: all but the first admin token, which is for web processes."""


def parameter_of(setting: str) -> str:
    """The parameter of the stack for a setting: ``SmtpPort`` for ``SMTP_PORT``."""
    return "".join(word.capitalize() for word in setting.split("_"))
