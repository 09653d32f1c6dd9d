"""Turns per second on SQLite: one thread hop per transaction against one per statement.

`python -m bench.transactions`. A turn is two transactions: session, profile, lease, the last 20
messages and the question; then the answer. Both sides run the same repositories; the baseline goes
through SQLAlchemy's async engine and aiosqlite.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar
from uuid import uuid4

import uvloop
from sqlalchemy import event
from sqlalchemy.ext.asyncio import create_async_engine
from tqdm import tqdm

from app.adapters.sql.cipher import PlainText
from app.adapters.sql.engines import open_engines
from app.adapters.sql.migrate import migrate
from app.adapters.sql.store import SqlStore
from app.adapters.sql.transaction import SqlTransaction
from app.core.privacy import PrivacyMode
from app.models.actor import SYSTEM, OneUser
from app.models.ids import MessageId, ProfileId, UserId, new_id
from app.models.message import Message, Role
from app.models.plan import DEFAULT_PLAN
from app.models.profile import Learning, Profile
from app.models.session import new_session
from app.models.user import User, UserRole
from app.ports.database import Transaction

TURNS = 300
ROUNDS = 5
HISTORY = 20

Result = TypeVar("Result")
Write = Callable[[Callable[[Transaction], Any]], Awaitable[Any]]


class Place:
    """A session with some history, and the two transactions of a turn in it."""

    def __init__(self, tx: Transaction) -> None:
        now = datetime.now(UTC)
        self._tenant = tx.users.default_tenant()
        user = User(
            id=UserId(new_id()),
            tenant_id=self._tenant,
            email=f"{uuid4().hex}@example.com",
            display_name=None,
            role=UserRole.USER,
            plan=DEFAULT_PLAN,
            created_at=now,
            updated_at=now,
        )
        self._profile = Profile(
            id=ProfileId(new_id()),
            user_id=user.id,
            name="bench",
            description=None,
            is_default=True,
            persona=None,
            learning=Learning.AUTO,
            speakers=(),
            created_at=now,
            updated_at=now,
        )
        self._session = new_session(self._profile.namespace, at=now, title="bench")
        self.owner: Final = OneUser(user.id, self._tenant)
        tx.users.add(user, password_hash="none")  # noqa: S106 - nobody logs in
        tx.profiles.add(self._profile, tenant_id=self._tenant)
        tx.sessions.add(self._session, tenant_id=self._tenant)
        tx.messages.append([self._message() for _ in range(HISTORY)], tenant_id=self._tenant)

    async def turn(self, write: Write) -> None:
        """One turn, in its two transactions."""
        token = uuid4()

        def begin(tx: Transaction) -> None:
            now = datetime.now(UTC)
            session = tx.sessions.get(self._session.id, owner=self._session.user_id)
            tx.profiles.get(session.profile_id, owner=session.user_id)
            tx.sessions.take_lease(
                session.id, token=token, now=now, until=now + timedelta(seconds=15)
            )
            tx.messages.recent(session.id, limit=HISTORY)
            tx.messages.append([self._message()], tenant_id=self._tenant)

        def end(tx: Transaction) -> None:
            tx.sessions.release_lease(self._session.id, token=token)
            tx.messages.append([self._message()], tenant_id=self._tenant)

        await write(begin)
        await write(end)

    def _message(self) -> Message:
        return Message(
            id=MessageId(new_id()),
            user_id=self._session.user_id,
            profile_id=self._session.profile_id,
            session_id=self._session.id,
            seq=0,
            role=Role.USER,
            content="word " * 40,
            privacy_mode=PrivacyMode.NORMAL,
            learnable=True,
            created_at=datetime.now(UTC),
        )


async def turns_per_second(write: Write) -> float:
    """How many turns one session makes in a second, one after the other."""
    place = await write(Place)
    start_s = time.perf_counter()
    for _ in range(TURNS):
        await place.turn(write)
    return TURNS / (time.perf_counter() - start_s)


async def by_transaction(file: Path) -> float:
    """The product's way."""
    engines = open_engines(f"sqlite:///{file}")
    store = SqlStore(engines)
    try:
        return await turns_per_second(partial(store.write, by=SYSTEM))
    finally:
        await store.close()


async def by_statement(file: Path) -> float:
    """SQLAlchemy's async engine, with the same pragmas."""
    engine = create_async_engine(f"sqlite+aiosqlite:///{file}", pool_size=1)

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _entry: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "secure_delete=ON"):
            cursor.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    async def write(work: Callable[[Transaction], Result]) -> Result:
        async with engine.begin() as connection:
            return await connection.run_sync(lambda sync: work(SqlTransaction(sync, PlainText())))

    try:
        return await turns_per_second(write)
    finally:
        await engine.dispose()


def main() -> None:
    """Prints both figures and their ratio, over several rounds."""
    ours, theirs = [], []
    for _ in tqdm(range(ROUNDS), desc="Rounds", unit=" rounds"):
        with tempfile.TemporaryDirectory() as folder:
            files = [Path(folder) / name for name in ("a.db", "b.db")]
            for file in files:
                engines = open_engines(f"sqlite:///{file}")
                migrate(engines.writer)
                engines.writer.dispose()
            ours.append(uvloop.run(by_transaction(files[0])))
            theirs.append(uvloop.run(by_statement(files[1])))
    ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
    lines = (
        f"one hop per transaction  {statistics.median(ours):6.0f} turns/s",
        f"one hop per statement    {statistics.median(theirs):6.0f} turns/s",
        f"ratio                    {statistics.median(ratios):6.2f}"
        f"  (from {min(ratios):.2f} to {max(ratios):.2f})",
    )
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
