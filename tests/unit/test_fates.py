"""What becomes of each table in a move is decided, and written down in one place."""

from app.adapters.relocation.fates import LEFT, MOVED, moved_tables
from app.adapters.sql.tables import metadata
from app.adapters.sql.user_keys import user_keys


def test_there_is_a_decision_about_every_table() -> None:
    every = {*metadata.tables, user_keys.name}

    assert MOVED.keys() | LEFT.keys() == every, "decide in app/adapters/relocation/fates.py"
    assert not MOVED.keys() & LEFT.keys()
    assert all({**MOVED, **LEFT}.values()), "each with its reason"


def test_rows_come_after_those_that_they_refer_to() -> None:
    names = [table.name for table in moved_tables()]

    assert sorted(names) == sorted(MOVED)
    for table in moved_tables():
        for key in table.foreign_keys:
            assert names.index(key.column.table.name) < names.index(table.name)
