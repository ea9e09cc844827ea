"""``giftpulse keys``: the key of stored secrets, changed while the service runs."""

from dataclasses import replace

import typer
from sqlalchemy.orm import Session

from giftpulse import fitting
from giftpulse.cli.app import group
from giftpulse.cli.console import AsJson, opened, out, show_json
from giftpulse.daily.subscribers.rehashing import merge_doubles, nameless, rehash
from giftpulse.ground import clock, kept_keys, transfer
from giftpulse.ground.errors import ConflictError
from giftpulse.ground.site import Site
from giftpulse.monitor.actions.relock import Relocked, forget_deleted, give_up, relock

_IF_FOUND = "If the old key is found, set it as SECRET_KEY_PREVIOUS instead; if it is lost, add --yes"

keys = group("keys", "SECRET_KEY, which locks stored secrets: change it.")


@keys.command()
def rotate(as_json: AsJson = False) -> None:
    """Lock every stored secret anew with SECRET_KEY. Those before it are in SECRET_KEY_PREVIOUS. May be run again."""
    with opened() as site:
        _refuse_what_does_not_fit(site)
        with site.database.begin() as session:
            kept = kept_keys.keep(session, site.box)
            forget_deleted(session)
        first = _all(site)
        left = _all(site).changed  # a process that still has the older key may have stored something meanwhile
        previous = len(site.settings.previous_keys())
    told = {"changed": first.changed + left, "unchanged": first.fine, "digest_key_changed": kept, "left": left}
    if as_json:
        show_json({**told, "previous_keys": previous})
        return
    out.print(f"{told['changed']} stored secrets were locked anew, {first.fine} were locked with SECRET_KEY already.")
    out.print("The key of the hashes of numbers is kept in the database, locked with SECRET_KEY.")
    if left:
        out.print("Some were stored with an older key meanwhile: give all processes the new one, and run this again.")
    elif previous:
        out.print("Nothing is left for the older keys: SECRET_KEY_PREVIOUS may be dropped, from every process.")


@keys.command()
def renew(
    yes: bool = typer.Option(False, "--yes", help="The old key is lost: go on without what only it can open"),
    as_json: AsJson = False,
) -> None:
    """Where the old SECRET_KEY is lost: begin anew with the present one. People who were erased are not recognised any
    more; actions that no key opens are switched off, and their settings have to be written anew. Every process must be
    stopped."""
    with opened() as site:
        with site.database.begin() as session:
            lost = _refuse_what_needs_no_renewing(site, session, sure=yes)
            people = _hash_anew(site, session) if lost is not None else None
            forget_deleted(session)
        shut = _all(site, refuse=False).shut
        with site.database.begin() as session:
            unread = give_up(session, site, shut)
    if as_json:
        show_json({"people": people, "not_recognised": lost, "actions_to_write_anew": unread})
        return
    if people is None:
        out.print("The hashes of numbers fit, and stay as they are.")
    else:
        out.print(f"The numbers of {people:,} people were hashed anew. {lost:,} who were erased are not recognised.")
    if unread:
        out.print(
            f"No key opens the actions {', '.join(map(str, unread))}: they are switched off, and nothing is left of "
            "their settings. Write them anew."
        )


def _refuse_what_needs_no_renewing(site: Site, session: Session, *, sure: bool) -> int | None:
    """Answers how many people will not be recognised, or None where the hashes of numbers fit. Raises ConflictError
    unless there is something to renew, nobody works with another key, and somebody is sure of it."""
    if fitting.what_is_shut(session, site) is None:
        raise ConflictError("SECRET_KEY fits: there is nothing to renew (`giftpulse keys rotate` changes keys)")
    if alive := transfer.life(session, clock.now()):
        raise ConflictError(f"a service still works on this database ({alive[0]}): stop it, wait a minute, try again")
    lost = None if fitting.shut_numbers(session, site) is None else nameless(session)
    if not sure:
        raise ConflictError(f"{_goes(session, site, lost)}. {_IF_FOUND}")
    return lost


def _goes(session: Session, site: Site, lost: int | None) -> str:
    """What is lost with the old key, in a sentence."""
    goes = list[str]()
    if lost is not None:
        goes.append(
            f"{lost} people who were erased would not be recognised any more, and an import could take them in again"
        )
    if actions := fitting.shut_actions(session, site):
        ids = ", ".join(str(action.id) for action in actions)
        goes.append(f"the settings of the actions {ids} would be given up")
    return "; ".join(goes)


def _hash_anew(site: Site, session: Session) -> int:
    kept_keys.forget(session)
    begun = replace(site, box=site.box.keeping(None))
    kept_keys.keep_first(session, begun.box)
    merge_doubles(session, clock.now())
    return rehash(session, begun)


def _refuse_what_does_not_fit(site: Site) -> None:
    with site.database.read() as session:
        shut = fitting.what_is_shut(session, site)
    if shut is not None:
        raise ConflictError(
            f"SECRET_KEY and SECRET_KEY_PREVIOUS do not fit {shut}: nothing was changed. Expected the keys of that "
            "time in SECRET_KEY_PREVIOUS, the oldest last"
        )


def _all(site: Site, *, refuse: bool = True) -> Relocked:
    changed, fine, after, shut = 0, 0, 0, list[int]()
    while True:
        with site.database.begin() as session:
            some = relock(session, site, after)
        changed, fine = changed + some.changed, fine + some.fine
        shut += some.shut
        if shut and refuse:
            raise ConflictError(f"no key opens the actions {', '.join(map(str, shut))}, which just came in")
        if some.last is None:
            return Relocked(changed, fine, tuple(shut), None)
        after = some.last
