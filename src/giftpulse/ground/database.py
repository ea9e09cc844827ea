"""One schema on two databases: SQLite (WAL) for one process, Postgres for many.

``Database.begin()`` is one writing transaction, committed at the end of the block; ``read()`` is a reading one.
They are opened at the edges (a request, a step of a round); features take the session and never commit.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from select import POLLIN, poll
from typing import Any

import psycopg
from sqlalchemy import (
    BigInteger,
    DateTime,
    Dialect,
    Engine,
    ExceptionContext,
    Integer,
    MetaData,
    String,
    create_engine,
    event,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DisconnectionError, SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator, TypeEngine

from giftpulse.ground.bulletin import Bulletin

ERRORS = (SQLAlchemyError, psycopg.Error, sqlite3.Error)
"""What the database raises: through SQLAlchemy, or in the bulk paths by its driver."""

BigId = BigInteger().with_variant(Integer, "sqlite")
"""A 64-bit id. SQLite counts up by itself only for a column that is exactly INTEGER."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant. ``timestamptz`` on Postgres; on SQLite, ISO text, which sorts as time does."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(String(32) if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime may not be stored: which zone is it in?")
        return instant_text(value) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if isinstance(value, str):
            return datetime.fromisoformat(value)
        return value.astimezone(UTC) if value is not None else None


@lru_cache(maxsize=4096)  # a page of a list has few distinct seconds
def instant_text(value: datetime) -> str:
    """How an instant is written in SQLite, and in the bulk paths of both databases: far cheaper than by the driver."""
    return value.astimezone(UTC).isoformat(timespec="microseconds")


# The bulk paths hand datetimes to the driver itself, which must write them the very same way.
sqlite3.register_adapter(datetime, instant_text)


class Base(DeclarativeBase):
    """All tables of the house. Constraint names are fixed, so that migrations can name them on both databases."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime(), int: BigId}  # noqa: RUF012  # read by SQLAlchemy as it stands


class Database:
    """The database of an installation, and the bulletin that hears of its commits."""

    def __init__(self, url: str, *, pool_size: int = 10, bulletin: Bulletin | None = None) -> None:
        self.bulletin = bulletin or Bulletin()
        self.engine = _engine(url, pool_size)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        # SQLite has one writer at a time and waits for it by polling; threads of one process queue up here instead.
        self._writer = threading.Lock() if self.is_sqlite else None
        self._reading = self.engine.execution_options(giftpulse_reading=True)

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """One writing transaction. What was announced in it goes out after the commit, or never."""
        if self._writer is not None:
            with self._writer:
                yield from self._begin()
        else:
            yield from self._begin()

    def _begin(self) -> Iterator[Session]:
        session = Session(self.engine, expire_on_commit=False)
        try:
            with session, session.begin():
                yield session
        except psycopg.Error as error:  # of the bulk paths, which speak to the driver itself
            _hide_values(error)
            raise
        self.bulletin.post_all(session.info.pop("announced", ()))

    @contextmanager
    def read(self) -> Iterator[Session]:
        """One reading transaction; nothing written in it is kept."""
        with Session(self._reading, expire_on_commit=False) as session:
            yield session

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def hurry(session: Session) -> None:
    """In this transaction, whoever hangs between two statements is soon cut off (Postgres): others wait for what it has
    locked. It is told with its next statement, and nothing of it is kept."""
    if session.get_bind().dialect.name != "sqlite":
        session.connection().exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = '15s'")


def announce(session: Session, topic: str) -> None:
    """Say "there is work" for ``topic`` once this session's transaction has committed."""
    session.info.setdefault("announced", set()).add(topic)


# A server that vanished is noticed by our side as well, within about a minute: else whoever waits for its answer waits
# for hours. An address that says otherwise is obeyed. https://www.postgresql.org/docs/current/libpq-connect.html
_POSTGRES_CONNECTION = {
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",
}

# Each plan is made for its values; none is worth compiling to machine code, which takes longer than our statements.
# A lock that is not had by then fails its step, which is tried again: its holder may hang, or its host be gone.
_POSTGRES_OPTIONS = (
    "-c plan_cache_mode=force_custom_plan -c jit=off -c timezone=UTC -c lock_timeout=60s "
    "-c idle_in_transaction_session_timeout=600s -c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 "
    "-c tcp_keepalives_count=3"
)


def _engine(url: str, pool_size: int) -> Engine:
    if not url.startswith("sqlite"):
        engine = create_engine(
            url,
            pool_size=pool_size,
            max_overflow=0,
            pool_recycle=1800,
            hide_parameters=True,
            connect_args=_how_to_connect(url),
        )
        event.listen(engine, "checkout", _refuse_closed)
        event.listen(engine, "handle_error", _say_no_values)
        return engine
    waiting = {"check_same_thread": False, "timeout": 30}
    engine = create_engine(url, connect_args=waiting, pool_size=pool_size, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _how_to_connect(url: str) -> dict[str, str]:
    said = make_url(url).query
    return {"options": _POSTGRES_OPTIONS} | {k: v for k, v in _POSTGRES_CONNECTION.items() if k not in said}


def _say_no_values(context: ExceptionContext) -> None:
    """Errors go into our log, and a round's is stored: numbers, names and texts have no place there."""
    said, error = str(context.original_exception), context.original_exception
    _hide_values(error)
    if (shown := context.sqlalchemy_exception) is not None:
        shown.args = tuple(str(arg).replace(said, str(error)) for arg in shown.args)


def _hide_values(error: BaseException) -> None:
    """Leave of an error of Postgres what went wrong. Its DETAIL and CONTEXT repeat keys, rows and parameters."""
    if isinstance(error, psycopg.Error) and error.diag.message_primary:
        error.args = (error.diag.message_primary,)


def _refuse_closed(connection: Any, _record: Any, _proxy: Any) -> None:
    """A connection that Postgres or a proxy closed in the meantime is replaced, not handed out: an idle one has nothing
    to say, so one that can be read from has been told of its end. Asking the socket costs no round trip."""
    if connection.closed or _can_be_read(connection.fileno()):
        raise DisconnectionError("the database closed this connection")


def _can_be_read(number: int) -> bool:
    poller = poll()
    poller.register(number, POLLIN)
    return bool(poller.poll(0))


PRAGMAS = (
    "page_size=8192",  # only counts for a new file; our rows are long
    "journal_mode=WAL",
    "synchronous=FULL",  # what we acknowledged survives a fall of the machine
    "wal_autocheckpoint=8000",  # pages, 64 MB: a page that many batches touch is written back once
    "foreign_keys=ON",
    "busy_timeout=30000",
    "cache_size=-65536",
)
"""How each connection to SQLite is set up."""


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not begin transactions behind our back
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Any) -> None:
    # A transaction that reads first and writes later would fail at once if another wrote in between.
    reading = connection.get_execution_options().get("giftpulse_reading")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
