"""How a Postgres is opened, and how each transaction says on whose behalf it is."""

from typing import Any, Final

import orjson
from sqlalchemy import URL, Connection, Engine, NullPool, QueuePool, create_engine, event
from sqlalchemy.engine import make_url

from app.adapters.sql.postgres_errors import keep_words_out_of_errors
from app.adapters.sql.postgres_limits import PostgresLimits
from app.adapters.sql.postgres_patience import Patience, be_patient
from app.models.actor import Actor, OneUser, System

USER_ROLE: Final = "authenticated"
"""Supabase's name for whoever has signed in."""
SYSTEM_ROLE: Final = "memorychat_system"

_ACTOR: Final = "actor"
_ENTER: Final = """\
SELECT set_config('role', %(role)s, true), set_config('request.jwt.claims', %(claims)s, true),
 set_config('statement_timeout', %(statement_ms)s, true),
 set_config('lock_timeout', %(lock_ms)s, true),
 set_config('idle_in_transaction_session_timeout', %(statement_ms)s, true)"""
_ENTER_ALONE: Final = f"{_ENTER}, pg_advisory_xact_lock(%(lock)s)"
"""One user writes one transaction after the other, in whatever process, as all users do on SQLite.
So what was read in a transaction still holds when it is committed, and nothing has to be repeated."""


def open_postgres(url: str, limits: PostgresLimits) -> tuple[Engine, Engine]:
    """Engines that write and that only read, over one pool.

    What reads sees the database as it was at its first statement. Nothing is prepared on the server,
    so that poolers that hand out another connection per transaction work; what a transaction sets
    ends with it.
    """
    engine = create_engine(
        _psycopg(url),
        poolclass=QueuePool,
        pool_size=limits.connections,
        max_overflow=0,
        hide_parameters=True,
        isolation_level="READ COMMITTED",
        use_native_hstore=False,
        connect_args=_connect_args(limits),
    )
    be_patient(engine, Patience(limits.connect_timeout_s, _longest_s(limits)))
    keep_words_out_of_errors(engine)

    @event.listens_for(engine, "begin")
    def enter(connection: Connection) -> None:
        _enter(connection, limits)

    reader = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return engine, reader


def open_unbound(url: str, limits: PostgresLimits) -> Engine:
    """An engine whose transactions are nobody's: for the schema and for what row security hides.

    It keeps no connection.
    """
    engine = create_engine(
        _psycopg(url),
        poolclass=NullPool,
        hide_parameters=True,
        use_native_hstore=False,
        connect_args=_connect_args(limits),
    )
    be_patient(engine, Patience(limits.connect_timeout_s, None))
    keep_words_out_of_errors(engine)
    return engine


def _enter(connection: Connection, limits: PostgresLimits) -> None:
    options = connection.get_execution_options()
    if _ACTOR not in options:
        raise RuntimeError("a transaction has to say on whose behalf it is")
    actor: Actor = options[_ACTOR]
    values: dict[str, object] = {
        "statement_ms": _ms(limits.statement_timeout_s),
        "lock_ms": _ms(limits.lock_timeout_s),
        "role": _role(actor),
        "claims": _claims(actor),
    }
    if isinstance(actor, OneUser) and not options.get("postgresql_readonly"):
        values["lock"] = int.from_bytes(actor.user_id.bytes[8:], signed=True)
        connection.exec_driver_sql(_ENTER_ALONE, values)
    else:
        connection.exec_driver_sql(_ENTER, values)


def _role(actor: Actor) -> str:
    return SYSTEM_ROLE if isinstance(actor, System) else USER_ROLE


def _claims(actor: Actor) -> str:
    """What `auth.uid()` reads, as Supabase's API sets it."""
    if isinstance(actor, System):
        return ""
    claims = {"sub": actor.user_id, "tenant_id": actor.tenant_id, "role": USER_ROLE}
    return orjson.dumps(claims).decode()


def _longest_s(limits: PostgresLimits) -> float:
    """Postgres gives a statement up after its timeout; one that does not even say so has gone."""
    return limits.statement_timeout_s + limits.connect_timeout_s


def _ms(seconds: float) -> str:
    return str(round(seconds * 1_000))


def _psycopg(url: str) -> URL:
    parsed = make_url(url.replace("postgres://", "postgresql://", 1))
    return parsed.set(drivername="postgresql+psycopg")


def _connect_args(limits: PostgresLimits) -> dict[str, Any]:
    """A server that is gone is noticed: within the connect timeout, and 25 s in a conversation."""
    return {
        "prepare_threshold": None,
        "connect_timeout": max(2, round(limits.connect_timeout_s)),  # libpq knows no less
        "application_name": "memorychat",
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 25_000,
    }
