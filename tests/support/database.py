"""A real database with people in it, and rows that have a default for all that a test is not about."""

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol
from uuid import uuid4

from app.adapters.sql.cipher import Cipher
from app.adapters.sql.engines import open_engines, open_key_file
from app.adapters.sql.envelope import EnvelopeCipher
from app.adapters.sql.master_keys import MasterKeys
from app.adapters.sql.migrate import MIGRATIONS, migrate
from app.adapters.sql.postgres_engine import open_unbound
from app.adapters.sql.postgres_limits import PostgresLimits
from app.adapters.sql.store import SqlStore
from app.adapters.sql.user_keys import UserKeys
from app.core.file_sealing import new_file_key
from app.core.privacy import PrivacyMode
from app.models.actor import OneUser
from app.models.api_key import ApiKey, KeyGrant, Scope
from app.models.document import Chunk, Document, DocumentState, MediaType
from app.models.ids import (
    ApiKeyId,
    ChunkId,
    DocumentId,
    ImportId,
    MemoryId,
    MessageId,
    ProfileId,
    SessionId,
    TenantId,
    UserId,
    new_id,
)
from app.models.imports import Import, ImportState
from app.models.memory import Memory, MemoryKind, MemorySource, MemoryStatus
from app.models.message import Message, Role
from app.models.namespace import Namespace
from app.models.plan import DEFAULT_PLAN
from app.models.portable import PortableFormat
from app.models.profile import Learning, Profile
from app.models.session import Session, new_session
from app.models.user import User, UserRole
from app.ports.database import Database, Transaction
from tests.support.postgres import Postgres, shared

FILE = "memorychat.db"
LOGIN = "memorychat"
PASSWORD = "of-a-server-of-its-own"
ROLES = MIGRATIONS / "roles.sql"
LIMITS = PostgresLimits(connections=4)
EMPTY = """\
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid();
SET session_replication_role = replica;
DO $$
DECLARE one text;
BEGIN
    FOR one IN SELECT tablename FROM pg_tables
                WHERE schemaname = 'public' AND tablename NOT IN ('alembic_version', 'tenants')
    LOOP
        EXECUTE format('DELETE FROM %I', one);
    END LOOP;
END $$;
DELETE FROM tenants WHERE name <> 'default'"""
NOW = datetime(2026, 11, 20, 9, 15, tzinfo=UTC)


def at_head(folder: Path, name: str = FILE) -> Path:
    """A SQLite file with the whole schema."""
    file = folder / name
    file.write_bytes(_migrated())
    return file


@cache
def _migrated() -> bytes:
    """What stands in such a file: to migrate one takes 0.2 s each time."""
    with TemporaryDirectory() as folder:
        file = Path(folder, FILE)
        engines = open_engines(f"sqlite:///{file}")
        migrate(engines.writer)
        engines.writer.dispose()
        return file.read_bytes()


@asynccontextmanager
async def a_database(folder: Path, *, cipher: Cipher | None = None) -> AsyncIterator[Database]:
    """The database in a folder's SQLite file, its words in clear unless there is a cipher."""
    async with opened(f"sqlite:///{folder / FILE}", cipher=cipher) as store:
        yield store


@asynccontextmanager
async def opened(url: str, *, cipher: Cipher | None = None) -> AsyncIterator[Database]:
    """A store over a database at head, its words in clear unless there is a cipher."""
    store = SqlStore(open_engines(url, limits=LIMITS), cipher=cipher)
    yield store
    await store.close()


class Site(Protocol):
    """Where a database is, which any number of stores may open."""

    def open(self) -> AbstractAsyncContextManager[Database]:
        """One more store over it."""
        ...

    def add_tenant(self, tenant: TenantId) -> None:
        """There is another tenant."""
        ...


@dataclass(frozen=True, slots=True)
class SqliteSite:
    """A SQLite file in a folder."""

    folder: Path
    cipher: Callable[[Path], Cipher] | None = None

    def open(self) -> AbstractAsyncContextManager[Database]:
        """One more store over it."""
        return a_database(self.folder, cipher=self.cipher(self.folder) if self.cipher else None)

    def add_tenant(self, tenant: TenantId) -> None:
        """There is another tenant."""
        row = (tenant.hex, tenant.hex, NOW.isoformat())
        with closing(sqlite3.connect(self.folder / FILE)) as connection, connection:
            connection.execute("INSERT INTO tenants (id, name, created_at) VALUES (?, ?, ?)", row)


@dataclass(frozen=True, slots=True)
class PostgresSite:
    """A database of a Postgres."""

    postgres: Postgres
    name: str

    @property
    def url(self) -> str:
        """Where it is, for MemoryChat."""
        return self.postgres.url(self.name, user=LOGIN, password=PASSWORD)

    def open(self) -> AbstractAsyncContextManager[Database]:
        """One more store over it."""
        return opened(self.url)

    def add_tenant(self, tenant: TenantId) -> None:
        """There is another tenant."""
        statement = "INSERT INTO tenants (id, name, created_at) VALUES (%s, %s, %s)"
        row = (tenant, tenant.hex, NOW)
        self.postgres.execute(statement, database=self.name, parameters=row)

    def empty(self) -> None:
        """Nobody is connected to it, and it holds what it held as a copy of one at head.

        A new copy takes a third of a second of a processor, this a hundredth.
        """
        self.postgres.execute(EMPTY, database=self.name)


def prepared(postgres: Postgres) -> str:
    """The name of a new database, ready for MemoryChat as an operator is told to make it."""
    name = postgres.create()
    postgres.execute(ROLES.read_text(encoding="utf-8"), database=name)
    postgres.execute(f"ALTER ROLE {LOGIN} PASSWORD '{PASSWORD}'")
    return name


@cache
def postgres_at_head(postgres: Postgres) -> str:
    """The name of a database with the whole schema, to be copied."""
    site = PostgresSite(postgres, prepared(postgres))
    engine = open_unbound(site.url, LIMITS)
    migrate(engine)
    return site.name


def postgres_for(folder: Path) -> PostgresSite:
    """The database that belongs to a folder, in the server of this process; new at the first call."""
    postgres = shared()
    name = f"of_{sha256(str(folder).encode()).hexdigest()[:32]}"
    if not postgres.execute("SELECT 1 FROM pg_database WHERE datname = %s", parameters=[name]):
        postgres.create(name, template=postgres_at_head(postgres))
    return PostgresSite(postgres, name)


def a_cipher(folder: Path) -> Cipher:
    """Words under the keys in a folder, which a master key of ones opens."""
    return EnvelopeCipher(UserKeys(open_key_file(folder / "keys.db"), MasterKeys([b"1" * 32])))


@dataclass(frozen=True, slots=True)
class Owner:
    """Somebody with a default profile and a session on it."""

    tenant: TenantId
    user: UserId
    profile: ProfileId
    session: SessionId

    @property
    def actor(self) -> OneUser:
        """Whom it is, to a database."""
        return OneUser(self.user, self.tenant)

    @property
    def namespace(self) -> Namespace:
        return Namespace(self.user, self.profile)


def add_owner(tx: Transaction, *, tenant: TenantId | None = None) -> Owner:
    """Somebody new, of the default tenant unless it is said."""
    user = User(
        id=UserId(new_id()),
        tenant_id=tenant or tx.users.default_tenant(),
        email=f"{uuid4().hex}@example.com",
        display_name=None,
        role=UserRole.USER,
        plan=DEFAULT_PLAN,
        created_at=NOW,
        updated_at=NOW,
    )
    tx.users.add(user, password_hash="x")
    profile = a_profile(user.id, is_default=True)
    tx.profiles.add(profile, tenant_id=user.tenant_id)
    session = a_session(user.id, profile.id)
    tx.sessions.add(session, tenant_id=user.tenant_id)
    return Owner(user.tenant_id, user.id, profile.id, session.id)


def an_api_key(owner: Owner, *, name: str = "program") -> ApiKey:
    key_id = ApiKeyId(new_id())
    grant = KeyGrant(
        key_id=key_id,
        scopes=frozenset({Scope.CHAT}),
        profile_id=owner.profile,
        privacy_mode=PrivacyMode.PAUSE_MEMORIES,
        requests_per_minute=60,
    )
    return ApiKey(
        id=key_id,
        tenant_id=owner.tenant,
        user_id=owner.user,
        name=name,
        prefix="mc_abcdef",
        grant=grant,
        expires_at=NOW,
        last_used_at=None,
        created_at=NOW,
    )


def a_profile(user: UserId, *, name: str = "personal", is_default: bool = False) -> Profile:
    return Profile(
        id=ProfileId(new_id()),
        user_id=user,
        name=name,
        description=None,
        is_default=is_default,
        persona=None,
        learning=Learning.AUTO,
        speakers=(),
        created_at=NOW,
        updated_at=NOW,
    )


def a_session(user: UserId, profile: ProfileId, *, at: datetime = NOW, **fields: Any) -> Session:
    return replace(new_session(Namespace(user, profile), at=at), **fields)


def a_message(owner: Owner, content: str = "Hello.", **fields: Any) -> Message:
    values: dict[str, Any] = {
        "id": MessageId(new_id()),
        "session_id": owner.session,
        "role": Role.USER,
        "privacy_mode": PrivacyMode.NORMAL,
        "learnable": True,
        "searchable": True,
        "created_at": NOW,
        **fields,
    }
    return Message(user_id=owner.user, profile_id=owner.profile, seq=0, content=content, **values)


def a_memory(owner: Owner, content: str = "Anna likes tea.", **fields: Any) -> Memory:
    values: dict[str, Any] = {
        "id": MemoryId(new_id()),
        "kind": MemoryKind.FACT,
        "status": MemoryStatus.ACTIVE,
        "source": MemorySource.LEARNT,
        "importance": 0.5,
        "said_at": NOW,
        "updated_at": NOW,
        **fields,
    }
    return Memory(
        user_id=owner.user,
        profile_id=owner.profile,
        content=content,
        confidence=0.9,
        created_at=NOW,
        **values,
    )


def an_import(owner: Owner, *, at: datetime) -> Import:
    """One that is running."""
    return Import(
        id=ImportId(uuid4()),
        tenant_id=owner.tenant,
        user_id=owner.user,
        profile_id=owner.profile,
        format=PortableFormat.MEM0,
        state=ImportState.RUNNING,
        done=0,
        total=1,
        report=None,
        error=None,
        created_at=at,
        finished_at=None,
    )


def a_document(owner: Owner, **fields: Any) -> Document:
    """One that is arriving; its digest is its id."""
    identity = DocumentId(new_id())
    values: dict[str, Any] = {
        "id": identity,
        "title": "Lease",
        "digest": str(identity),
        "file_key": new_file_key(),
        "size_bytes": 5,
        "state": DocumentState.ARRIVING,
        "created_at": NOW,
        **fields,
    }
    return Document(
        tenant_id=owner.tenant,
        user_id=owner.user,
        profile_id=owner.profile,
        media_type=MediaType.PLAIN,
        chunk_count=1,
        updated_at=NOW,
        **values,
    )


def a_chunk(document: Document, content: str = "The deposit is at Nordea.") -> Chunk:
    return Chunk(
        id=ChunkId(new_id()),
        user_id=document.user_id,
        profile_id=document.profile_id,
        document_id=document.id,
        title=document.title,
        position=1,
        page=None,
        content=content,
        created_at=NOW,
    )
