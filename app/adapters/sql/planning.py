from typing import Final

from sqlalchemy import Connection, text

from app.adapters.sql.tables import metadata

_MANY: Final = "1000000 100000"
"""Rows of a table, and rows that one value of the index finds."""


def tell_planner(connection: Connection) -> None:
    """SQLite knows that a user may own very many rows; other databases count for themselves.

    It guesses that an index finds ten rows, and so looked for three messages by reading all those of
    their owner, which every statement names to be safe: 20 ms at 100,000 memories, twice a turn.
    A migration that makes a table anew loses what was told, so this comes after all of them.
    See https://sqlite.org/fileformat2.html#stat1tab.
    """
    if connection.dialect.name != "sqlite":
        return
    connection.execute(text("ANALYZE tenants"))  # makes the table of statistics
    for table in metadata.sorted_tables:
        for index in table.indexes:
            if index.columns.keys() == ["user_id"]:
                row = {"tbl": table.name, "idx": index.name, "stat": _MANY}
                connection.execute(text("DELETE FROM sqlite_stat1 WHERE idx = :idx"), row)
                connection.execute(text("INSERT INTO sqlite_stat1 VALUES (:tbl, :idx, :stat)"), row)
    connection.execute(text("ANALYZE sqlite_schema"))  # reads it again
