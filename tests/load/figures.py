"""What a load costs: processor time and memory of each part, and room in the database."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

import psutil

from tests.support.database import PostgresSite

EVERY_S: Final = 1.0
MIB: Final = 1 << 20
TABLES: Final = 8
_ROOM: Final = """\
SELECT c.relname, pg_total_relation_size(c.oid), pg_indexes_size(c.oid), c.reltuples
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND c.reltuples > 0
ORDER BY 2 DESC"""


class Spending:
    """Watches processes with all that they have started, by the part that they are of."""

    def __init__(self, parts: Mapping[str, Callable[[], int]]) -> None:
        """`parts`: the id of each part's first process, which may be another one later.

        What they have spent so far does not count.
        """
        self._parts = parts
        self._spent_s: dict[str, dict[int, float]] = {part: {} for part in parts}
        self._peak_bytes = dict.fromkeys(parts, 0)
        self.look()
        self._before_s = {part: sum(spent.values()) for part, spent in self._spent_s.items()}

    async def run(self) -> None:
        """Looks every second until cancelled; what a killed process spent since then is missed."""
        while True:
            await asyncio.to_thread(self.look)
            await asyncio.sleep(EVERY_S)

    def look(self) -> None:
        """Everything that runs now has been counted."""
        for part, first in self._parts.items():
            with suppress(psutil.NoSuchProcess, RuntimeError):  # between a kill and a start
                root = psutil.Process(first())
                self._count(part, [root, *root.children(recursive=True)])

    def report(self, turns: int) -> list[str]:
        """A line for each part."""
        return [
            f"  {part:<10} {(sum(spent.values()) - self._before_s[part]) * 1000 / max(1, turns):7.2f} ms "
            f"of processor a turn, "
            f"at most {self._peak_bytes[part] / MIB:,.0f} MiB"
            for part, spent in self._spent_s.items()
        ]

    def _count(self, part: str, processes: list[psutil.Process]) -> None:
        resident = 0
        for one in processes:
            with suppress(psutil.NoSuchProcess):
                times = one.cpu_times()
                self._spent_s[part][one.pid] = times.user + times.system
                memory = one.memory_info()
                resident += memory.rss - memory.shared
        self._peak_bytes[part] = max(self._peak_bytes[part], resident)


def room(site: PostgresSite) -> list[str]:
    """A line for each of the largest tables."""
    site.postgres.execute("ANALYZE", database=site.name)
    rows = site.postgres.execute(_ROOM, database=site.name)
    return [
        f"  {name:<20} {int(count):>9,} rows of {size / count:8,.0f} bytes, {indexes / size:.0%} of it indexes"
        for name, size, indexes, count in rows[:TABLES]
    ]
