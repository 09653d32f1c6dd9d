"""The index of a Postgres, opened."""

from typing import Final

from sqlalchemy import Connection, Engine, create_engine, make_url

from app.adapters.pgvector_index import READERS, WRITE_S, WRITERS, PgvectorIndex
from app.adapters.pgvector_schema import can_have_pgvector, create_tables
from app.adapters.sql.postgres_errors import keep_words_out_of_errors
from app.adapters.sql.postgres_patience import Patience, be_patient
from app.adapters.sql.postgres_rights import refusing
from app.core.errors import StartRefused

_PATIENCE: Final = {
    "connect_timeout": 3,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 10_000,
}
"""A server that is gone without a word is noticed after 20 s, and one that refuses at once."""
_UNTIL_GIVEN_UP: Final = Patience(to_begin_s=3.0, to_go_on_s=WRITE_S + 5)
"""A pooler without a connection left; and a Postgres that has come to a halt, which else ends each
statement by itself."""


def open_pgvector(url: str, *, form: str) -> PgvectorIndex:
    """The index in the database behind a URL, with its tables.

    Raises:
        StartRefused: there is no pgvector, or the database does not answer.
    """
    engine = index_engine(url)
    try:
        with refusing(), engine.begin() as connection:
            _require_tables(connection)
    except StartRefused:
        engine.dispose()
        raise
    return PgvectorIndex(engine, form=form)


def _require_tables(connection: Connection) -> None:
    if not can_have_pgvector(connection):
        raise StartRefused(
            "The database has no pgvector 0.7 or later: have its administrator run "
            '"create extension vector", or set QDRANT_URL to a Qdrant server.'
        )
    create_tables(connection)


def index_engine(url: str) -> Engine:
    """Connections for an index alone, so that nobody's turn waits for a search."""
    engine = create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        pool_size=READERS + WRITERS,
        max_overflow=0,
        hide_parameters=True,
        connect_args={**_PATIENCE, "prepare_threshold": None},
    )
    be_patient(engine, _UNTIL_GIVEN_UP)
    keep_words_out_of_errors(engine)
    return engine
