"""All tables of the house in one place, and the way to bring a database up to them."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from giftpulse.daily.editions import models as editions
from giftpulse.daily.inbound import models as inbound
from giftpulse.daily.outbox import models as outbox
from giftpulse.daily.programs import models as programs
from giftpulse.daily.subscribers import models as subscribers
from giftpulse.ground import access, kept_keys, lock, runs
from giftpulse.ground.database import Base
from giftpulse.logs import models as logs
from giftpulse.monitor.actions import models as actions
from giftpulse.monitor.alerts import models as alerts
from giftpulse.monitor.notify import models as notify
from giftpulse.monitor.rules import models as rules

TABLES = (
    access, kept_keys, lock, runs, logs, rules, actions, alerts, notify, programs, subscribers, editions, outbox,
    inbound,
)  # fmt: skip
"""Every module that defines tables: importing it here is what makes migrations know of them."""

metadata = Base.metadata

_MIGRATIONS = Path(__file__).with_name("migrations")


def upgrade(engine: Engine) -> None:
    """Bring the database to the newest schema. Does nothing if it is there already."""
    command.upgrade(config(engine), "head")


def config(engine: Engine) -> Config:
    """Alembic's configuration for a database."""
    made = _plain()
    made.attributes["engine"] = engine
    return made


def revisions(engine: Engine) -> tuple[str | None, str | None]:
    """The revision of the database, and the newest there is."""
    with engine.connect() as connection:
        present = MigrationContext.configure(connection).get_current_revision()
    return present, _newest()


@cache
def _newest() -> str | None:
    """Found by loading every migration there is: once in a process."""
    return ScriptDirectory.from_config(_plain()).get_current_head()


def _plain() -> Config:
    made = Config()
    made.set_main_option("script_location", str(_MIGRATIONS))
    return made


def drift(engine: Engine) -> list[object]:
    """Differences between the migrated database and the models: must be none."""
    with engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata))
