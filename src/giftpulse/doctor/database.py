"""The database: there, at the newest schema, and ours to write and read."""

import os

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from giftpulse import fitting, schema
from giftpulse.doctor.finding import Finding, fail, ok, warn
from giftpulse.ground.kept_keys import DIGEST, KeptKey
from giftpulse.ground.settings import Settings
from giftpulse.ground.site import Site
from giftpulse.monitor.actions import store as actions
from giftpulse.monitor.actions.models import Action


def file(settings: Settings) -> Finding:
    """Whether a SQLite file can be written to; its directory as well, for the log beside it."""
    check, path = "Database file", settings.sqlite_path()
    if path is None:
        return ok(check, "There is none: the database is a server.")
    directory = path.absolute().parent
    for place in (path, directory):
        if place.exists() and not os.access(place, os.W_OK):
            return fail(check, f"{place} cannot be written to by this user.", f"Change its owner: chown {place}")
    return ok(check, f"{path.absolute()}, {'can be written to' if path.exists() else 'to be made at the first start'}.")


def newest(site: Site) -> Finding:
    """Whether the database answers, and is at the newest schema."""
    check = "Database"
    try:
        present, latest = schema.revisions(site.database.engine)
    except SQLAlchemyError as error:
        # The error's own text may hold the address of the database.
        says = f"It does not answer ({type(error).__name__})."
        return fail(check, says, "Check DATABASE_URL, and that the server is up and lets us in.")
    if present != latest:
        says = f"Its schema is {present or 'empty'}, the newest is {latest}."
        return fail(check, says, "Run `giftpulse db upgrade` (`giftpulse up` does it by itself).")
    return ok(check, f"Answers, and is at the newest schema ({present}).")


def locked_actions(site: Site) -> Finding:
    """Whether our key opens every stored configuration, and finds people again."""
    check = "Stored secrets"
    with site.database.read() as session:
        found = session.scalars(actions.listed().order_by(Action.id)).all()
        unread = [f"{action.name} (id {action.id})" for action in found if actions.config_of(site, action) is None]
        shut = fitting.what_is_shut(session, site)
    if shut is not None:
        also = f" It does not open the settings of: {', '.join(unread)}." if unread else ""
        return fail(
            check,
            f"SECRET_KEY does not fit {shut}: another key was in use then.{also}",
            "Set the key of that time as SECRET_KEY_PREVIOUS, and run `giftpulse keys rotate`. If it is lost, stop "
            "every process and run `giftpulse keys renew`.",
        )
    if unread:
        says = f"The settings of these actions went with a lost key, and they are switched off: {', '.join(unread)}."
        return warn(check, says, "Write them anew (PUT /api/actions/{action_id}), or delete them.")
    return ok(check, f"Our key opens all of them ({len(found)} actions).")


def previous_keys(site: Site) -> Finding:
    """Whether keys before a rotation are still given out, and still needed."""
    check = "SECRET_KEY_PREVIOUS"
    if not site.settings.previous_keys():
        return ok(check, "Not set: SECRET_KEY is the only key.")
    with site.database.read() as session:
        kept = session.get(KeptKey, DIGEST)
        older = kept is None or not site.box.is_newest(kept.locked)
        configs = select(Action.config).where(Action.deleted_at.is_(None))
        number = sum(not site.box.is_newest(config) for config in session.scalars(configs))
    if older or number:
        also = " and the key of the hashes of numbers" if older else ""
        return warn(check, f"The rotation is not finished: {number} actions{also} need it.", "`giftpulse keys rotate`.")
    return warn(check, "Set, and nothing needs it any more.", "Drop SECRET_KEY_PREVIOUS, from every process.")


def mail_actions(site: Site) -> Finding:
    """Whether there are e-mail actions without a mail server."""
    check = "E-mail actions"
    with site.database.read() as session:
        statement = actions.listed().where(Action.enabled, Action.action_type == "email")
        number = len(session.scalars(statement.with_only_columns(Action.id)).all())
    if number and not site.settings.smtp_host:
        return fail(check, f"There are {number}, and no mail server: they all fail.", "Set SMTP_HOST and SMTP_FROM.")
    return ok(check, f"There are {number}." if number else "There are none.")
