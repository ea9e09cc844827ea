"""The settings: complete, and fit to be used."""

import stat
import zoneinfo
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

from giftpulse.doctor.finding import Finding, fail, ok, warn
from giftpulse.ground import kept_keys, secrets, snapshot, zones
from giftpulse.ground.database import Database
from giftpulse.ground.settings import Settings


def account(settings: Settings) -> Finding:
    """Whether we know the account that is watched."""
    check = "Twilio account"
    if not settings.twilio_account_sid:
        says = "TWILIO_ACCOUNT_SID is not set: nothing is fetched, and webhooks are closed."
        return fail(check, says, "Set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN (Twilio's console shows both).")
    if not settings.twilio_auth_token or not settings.twilio_auth_token.get_secret_value():
        says = "TWILIO_AUTH_TOKEN is not set: Twilio signs webhooks with it, even if an API key is used for requests."
        return warn(check, says + " They are all refused.", "Set TWILIO_AUTH_TOKEN, or live with polling alone.")
    return ok(check, f"{settings.twilio_account_sid} is set, with what signs its webhooks.")


def sender(settings: Settings) -> Finding:
    """Whether messages could be sent. A monitor alone needs no sender."""
    check = "Sender"
    found = settings.twilio_messaging_service_sid or settings.twilio_from_number
    if found:
        return ok(check, f"Messages are sent by {found}.")
    return ok(check, "Neither TWILIO_FROM_NUMBER nor TWILIO_MESSAGING_SERVICE_SID is set: watching works, sending not.")


def key_file(settings: Settings) -> Finding:
    """Whether the key of stored secrets is for its owner's eyes only."""
    check, path = "Key of stored secrets", settings.sqlite_path()
    if settings.secret_key and settings.secret_key.get_secret_value():
        return ok(check, "SECRET_KEY is set.")
    if path is None:
        says = "SECRET_KEY is not set, and only a SQLite file can have a key file beside it."
        return fail(check, says, "Set SECRET_KEY to a long random text, the same for every process.")
    file = secrets.key_file(path)
    if not file.exists() and _keeps_a_key(path):
        says = f"{file} is missing, which holds the key of this database: nothing starts without it."
        mend = "Put it back; if it is lost, write a long random text into it and run `giftpulse keys renew --yes`."
        return fail(check, says, mend)
    if not file.exists():
        return ok(check, f"SECRET_KEY is not set: a key is made beside the database ({file}) on the first start.")
    mode = stat.S_IMODE(file.stat().st_mode)
    if mode & 0o077:
        says = f"{file} can be read by others (mode {mode:o}): it opens every stored secret."
        return fail(check, says, f"chmod 600 {file}")
    return ok(check, f"{file} is for its owner only. Keep a copy: without it stored actions are lost.")


def _keeps_a_key(path: Path) -> bool:
    if not path.exists():
        return False
    with closing(Database(snapshot.address(path))) as database:
        return kept_keys.is_kept(database)


def env_file(settings: Settings) -> Finding:
    """Whether the file of settings, if there is one, is for its owner's eyes only."""
    check, file = "File of settings", Path(str(settings.model_config.get("env_file") or ".env"))
    if not file.is_file():
        return ok(check, f"There is no {file} here: all settings come from the environment.")
    mode = stat.S_IMODE(file.stat().st_mode)
    if mode & 0o077:
        return warn(
            check, f"{file} can be read by others (mode {mode:o}): tokens and keys stand in it.", f"chmod 600 {file}"
        )
    return ok(check, f"{file} is for its owner only.")


def time_zones(_settings: Settings) -> Finding:
    """Whether zones come from the pinned package, and not from the machine's own copy, which may be stale."""
    check = "Time zones"
    if zoneinfo.TZPATH:
        says = f"Zones are read from {', '.join(zoneinfo.TZPATH)}, which may be years old."
        return fail(check, says, "Nothing may change zoneinfo's path after the start; look for reset_tzpath.")
    zones.zone("America/Denver")
    number = len(zoneinfo.available_timezones())
    return ok(check, f"{number} zones from the package tzdata, version {version('tzdata')}.")
