"""The Twilio account: who we are to Twilio, and which tokens may have signed what Twilio sends us."""

from dataclasses import dataclass

from giftpulse.ground.settings import Settings


@dataclass(frozen=True)
class Account:
    """One account. ``user`` and ``password`` are for Basic authentication: SID and token, or a restricted key."""

    sid: str
    user: str
    password: str
    tokens: tuple[str, ...]
    """Auth tokens, the present one first: Twilio signs with it even when the API is called with a key."""
    shared_keys: tuple[str, ...] = ()
    """Keys of webhooks that are signed with HMAC-SHA256 instead."""


def account_of(settings: Settings) -> Account | None:
    """The account of the settings, or None when none is configured yet."""
    if not settings.twilio_account_sid:
        return None
    tokens = [settings.twilio_auth_token, settings.twilio_auth_token_previous]
    known = tuple(token.get_secret_value() for token in tokens if token and token.get_secret_value())
    if settings.twilio_api_key_sid and settings.twilio_api_key_secret:
        user, password = settings.twilio_api_key_sid, settings.twilio_api_key_secret.get_secret_value()
    else:
        user, password = settings.twilio_account_sid, known[0] if known else ""
    shared = settings.twilio_webhook_secret
    keys = (shared.get_secret_value(),) if shared and shared.get_secret_value() else ()
    return Account(settings.twilio_account_sid, user, password, known, keys)
