"""Turns per second on SQLite and on Postgres, by one user and by many at once.

`python -m bench.databases`. A turn is the two transactions of `bench.transactions`, by whoever owns
the session. Postgres is the one that tests use, on this machine and over TCP, with what makes commits
durable switched on (`synchronous_commit`, `fsync`); SQLite is as MemoryChat opens it.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import uvloop
from tqdm import tqdm

from app.adapters.sql.engines import open_engines
from app.adapters.sql.migrate import migrate
from app.adapters.sql.postgres_limits import PostgresLimits
from app.adapters.sql.store import SqlStore
from app.models.actor import SYSTEM
from bench.transactions import Place
from tests.support.database import PostgresSite, postgres_at_head
from tests.support.postgres import Postgres

TURNS: Final = 100
ROUNDS: Final = 3
USERS: Final = (1, 8)
DURABLE: Final = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


async def turns_per_second(url: str, *, users: int) -> float:
    """How many turns so many users make in a second, all at once, each one after the other."""
    store = SqlStore(open_engines(url, limits=PostgresLimits(connections=max(USERS))))
    try:
        places: Sequence[Place] = [await store.write(Place, by=SYSTEM) for _ in range(users)]
        await asyncio.gather(*(_talk(store, place, turns=5) for place in places))
        start_s = time.perf_counter()
        await asyncio.gather(*(_talk(store, place, turns=TURNS) for place in places))
        return users * TURNS / (time.perf_counter() - start_s)
    finally:
        await store.close()


async def _talk(store: SqlStore, place: Place, *, turns: int) -> None:
    for _ in range(turns):
        await place.turn(partial(store.write, by=place.owner))


def sqlite(users: int) -> float:
    """The figure for a new SQLite file."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'bench.db'}"
        engines = open_engines(url)
        migrate(engines.writer)
        engines.writer.dispose()
        return uvloop.run(turns_per_second(url, users=users))


def on(postgres: Postgres, users: int) -> float:
    """The figure for a new database of a Postgres."""
    with postgres.a_database(template=postgres_at_head(postgres)) as name:
        return uvloop.run(turns_per_second(PostgresSite(postgres, name).url, users=users))


def main() -> None:
    """Prints the median of each over several rounds."""
    postgres = Postgres()
    postgres.start(**DURABLE)
    ways: Mapping[str, Callable[[int], float]] = {
        "SQLite": sqlite,
        "Postgres": partial(on, postgres),
    }
    figures: Mapping[tuple[str, int], list[float]] = {
        (name, users): [] for name in ways for users in USERS
    }
    for _ in tqdm(range(ROUNDS), desc="Rounds", unit=" rounds"):
        for name, users in figures:
            figures[name, users].append(ways[name](users))
    postgres.remove()
    for (name, users), found in figures.items():
        sys.stdout.write(f"{name:9} {users:2} at once  {statistics.median(found):6.0f} turns/s\n")


if __name__ == "__main__":
    main()
