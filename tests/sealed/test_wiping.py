"""What is wiped from a file that is encrypted as a whole leaves the file as sound as it was."""

from pathlib import Path

import pytest

from app.adapters.data_folder import DataFolder
from app.core.storage import engines_of
from app.models.actor import SYSTEM
from tests.support.at_rest import Installation, a_key
from tests.support.database import a_message, add_owner


@pytest.fixture
def house(tmp_path: Path) -> Installation:
    return Installation(tmp_path)


async def test_a_wipe_does_not_touch_what_is_kept(house: Installation) -> None:
    keys = {"database": a_key(), "master": a_key()}
    async with house.opened(**keys) as database:
        ann = await database.write(add_owner, by=SYSTEM)
        said = [a_message(ann, f"{number:04} " * 500) for number in range(300)]
        await database.write(lambda tx: tx.messages.append(said, tenant_id=ann.tenant), by=SYSTEM)
        gone = [message.id for message in said[::2]]
        await database.write(lambda tx: tx.messages.delete(gone, owner=ann.user), by=SYSTEM)

        assert await database.scrub()
        before_bytes = (house.data / "memorychat.db").stat().st_size

        assert await database.wipe()

        after_bytes = (house.data / "memorychat.db").stat().st_size
        assert after_bytes < 0.7 * before_bytes, "all pages are written anew"

        kept = await database.read(lambda tx: tx.messages.recent(ann.session, limit=999), by=SYSTEM)
        assert [message.content for message in kept] == [one.content for one in said[1::2]]

    assert faults(house, keys["database"]) == ["ok"]


def faults(house: Installation, key: str) -> list[str]:
    """What SQLite finds wrong."""
    folder = DataFolder(house.data)
    engines = engines_of(house.settings(database=key), folder)
    with engines.reader.begin() as connection:
        found = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
    engines.reader.dispose()
    engines.writer.dispose()
    folder.close()
    return list(found)
