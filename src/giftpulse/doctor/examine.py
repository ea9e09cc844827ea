"""The whole examination, in order. A check that itself fails says so and stops no other."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from giftpulse.doctor import allowed, collector, database, doors, outside, people, queues, senders, settings, work
from giftpulse.doctor.finding import Finding, fail
from giftpulse.ground.errors import SettingsError
from giftpulse.ground.settings import Settings
from giftpulse.ground.site import Site, open_site

T = TypeVar("T")

OF_SETTINGS: tuple[Callable[[Settings], Finding], ...] = (
    settings.account,
    settings.sender,
    settings.key_file,
    settings.env_file,
    settings.time_zones,
    database.file,
    allowed.twilio_messages,
    allowed.twilio_calls,
    allowed.twilio_alerts,
    outside.clock_skew,
    outside.public_url,
    outside.reachable,
    doors.signature,
    queues.answers,
    outside.mail,
    collector.collector,
)
OF_DATABASE: tuple[Callable[[Site], Finding], ...] = (
    database.locked_actions,
    database.previous_keys,
    database.mail_actions,
    allowed.sending,
    senders.in_account,
    senders.inbound,
    people.known_zones,
    work.rounds,
    queues.consumed,
    queues.ticked_for,
    work.texts_held,
    work.rules_present,
    work.broken_rules,
    work.unheard_rules,
    work.quiet_rules,
    work.rejects,
)


def examine(loaded: Settings) -> list[Finding]:
    """Everything that can be found out now. Creates nothing: a database that is not there yet stays so."""
    with ThreadPoolExecutor(len(OF_SETTINGS)) as pool:
        found = list(pool.map(lambda check: attempt(check, loaded), OF_SETTINGS))
    path = loaded.sqlite_path()
    if path is not None and not path.exists():
        says = f"{path.absolute()} is not there yet."
        return [*found, fail("Database", says, "Start `giftpulse up`, or run `giftpulse db upgrade`.")]
    try:
        site = open_site(loaded)
    except SettingsError as error:
        return [*found, fail("Installation", str(error), "Set what is missing.")]
    try:
        return [*found, *_within(site)]
    finally:
        site.close()


def _within(site: Site) -> list[Finding]:
    first = attempt(database.newest, site)
    if first.state == "fail":
        return [first]  # the other checks need the tables of today
    return [first, *(attempt(check, site) for check in OF_DATABASE)]


def attempt(check: Callable[[T], Finding], on: T) -> Finding:
    """One check, whatever comes of it."""
    try:
        return check(on)
    except Exception as error:  # noqa: BLE001  # the edge of a check: the others are to be made all the same
        name = check.__name__.replace("_", " ")
        return fail(name, f"The check itself failed: {type(error).__name__}: {error}", "Please report this.")
