"""What encryption at rest costs: plain, words under keys of users, the whole file, and both.

`python -m bench.encryption`. Every round measures the four side by side: turns as in
`bench.transactions`, reading the words that a recall found, looking for a word in all sessions, and
the size of the file. Times are of the processor, all threads together: they hold on a busy machine
too. The first of the four is the baseline of the ratios.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from secrets import token_bytes
from typing import Final

import uvloop
from tqdm import tqdm

from app.adapters.sql.cipher import Cipher, PlainText
from app.adapters.sql.engines import open_engines, open_key_file
from app.adapters.sql.envelope import EnvelopeCipher
from app.adapters.sql.master_keys import MasterKeys
from app.adapters.sql.migrate import migrate
from app.adapters.sql.store import SqlStore
from app.adapters.sql.user_keys import UserKeys
from app.core.privacy import PrivacyMode
from app.models.actor import SYSTEM
from app.models.ids import MessageId, new_id
from app.models.message import Message, Role
from app.models.session import new_session
from app.ports.database import Transaction
from bench.transactions import TURNS, Place

ROUNDS: Final = 5
SESSIONS: Final = 100
MESSAGES: Final = 100
"""Of each session."""
FOUND: Final = 60
"""Candidates of a recall, whose words are read."""
READS: Final = 30
SEARCHES: Final = 3


@dataclass(frozen=True, slots=True)
class Way:
    """How what is at rest is encrypted."""

    words: bool
    file: bool


WAYS: Final[Mapping[str, Way]] = {
    "plain": Way(words=False, file=False),
    "words": Way(words=True, file=False),
    "file": Way(words=False, file=True),
    "both": Way(words=True, file=True),
}


@dataclass(frozen=True, slots=True)
class Figures:
    """What one round of one way gave."""

    turn_ms: float
    reading_ms: float
    search_ms: float
    size_mib: float


class Library:
    """Somebody who said 10,000 things."""

    def __init__(self, tx: Transaction) -> None:
        [(tenant, namespace)] = tx.profiles.namespaces()
        self.owner, profile = namespace.user_id, namespace.profile_id
        now = datetime.now(UTC)
        self.ids: list[MessageId] = []
        for number in range(SESSIONS):
            session = new_session(namespace, at=now, title=f"Session {number}")
            tx.sessions.add(session, tenant_id=tenant)
            said = [
                Message(
                    id=MessageId(new_id()),
                    user_id=session.user_id,
                    profile_id=profile,
                    session_id=session.id,
                    seq=0,
                    role=Role.USER,
                    content=f"word{number}x{place} " * 20,
                    privacy_mode=PrivacyMode.NORMAL,
                    learnable=True,
                    created_at=now,
                )
                for place in range(MESSAGES)
            ]
            tx.messages.append(said, tenant_id=tenant)
            self.ids += [message.id for message in said]

    def read(self, tx: Transaction, start: int) -> None:
        """The words of some messages from all over are read."""
        wanted = self.ids[start :: len(self.ids) // FOUND][:FOUND]
        assert len(tx.messages.by_ids(wanted, owner=self.owner)) == FOUND  # noqa: S101 - a bench that reads nothing measures nothing

    def search(self, tx: Transaction) -> None:
        """Somebody looks for what was said in one session, the last one to be looked through."""
        page = tx.sessions.page(
            owner=self.owner, profile_id=None, words=["word0x0"], after=None, limit=20
        )
        assert len(page.items) == 1  # noqa: S101 - as above


async def measured(folder: Path, way: Way) -> Figures:
    """One round of one way."""
    cipher: Cipher = PlainText()
    if way.words:
        keys = UserKeys(open_key_file(folder / "keys.db"), MasterKeys([token_bytes(32)]))
        cipher = EnvelopeCipher(keys)
    file = folder / "bench.db"
    engines = open_engines(f"sqlite:///{file}", key=token_bytes(32) if way.file else None)
    migrate(engines.writer)
    store = SqlStore(engines, cipher=cipher)
    try:
        place = await store.write(Place, by=SYSTEM)
        start_s = time.process_time()
        for _ in range(TURNS):
            await place.turn(partial(store.write, by=SYSTEM))
        turns_s = time.process_time() - start_s
        library = await store.write(Library, by=SYSTEM)
        await store.scrub()

        def read_all(tx: Transaction) -> None:
            for start in range(READS):
                library.read(tx, start)

        def search_all(tx: Transaction) -> None:
            for _ in range(SEARCHES):
                library.search(tx)

        reading_s = await timed(store, read_all)
        search_s = await timed(store, search_all)
        return Figures(
            turn_ms=turns_s / TURNS * 1_000,
            reading_ms=reading_s / READS * 1_000,
            search_ms=search_s / SEARCHES * 1_000,
            size_mib=file.stat().st_size / 2**20,
        )
    finally:
        await store.close()


async def timed(store: SqlStore, work: Callable[[Transaction], None]) -> float:
    """Seconds of the processor that some reading takes."""
    start_s = time.process_time()
    await store.read(work, by=SYSTEM)
    return time.process_time() - start_s


def main() -> None:
    """Prints medians, and ratios to plain out of the same rounds."""
    rounds: dict[str, list[Figures]] = {name: [] for name in WAYS}
    with tqdm(total=ROUNDS * len(WAYS), desc="Measuring", unit=" runs") as bar:
        for _ in range(ROUNDS):
            for name, way in WAYS.items():
                with tempfile.TemporaryDirectory() as folder:
                    rounds[name].append(uvloop.run(measured(Path(folder), way)))
                bar.update()
    sys.stdout.write("".join(map(line, table(rounds))))


def table(rounds: Mapping[str, Sequence[Figures]]) -> Sequence[Sequence[str]]:
    """A heading, and each way with its figures."""
    rows: list[Sequence[str]] = [
        ("", "turn, ms", "", "read 60, ms", "", "search 10,000, ms", "", "MiB", "")
    ]
    for name, figures in rounds.items():
        cells = [name]
        for field in ("turn_ms", "reading_ms", "search_ms", "size_mib"):
            ours = [getattr(one, field) for one in figures]
            plain = [getattr(one, field) for one in rounds["plain"]]
            ratio = statistics.median(a / b for a, b in zip(ours, plain, strict=True))
            cells += [f"{statistics.median(ours):.2f}", f"x{ratio:.2f}"]
        rows.append(cells)
    return rows


def line(cells: Sequence[str]) -> str:
    """A row of the table, in columns."""
    widths = (6, 8, 7, 12, 7, 18, 7, 6, 7)
    return "".join(cell.rjust(width) for cell, width in zip(cells, widths, strict=True)) + "\n"


if __name__ == "__main__":
    main()
