from app.adapters.sql.tables import metadata
from tests.support.server import Server, database_of


def stored_rows(server: Server) -> str:
    """Every row of every table of a server, in one text."""
    with database_of(server.folder) as database:
        return "\n".join(
            str(row)
            for name in metadata.tables
            for row in database.execute(f"SELECT * FROM {name}").fetchall()  # noqa: S608 - ours
        )
