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

FROM_OPERATOR = (
    "SECRET_KEY_PREVIOUS",
    "TWILIO_ACCOUNT_SID",
    "TWILIO_AUTH_TOKEN",
    "TWILIO_AUTH_TOKEN_PREVIOUS",
    "TWILIO_API_KEY_SID",
    "TWILIO_API_KEY_SECRET",
    "TWILIO_MESSAGING_SERVICE_SID",
    "TWILIO_FROM_NUMBER",
    "OPENAI_API_KEY",
    "SMTP_HOST",
    "SMTP_USER",
    "SMTP_PASSWORD",
    "SMTP_FROM",
    "HEARTBEAT_URL",
)
"""Keys of the one secret that the operator makes by hand. All must be there; an empty value means the default."""
