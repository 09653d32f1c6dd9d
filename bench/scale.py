"""Recall, room and time as memories grow: `python -m bench.scale [--out FOLDER]`.

    python -m bench.scale --sizes 1000 10000 100000 --profiles 1000x1000 --reindex-up-to 100000

Each size is an installation of its own. Its memories are sentences of real words, as frequent as in
English; their vectors are those of 2,000 of them by the built-in model, blurred, since embedding a
million takes hours. Questions are embedded as always. Timed is all of a turn's recall: embedding,
search, ranking, relevance, and the words out of SQL. Then a server is started on the folder, and
its memory read; at last, for the smaller sizes, the index is built anew by the reindex command.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
from tqdm import tqdm

from app.models.actor import SYSTEM
from app.models.clock import utc_now
from app.models.ids import MemoryId, new_id
from app.models.memory import (
    Memory,
    MemoryKind,
    MemorySource,
    MemoryStatus,
)
from app.models.profile import Profile
from app.services.points import memory_entry, points_of
from bench.library import Library, first_version, open_library
from bench.rig.clocks import resident_mib, settled
from bench.server import ROOT, ServerProcess, inherited
from bench.source import ORIGINALS, Sentences, Source
from bench.svg import Axes, curves

QUESTIONS: Final = 300
BATCH: Final = 2_000
MIB: Final = 2**20


@dataclass(frozen=True, slots=True)
class Size:
    """So many profiles of so many memories each."""

    profiles: int
    each: int

    @property
    def memories(self) -> int:
        """All of them."""
        return self.profiles * self.each

    def __str__(self) -> str:
        return f"{self.each:,}" if self.profiles == 1 else f"{self.profiles:,} x {self.each:,}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one size costs."""

    size: str
    memories: int
    p50_ms: float
    p95_ms: float
    embedding_ms: float
    index_mib: float
    sql_mib: float
    start_s: float
    resident_mib: float
    reindex_s: float | None

    def __str__(self) -> str:
        reindex = f"{self.reindex_s:8.1f}" if self.reindex_s else f"{'–':>8}"
        return (
            f"{self.size:>14} {self.p50_ms:9.1f} {self.p95_ms:9.1f} {self.embedding_ms:9.1f} "
            f"{self.index_mib:9.1f} {self.sql_mib:9.1f} {self.start_s:8.2f} "
            f"{self.resident_mib:9.0f} {reindex}"
        )


HEADING: Final = (
    f"{'memories':>14} {'p50 ms':>9} {'p95 ms':>9} {'embed ms':>9} {'index MiB':>9} "
    f"{'SQL MiB':>9} {'start s':>8} {'RSS MiB':>9} {'reindex s':>8}"
)


class Filler:
    """Puts memories into SQL and the index, past the queue between them."""

    def __init__(self, library: Library, source: Source) -> None:
        self._library = library
        self._source = source

    async def fill(self, profile: Profile, count: int) -> None:
        """The profile has so many memories."""
        container = self._library.container
        for start in range(0, count, BATCH):
            texts, vectors = self._source.draw(min(BATCH, count - start))
            some = [_memory(profile, text) for text in texts]
            rows = [(memory, [first_version(memory)]) for memory in some]
            await container.supabase.database.write(
                lambda tx, rows=rows: tx.portability.add_memories(  # type: ignore[misc]
                    rows, tenant_id=self._library.caller.tenant_id
                ),
                by=SYSTEM,
            )
            points = points_of(list(map(memory_entry, some)), vectors)
            await container.stores.index.upsert(profile.namespace, points)


def _memory(profile: Profile, text: str) -> Memory:
    now = utc_now()
    return Memory(
        id=MemoryId(new_id()),
        user_id=profile.user_id,
        profile_id=profile.id,
        kind=MemoryKind.FACT,
        content=text,
        importance=0.5,
        confidence=0.9,
        status=MemoryStatus.ACTIVE,
        said_at=now,
        source=MemorySource.MANUAL,
        created_at=now,
        updated_at=now,
    )


async def measure(size: Size, folder: Path) -> tuple[float, float, float]:
    """Recall at a size: p50, p95, and the embedding's p50, in milliseconds; the folder is filled."""
    sentences = Sentences(seed=7)
    async with open_library(folder, remember=False) as library:
        texts = [sentences.next(10) for _ in range(ORIGINALS)]
        originals = await library.container.stores.embedder.embed(texts)
        filler = Filler(library, Source(sentences, originals))
        profiles = []
        with tqdm(total=size.memories, desc=f"Filling {size}", unit=" memories") as bar:
            for _ in range(size.profiles):
                profiles.append(await library.empty_profile())
                await filler.fill(profiles[-1], size.each)
                bar.update(size.each)
        await library.container.stores.index.flush()
        return await _timed(library, profiles, [sentences.next(7) for _ in range(QUESTIONS)])


async def _timed(
    library: Library, profiles: Sequence[Profile], questions: Sequence[str]
) -> tuple[float, float, float]:
    recaller, embedder = library.container.mem0.recaller, library.container.stores.embedder
    took: list[tuple[float, float]] = []
    for number, question in enumerate(questions):
        profile = profiles[number * len(profiles) // len(questions)]
        started_s = time.perf_counter()
        await recaller.recall(profile, question, by=library.caller, shown=None)
        recalled_s = time.perf_counter()
        await embedder.embed([question])
        took.append((recalled_s - started_s, time.perf_counter() - recalled_s))
    recall, embedding = 1_000 * np.array(took[20:]).T
    return float(np.median(recall)), float(np.percentile(recall, 95)), float(np.median(embedding))


def run(size: Size, folder: Path, *, reindex: bool) -> Result:
    """Everything about one size; the folder takes its data."""
    server = ServerProcess(folder, {"MEMORYCHAT_RATE_LIMITS__ENABLED": "false"})
    p50, p95, embedding = asyncio.run(measure(size, server.data_dir))
    index_mib = _mib(server.data_dir / "index")
    started_s = time.perf_counter()
    with server:
        start_s = time.perf_counter() - started_s
        settled(server.pid)
        resident = resident_mib(server.pid)
    return Result(
        size=str(size),
        memories=size.memories,
        p50_ms=p50,
        p95_ms=p95,
        embedding_ms=embedding,
        index_mib=index_mib,
        sql_mib=_mib(server.data_dir) - index_mib,
        start_s=start_s,
        resident_mib=resident,
        reindex_s=_reindexed_s(server.data_dir) if reindex else None,
    )


def _mib(folder: Path) -> float:
    """What the files below take of the disk; holes take nothing."""
    return sum(512 * one.stat().st_blocks for one in folder.rglob("*") if one.is_file()) / MIB


def _reindexed_s(data_dir: Path) -> float:
    started_s = time.perf_counter()
    subprocess.run(  # noqa: S603 - our own program
        [sys.executable, str(ROOT / "main.py"), "reindex"],
        env={**inherited(), "MEMORYCHAT_DATA_DIR": str(data_dir)},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return time.perf_counter() - started_s


def picture(results: Sequence[Result]) -> str:
    """Recall over the memories of one profile, as SVG."""
    single = [one for one in results if " x " not in one.size]
    exponents = [float(np.log10(one.memories)) for one in single]
    slowest = max(one.p95_ms for one in single)
    axes = Axes(
        title="Recall of a turn, embedding included",
        x_label="memories in the profile, as a power of ten",
        y_label="milliseconds",
        x_range=(min(exponents), max(exponents) + 0.01),
        y_range=(0, 5 * (slowest // 5 + 1)),
    )
    columns = {
        "p95": [one.p95_ms for one in single],
        "p50": [one.p50_ms for one in single],
        "embedding alone": [one.embedding_ms for one in single],
    }
    named = {name: list(zip(exponents, values, strict=True)) for name, values in columns.items()}
    return curves(axes, named)


def _size(text: str) -> Size:
    profiles, _, each = text.rpartition("x")
    return Size(int(profiles or 1), int(each))


def main() -> None:
    """Measures each size, prints a line for each, and writes the report."""
    parser = argparse.ArgumentParser(description="Measure recall as memories grow.")
    parser.add_argument("--sizes", type=_size, nargs="*", default=[Size(1, 1_000), Size(1, 10_000)])
    parser.add_argument("--profiles", type=_size, nargs="*", default=[], help="such as 1000x1000")
    parser.add_argument("--reindex-up-to", type=int, default=10_000, help="memories")
    parser.add_argument("--out", type=Path, help="takes scale.json and scale.svg")
    given = parser.parse_args()
    results = []
    for size in (*given.sizes, *given.profiles):
        with tempfile.TemporaryDirectory() as folder:
            reindex = size.memories <= given.reindex_up_to
            results.append(run(size, Path(folder), reindex=reindex))
        tqdm.write("\n".join([HEADING, *map(str, results)]))
    if given.out:
        given.out.mkdir(parents=True, exist_ok=True)
        report = json.dumps([asdict(one) for one in results], indent=1)
        (given.out / "scale.json").write_text(report + "\n")
        (given.out / "scale.svg").write_text(picture(results))


if __name__ == "__main__":
    main()
