"""An account's key goes with the account, and so what backups hold of it can be read by nobody."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from app import cli_backup
from app.adapters.data_folder import DataFolder
from app.adapters.sql.encrypting import without_key
from app.core.errors import StartRefused
from app.core.storage import engines_of, user_keys
from app.models.actor import SYSTEM
from app.models.ids import UserId
from app.ports.database import Transaction
from tests.support.at_rest import Installation, Told, a_key
from tests.support.canaries import Canaries
from tests.support.forked import main_py
from tests.support.server import inherited
from tests.support.traces import traces

MASTER = a_key()


class Life(Installation):
    """Two accounts, of which one is erased after a backup was made."""

    ann: Told
    ben: Told

    async def begin(self, said: Canaries) -> None:
        async with self.opened(master=MASTER) as database:
            self.ann = await database.write(lambda tx: Told(tx, said), by=SYSTEM)
            self.ben = await database.write(lambda tx: Told(tx, said), by=SYSTEM)
            await database.scrub()
            shutil.copy(self.data / "memorychat.db", self.folder / "backup.db")
            shutil.copy(self.data / "keys.db", self.folder / "keys-of-then.db")

    def restore(self, *, keys_of_then: bool) -> None:
        for file in self.data.glob("memorychat.db*"):
            file.unlink()
        shutil.copy(self.folder / "backup.db", self.data / "memorychat.db")
        if keys_of_then:
            shutil.copy(self.folder / "keys-of-then.db", self.data / "keys.db")

    def keyless(self) -> list[UserId]:
        """The accounts that have no key."""
        settings, folder = self.settings(master=MASTER), DataFolder(self.data)
        engines, keys = engines_of(settings, folder), user_keys(settings, folder)
        assert keys
        found = without_key(engines.writer, keys)
        engines.writer.dispose()
        keys.close()
        folder.close()
        return found


@pytest.fixture
async def said() -> Canaries:
    return Canaries()


@pytest.fixture
async def life(tmp_path: Path, said: Canaries) -> Life:
    life = Life(tmp_path)
    await life.begin(said)
    return life


async def erase(life: Life) -> None:
    async with life.opened(master=MASTER) as database:
        await database.write(lambda tx: tx.users.delete(life.ann.owner.user), by=SYSTEM)
        assert await database.scrub()


async def test_a_backup_cannot_be_read_once_the_account_is_erased(
    life: Life, said: Canaries
) -> None:
    await erase(life)

    life.restore(keys_of_then=False)

    assert life.keyless() == [life.ann.owner.user]
    assert "1 accounts have no key" in await life.refusal(master=MASTER)
    assert traces(said, life.data) == []
    with pytest.raises(StartRefused, match=r"1 of 2 accounts have no key, .* with --yes"):
        life.erase(confirmed=False, master=MASTER)
    assert life.keyless() == [life.ann.owner.user]
    life.erase(master=MASTER)
    async with life.opened(master=MASTER) as database:
        assert await database.read(life.ben.words, by=SYSTEM) == life.ben.all
        gone = await database.read(
            lambda tx: dict(tx.users.owned_row_counts(life.ann.owner.user)), by=SYSTEM
        )
        assert not any(gone.values())


async def test_with_the_keys_of_then_it_can_so_these_are_not_kept(
    life: Life, said: Canaries
) -> None:
    await erase(life)

    life.restore(keys_of_then=True)

    async with life.opened(master=MASTER) as database:
        assert await database.read(life.ann.words, by=SYSTEM) == life.ann.all


async def test_a_wrapped_key_leaves_no_bytes(life: Life) -> None:
    file = life.data / "keys.db"
    user = life.ann.owner.user.hex.encode()
    assert user in file.read_bytes()

    await erase(life)

    assert user not in file.read_bytes()
    assert sorted(one.name for one in life.data.glob("keys.db*")) == ["keys.db"]


async def test_a_key_that_a_crash_kept_goes_at_the_next_start(life: Life) -> None:
    async with life.opened(master=MASTER) as database:
        await database.write(lambda tx: tx.users.delete(life.ann.owner.user), by=SYSTEM)

    async with life.opened(master=MASTER) as database:
        await database.scrub()  # as every start does

    assert life.ann.owner.user.hex.encode() not in (life.data / "keys.db").read_bytes()


async def test_an_erasure_that_is_rolled_back_keeps_the_key(life: Life, said: Canaries) -> None:
    def work(tx: Transaction) -> None:
        tx.users.delete(life.ann.owner.user)
        raise LookupError

    async with life.opened(master=MASTER) as database:
        with pytest.raises(LookupError):
            await database.write(work, by=SYSTEM)
        await database.scrub()

        assert await database.read(life.ann.words, by=SYSTEM) == life.ann.all


async def test_lost_keys_are_not_made_anew(life: Life) -> None:
    (life.data / "keys.db").unlink()

    refusal = await life.refusal(master=MASTER)
    assert "2 accounts have no key" in refusal
    assert "First put its newest copy back" in refusal


@pytest.mark.parametrize("confirmed", [False, True])
async def test_nobody_is_deleted_because_the_keys_are_lost(
    life: Life, said: Canaries, *, confirmed: bool
) -> None:
    (life.data / "keys.db").rename(life.folder / "away.db")

    with pytest.raises(StartRefused, match=r"keys\.db .*is missing or empty: put its newest copy"):
        life.erase(confirmed=confirmed, master=MASTER)

    (life.folder / "away.db").replace(life.data / "keys.db")
    async with life.opened(master=MASTER) as database:
        assert await database.read(life.ben.words, by=SYSTEM) == life.ben.all


async def test_restoring_what_is_encrypted_says_that_keys_have_to_be_brought(
    life: Life, capsys: pytest.CaptureFixture[str]
) -> None:
    settings, backup = life.settings(master=MASTER), life.folder / "backup.tar"
    cli_backup.run("backup", backup, settings)
    elsewhere = settings.model_copy(update={"data_dir": life.folder / "elsewhere"})

    cli_backup.run("restore", backup, elsewhere)

    assert "bring the newest copy of keys.db, and the master key" in capsys.readouterr().out


async def test_restoring_what_is_in_clear_speaks_of_no_keys(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain, backup = Installation(tmp_path), tmp_path / "backup.tar"
    async with plain.opened():
        pass
    cli_backup.run("backup", backup, plain.settings())
    elsewhere = plain.settings().model_copy(update={"data_dir": tmp_path / "elsewhere"})

    cli_backup.run("restore", backup, elsewhere)

    assert "keys" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "beginning"),
    [
        (["encrypt"], "Nothing was encrypted: "),
        (["rotate-keys"], "No key was changed: "),
        (["erase-unreadable"], "Nothing was deleted: "),
        (["tenants", "list"], "Nothing was done: "),
        (["restore", "no.tar"], "Nothing was restored: "),
        (["backup", "no/b.tar"], "No backup was made: "),
    ],
)
async def test_a_refusal_says_of_its_command_what_was_not_done(
    life: Life, arguments: Sequence[str], beginning: str
) -> None:
    environment = {
        **inherited(),
        "MEMORYCHAT_DATA_DIR": str(life.data),
        "MEMORYCHAT_ENCRYPTION__MASTER_KEY_FILE": "absent",
        "MEMORYCHAT_DATABASE_KEY": "" if arguments[0] != "backup" else "x",
    }

    done = main_py(*arguments, environment=environment, folder=life.folder)

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(beginning), done.stderr
