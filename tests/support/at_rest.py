"""How encryption is switched on, and what an operator does about it."""

import base64
import secrets
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine

from app import cli_keys
from app.adapters.data_folder import DataFolder
from app.adapters.sql.user_keys import UserKeys
from app.core.config import Settings
from app.core.encryption import EncryptionSettings
from app.core.errors import StartRefused
from app.core.storage import engines_of, open_database, user_keys
from app.models.memory import MemoryChange
from app.ports.database import Database, Transaction
from tests.support.canaries import Canaries
from tests.support.database import NOW, a_memory, a_message, a_profile, add_owner, an_api_key


def a_key() -> str:
    """A new one, as it is configured."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


def encrypted(*, file: bool) -> Mapping[str, str]:
    """Variables that encrypt words, and the whole file as well if it says so."""
    words = {"MEMORYCHAT_ENCRYPTION__MASTER_KEY": a_key()}
    return {**words, "MEMORYCHAT_DATABASE_KEY": a_key()} if file else words


class Installation:
    """A data folder, and the settings that it is opened with from case to case."""

    def __init__(self, folder: Path, *, url: str | None = None) -> None:
        """In the folder, or in the Postgres at an address."""
        self.folder = folder
        self.url = url
        self.data = folder / "data"

    @asynccontextmanager
    async def opened(self, **settings: Any) -> AsyncIterator[Database]:
        """Its database, as a server would open it.

        Raises:
            StartRefused: as a server would refuse.
        """
        folder = DataFolder(self.data)
        try:
            database = open_database(self.settings(**settings), folder)
            try:
                yield database
            finally:
                await database.close()
        finally:
            folder.close()

    async def refusal(self, **settings: Any) -> str:
        """Why a server would not start."""
        with pytest.raises(StartRefused) as refused:
            async with self.opened(**settings):
                pass
        return str(refused.value)

    def run(self, command: str, **settings: Any) -> None:
        """What an operator runs is done."""
        assert cli_keys.run(command, self.settings(**settings)) == 0

    def erase(self, *, confirmed: bool = True, **settings: Any) -> None:
        """Accounts are deleted whose key is gone."""
        assert cli_keys.run(cli_keys.ERASE, self.settings(**settings), confirmed=confirmed) == 0

    @contextmanager
    def held(self, master: str) -> Iterator[tuple[Engine, UserKeys]]:
        """What commands work on that encrypt it."""
        folder = DataFolder(self.data)
        settings = self.settings(master=master)
        engines, keys = engines_of(settings, folder), user_keys(settings, folder)
        assert keys
        try:
            yield engines.system, keys
        finally:
            engines.close()
            keys.close()
            folder.close()

    def settings(
        self, *, master: str | None = None, file: Path | None = None, database: str | None = None
    ) -> Settings:
        """The settings, with these keys."""
        return Settings(
            _env_file=None,
            data_dir=self.data,
            database_url=SecretStr(self.url) if self.url else None,
            database_key=SecretStr(database) if database else None,
            encryption=EncryptionSettings(
                master_key=SecretStr(master) if master else None, master_key_file=file
            ),
        )


class Told:
    """Somebody's words in every column that holds some."""

    def __init__(self, tx: Transaction, said: Canaries) -> None:
        self.owner = owner = add_owner(tx)
        user, tenant = owner.user, owner.tenant
        profile = replace(
            a_profile(user, name=said("profile")),
            description=said("description"),
            persona={"tone": said("persona")},
        )
        tx.profiles.add(profile, tenant_id=tenant)
        tx.profiles.add_speakers(owner.profile, [said("speaker")])
        tx.sessions.update(owner.session, owner=user, changes={"title": said("title")}, at=NOW)
        message = a_message(owner, f"I like {said('message')}.", name=said("name"))
        [self.message] = tx.messages.append([message], tenant_id=tenant)
        tx.sessions.summarise(owner.session, said("summary"), upto_seq=1)
        self.memory = a_memory(owner, said("memory"), slot=f"user|{said('slot')}")
        tx.memories.add(self.memory, tenant_id=tenant)
        tx.memories.update(
            self.memory.id,
            owner=user,
            changes={"content": said("changed")},
            change=MemoryChange.UPDATED,
            job_id=None,
            at=NOW,
        )

        key = an_api_key(owner, name=said("key"))
        tx.api_keys.add(key, key_hash=str(key.id))

        self.all = self.words(tx)

    def words(self, tx: Transaction) -> str:
        """All that the repositories tell."""
        user = self.owner.user
        return str(
            [
                tx.profiles.page(owner=user, after=None, limit=9),
                tx.sessions.get(self.owner.session, owner=user),
                tx.messages.recent(self.owner.session, limit=9),
                tx.memories.get(self.memory.id, owner=user),
                tx.memories.versions(self.memory.id, owner=user),
                tx.places.outlines(self.owner.profile, owner=user),
                tx.api_keys.page(owner=user, after=None, limit=9),
            ]
        )
