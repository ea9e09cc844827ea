"""``giftpulse db``: the schema of the database."""

from alembic.util import CommandError
from psycopg.errors import LockNotAvailable
from sqlalchemy.exc import OperationalError

from giftpulse import schema
from giftpulse.cli.app import group
from giftpulse.cli.console import AsJson, opened, out, show_facts, show_json
from giftpulse.ground.errors import ConflictError
from giftpulse.ground.logins import shown
from giftpulse.ground.site import Site

db = group("db", "The database: bring it to the newest schema, see where it stands.")


def migrate(site: Site) -> tuple[str | None, str | None]:
    """Bring the database to the newest schema. Answers its revision before and after. Raises ConflictError."""
    before, _ = schema.revisions(site.database.engine)
    try:
        schema.upgrade(site.database.engine)
    except CommandError as error:
        raise ConflictError(f"the database was made by a newer GiftPulse than this one ({error})") from error
    except OperationalError as error:
        if not isinstance(error.orig, LockNotAvailable):
            raise
        raise ConflictError("the tables to change are in use; nobody was held up. Try again in a moment") from error
    return before, schema.revisions(site.database.engine)[0]


@db.command()
def upgrade(as_json: AsJson = False) -> None:
    """Bring the database to the newest schema. Does nothing if it is there already."""
    with opened(migrated=False) as site:
        before, after = migrate(site)
    if as_json:
        show_json({"before": before, "after": after})
    elif before == after:
        out.print(f"The database is at the newest schema already ({after}).")
    else:
        out.print(f"The database is at the newest schema now ({before or 'empty'} -> {after}).")


@db.command()
def status(as_json: AsJson = False) -> None:
    """Say which database this is, and whether it is at the newest schema."""
    with opened(migrated=False) as site:
        present, newest = schema.revisions(site.database.engine)
        facts = {
            "database": shown(site.database.engine.url),
            "present": present,
            "newest": newest,
            "up_to_date": present == newest,
        }
    if as_json:
        show_json(facts)
        return
    show_facts({**facts, "present": present or "empty", "up_to_date": "yes" if present == newest else "no"})
    if present != newest:
        out.print("Run `giftpulse db upgrade`.")
