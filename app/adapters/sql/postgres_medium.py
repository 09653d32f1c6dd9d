from typing import Final

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from app.adapters.sql.postgres_errors import trouble_of
from app.adapters.sql.tables import document_files
from app.adapters.sql.trouble import Trouble
from app.adapters.sql.words import ALL_WORDS


class PostgresServer:
    """A server's files, which nobody but the server reaches."""

    erases_bytes: Final = False

    def __init__(self, engine: Engine) -> None:
        """The server behind an engine whose transactions are nobody's."""
        self._engine = engine

    def trouble_of(self, error: DBAPIError) -> Trouble:
        """What an error of the driver stands for."""
        return trouble_of(error)

    def scrub(self) -> bool:
        """True: nothing that was deleted is found by any statement, and files are the server's."""
        return True

    def wipe(self, first: int) -> None:
        """Nothing of a deleted row is left in the server's rows, apart from those that somebody reads.

        Their bytes stay in pages until something else is written there, in the server's log until
        it is recycled, and in backups.
        """
        with self._engine.connect() as connection:
            alone = connection.execution_options(isolation_level="AUTOCOMMIT")
            for table in (*(words.table for words in ALL_WORDS), document_files):
                alone.execute(text(f"VACUUM {table.name}"))

    def try_writing(self) -> Trouble | None:
        """What keeps it from being written; None when something could be."""
        try:
            with self._engine.begin() as connection:
                connection.execute(text("UPDATE alembic_version SET version_num = version_num"))
        except DBAPIError as error:
            return trouble_of(error)
        return None

    def close(self) -> None:
        """No connection is left."""
        self._engine.dispose()
