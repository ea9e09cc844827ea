"""``giftpulse keys``: the key of stored secrets, changed while the service runs."""

from giftpulse.cli.app import group
from giftpulse.cli.console import AsJson, opened, out, show_json
from giftpulse.doctor import keys as fitting
from giftpulse.ground import kept_keys
from giftpulse.ground.errors import ConflictError
from giftpulse.ground.site import Site
from giftpulse.monitor.actions.relock import Relocked, relock

keys = group("keys", "SECRET_KEY, which locks stored secrets: change it.")


@keys.command()
def rotate(as_json: AsJson = False) -> None:
    """Lock every stored secret anew with SECRET_KEY. Those before it are in SECRET_KEY_PREVIOUS. May be run again."""
    with opened() as site:
        _refuse_what_does_not_fit(site)
        with site.database.begin() as session:
            kept = kept_keys.keep(session, site.box)
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


def _refuse_what_does_not_fit(site: Site) -> None:
    with site.database.read() as session:
        shut = fitting.what_is_shut(session, site)
    if shut is not None:
        raise ConflictError(
            f"SECRET_KEY and SECRET_KEY_PREVIOUS do not fit {shut}: nothing was changed. Expected the keys of that "
            "time in SECRET_KEY_PREVIOUS, the oldest last"
        )


def _all(site: Site) -> Relocked:
    changed, fine, after = 0, 0, 0
    while True:
        with site.database.begin() as session:
            some = relock(session, site, after)
        changed, fine = changed + some.changed, fine + some.fine
        if some.shut:
            raise ConflictError(f"no key opens the actions {', '.join(map(str, some.shut))}, which just came in")
        if some.last is None:
            return Relocked(changed, fine, (), None)
        after = some.last
