"""Words under keys of their owners, the keys in a schema of their own of the same Postgres."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from app import cli_keys
from app.adapters.sql.encrypting import check_sealed
from app.adapters.sql.engines import open_engines, open_key_schema
from app.adapters.sql.envelope import EnvelopeCipher
from app.adapters.sql.master_keys import MasterKeys
from app.adapters.sql.user_keys import UserKeys
from app.core.config import Settings
from app.core.encryption import EncryptionSettings
from app.core.errors import StorageUnavailable
from app.core.storage import postgres_engines
from app.models.message import Message
from app.ports.database import Database, Transaction
from tests.support.at_rest import a_key
from tests.support.database import (
    LIMITS,
    Owner,
    PostgresSite,
    a_document,
    a_message,
    opened,
    postgres_at_head,
    prepared,
)
from tests.support.postgres import Postgres

CANARY = "Zyrafa7731"


@pytest.fixture
def site(postgres: Postgres) -> Iterator[PostgresSite]:
    with postgres.a_database(template=postgres_at_head(postgres)) as name:
        yield PostgresSite(postgres, name)


def keys_of(site: PostgresSite) -> UserKeys:
    return UserKeys(open_key_schema(site.url, LIMITS), MasterKeys([b"1" * 32]))


@pytest.fixture
async def database(site: PostgresSite) -> AsyncIterator[Database]:
    engines, keys = open_engines(site.url, limits=LIMITS), keys_of(site)
    check_sealed(engines.system, keys)
    async with opened(site.url, cipher=EnvelopeCipher(keys)) as store:
        yield store
    engines.writer.dispose()
    engines.medium.close()


async def said(database: Database, owner: Owner) -> list[Message]:
    found = await database.read(
        lambda tx: tx.messages.recent(owner.session, limit=9), by=owner.actor
    )
    return list(found)


async def say(database: Database, owner: Owner) -> None:
    message = a_message(owner, f"My sister is called {CANARY}.")
    await database.write(
        lambda tx: tx.messages.append([message], tenant_id=owner.tenant), by=owner.actor
    )


async def test_words_are_read_by_their_owner_and_stand_in_no_row(
    database: Database, site: PostgresSite, ann: Owner
) -> None:
    await say(database, ann)

    assert [message.content for message in await said(database, ann)] == [
        f"My sister is called {CANARY}."
    ]
    stored = site.postgres.execute("SELECT content FROM chat_messages", database=site.name)
    assert stored == [("",)]


async def test_a_dump_that_leaves_the_keys_out_can_be_read_by_nobody(
    database: Database, site: PostgresSite, ann: Owner
) -> None:
    await say(database, ann)

    dumped = site.postgres.dump(site.name, "--exclude-schema=memorychat_keys")

    assert "COPY public.chat_messages" in dumped
    assert "user_keys" not in dumped
    assert CANARY not in dumped


def test_encrypting_says_where_the_keys_are(
    site: PostgresSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(
        data_dir=tmp_path,
        database_url=SecretStr(site.url),
        encryption=EncryptionSettings(master_key=SecretStr(a_key())),
        _env_file=None,
    )

    assert cli_keys.run("encrypt", settings) == 0

    said = capsys.readouterr().out
    assert "the schema memorychat_keys" in said
    assert "keys.db" not in said


async def test_two_dumps_restore_everything(
    database: Database, site: PostgresSite, ann: Owner
) -> None:
    await say(database, ann)
    document = a_document(ann)

    def bring(tx: Transaction) -> None:
        tx.documents.add(document)
        tx.document_files.put(document.id, b"sealed", owner=ann.user)

    await database.write(bring, by=ann.actor)
    restored = PostgresSite(site.postgres, prepared(site.postgres))

    site.postgres.carry(
        site.name, "--exclude-schema=memorychat_keys", to=restored.name, schema="public"
    )
    site.postgres.carry(
        site.name, "--schema=memorychat_keys", to=restored.name, schema="memorychat_keys"
    )

    postgres_engines(restored.url, LIMITS).writer.dispose()
    async with opened(restored.url, cipher=EnvelopeCipher(keys_of(restored))) as there:
        assert await said(there, ann) == await said(database, ann) != []
        kept = await there.read(
            lambda tx: tx.document_files.get(document.id, owner=ann.user), by=ann.actor
        )
    assert kept == b"sealed"
    site.postgres.drop(restored.name)


async def test_an_erased_accounts_key_is_gone_and_others_stay(
    database: Database, site: PostgresSite, ann: Owner, ben: Owner
) -> None:
    await say(database, ann)
    await say(database, ben)
    kept = site.postgres.execute(
        "SELECT user_id FROM memorychat_keys.user_keys", database=site.name
    )
    assert {ann.user, ben.user} <= {row[0] for row in kept}

    await database.write(lambda tx: tx.users.delete(ann.user), by=ann.actor)
    await database.scrub()

    left = site.postgres.execute(
        "SELECT user_id FROM memorychat_keys.user_keys", database=site.name
    )
    assert ann.user not in {row[0] for row in left}
    assert len(await said(database, ben)) == 1
    keys = keys_of(site)
    with pytest.raises(StorageUnavailable, match="gone"):
        keys.get(ann.user)
    keys.close()


async def test_every_thread_may_need_a_key_at_once(
    database: Database, site: PostgresSite, ann: Owner, ben: Owner
) -> None:
    """Keys come over a connection of their own, so that transactions cannot wait for each other."""
    for owner in (ann, ben):
        await say(database, owner)
    async with opened(site.url, cipher=EnvelopeCipher(keys_of(site))) as fresh:
        owners = [ann, ben] * 2 * LIMITS.connections

        found = await asyncio.gather(*(said(fresh, owner) for owner in owners))

    assert all(len(messages) == 1 for messages in found)
