"""The key of each user, wrapped: in a file of its own, so that no backup of the words holds it."""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import token_bytes
from threading import Lock
from typing import Any, Final
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import (
    Column,
    Engine,
    LargeBinary,
    MetaData,
    String,
    Table,
    Uuid,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError

from app.adapters.sql.batches import batches
from app.adapters.sql.columns import moment
from app.adapters.sql.engines import rewrite_keys
from app.adapters.sql.master_keys import MasterKeys
from app.core.errors import StorageUnavailable
from app.models.ids import UserId

MAX_CACHED: Final = 10_000
"""Of 1 KB each."""
_PAGE: Final = 500

user_keys = Table(
    "user_keys",
    MetaData(),
    Column("user_id", Uuid, primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
    Column("key_id", String(16), nullable=False),
    moment("created_at"),
)


@dataclass(frozen=True, slots=True)
class UserKey:
    """What one user's words are sealed and compared with."""

    sealing: AESGCM
    comparing: bytes


class UserKeys:
    """The keys of users, the latest used ones unwrapped in memory."""

    def __init__(self, engine: Engine, master: MasterKeys) -> None:
        """The file exists."""
        self._engine = engine
        self._master = master
        self._cached: OrderedDict[UUID, UserKey] = OrderedDict()
        self._lock = Lock()
        user_keys.metadata.create_all(engine)

    def get(self, owner: UserId) -> UserKey:
        """The key of a user.

        Raises:
            StorageUnavailable: it is gone, or the master key is another one.
        """
        with self._lock:
            if (known := self._cached.get(owner)) is not None:
                self._cached.move_to_end(owner)
                return known
            with self._engine.begin() as connection:
                row = connection.execute(
                    select(user_keys).where(user_keys.c.user_id == owner)
                ).first()
            if row is None:
                raise StorageUnavailable("The key of this account is gone.")
            key = self._unwrapped(row)
            if key is None:
                raise StorageUnavailable("The key of this account cannot be opened.")
            self._cached[owner] = found = _derived(key)
            if len(self._cached) > MAX_CACHED:
                self._cached.popitem(last=False)
            return found

    def create(self, owner: UserId) -> None:
        """The user has a key, and it is on disk.

        Raises:
            StorageUnavailable: it could not be written.
        """
        wrapped = self._master.wrap(token_bytes(32), owner=owner)
        try:
            with self._engine.begin() as connection:
                connection.execute(
                    insert(user_keys).values(
                        user_id=owner,
                        wrapped=wrapped,
                        key_id=self._master.current,
                        created_at=datetime.now(UTC),
                    )
                )
        except DBAPIError as error:
            raise StorageUnavailable from error

    def erase(self, owners: Iterable[UserId]) -> None:
        """The keys are nowhere any more."""
        with self._lock:
            for some in batches(owners):
                for owner in some:
                    self._cached.pop(owner, None)
                with self._engine.begin() as connection:
                    connection.execute(delete(user_keys).where(user_keys.c.user_id.in_(some)))

    def owners(self) -> set[UUID]:
        """The users who have a key."""
        with self._engine.begin() as connection:
            return set(connection.execute(select(user_keys.c.user_id)).scalars())

    def count_foreign(self) -> int:
        """How many keys none of the master keys opens; one of each kind is tried."""
        with self._engine.begin() as connection:
            kinds = connection.execute(
                select(user_keys.c.key_id, func.count()).group_by(user_keys.c.key_id)
            ).all()
            return sum(count for key_id, count in kinds if key_id not in self._master)

    def rewrap(self, advance: Callable[[int], None]) -> None:
        """Every key is wrapped by the current master key; what was done stays after a crash."""
        while True:
            with self._engine.begin() as connection:
                rows = connection.execute(
                    select(user_keys).where(user_keys.c.key_id != self._master.current).limit(_PAGE)
                ).all()
                if not rows:
                    break
                connection.execute(
                    update(user_keys).where(
                        user_keys.c.user_id == bindparam("owner", type_=Uuid())
                    ),
                    [self._rewrapped(row) for row in rows],
                )
            advance(len(rows))
        rewrite_keys(self._engine)

    def count_to_rewrap(self) -> int:
        """How many keys are wrapped by a former master key."""
        with self._engine.begin() as connection:
            return connection.execute(
                select(func.count()).where(user_keys.c.key_id != self._master.current)
            ).scalar_one()

    def close(self) -> None:
        """The file is let go, and no key is in memory."""
        self._cached.clear()
        self._engine.dispose()

    def _rewrapped(self, row: Any) -> dict[str, object]:
        key = self._unwrapped(row)
        if key is None:
            raise StorageUnavailable("The key of an account cannot be opened.")
        wrapped = self._master.wrap(key, owner=row.user_id)
        return {"owner": row.user_id, "wrapped": wrapped, "key_id": self._master.current}

    def _unwrapped(self, row: Any) -> bytes | None:
        return self._master.unwrap(row.wrapped, key_id=row.key_id, owner=row.user_id)


def _derived(key: bytes) -> UserKey:
    """Keys for two purposes out of one."""
    both = HKDF(algorithm=SHA256(), length=64, salt=None, info=b"memorychat words").derive(key)
    return UserKey(sealing=AESGCM(both[:32]), comparing=both[32:])
