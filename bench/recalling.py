"""How long recall takes as memories grow, against mem0 on a local Qdrant: `python -m bench.recalling`."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from tqdm import tqdm

from app.models.profile import Profile
from app.ports.embedder import Vectors
from bench.library import Library, open_library
from bench.rig.mem0_peer import open_mem0, put
from bench.rig.processes import a_folder
from bench.rig.report import Effort, Figure, run_alone
from bench.rig.spread import Spread, quantile, spread
from bench.scale import Filler
from bench.source import ORIGINALS, Sentences, Source
from bench.svg import Axes, curves

SIZES: Final = (1_000, 10_000, 50_000, 100_000)
QUICK_SIZES: Final = (500, 2_000)
MEM0_SIZES: Final = (1_000, 10_000, 50_000)
SMALL: Final = 20
"""Memories of each of a thousand profiles."""
FASTER: Final = 50.0
P95_MS: Final = 10.0
HOW: Final = """\
All of a turn's recall in one process: the question's embedding, the search, ranking, relevance, and the words out of SQL,
one question after the other. One installation holds a profile of each size and a thousand small ones.
Memories are sentences of real words; their vectors those of 2,000 of them by the built-in model, blurred. mem0's
`AsyncMemory.search` has the same texts, the same vectors and the same embedder, on a local Qdrant, as it comes without
its optional parts (no BM25, no entities), which makes it faster. Rounds of questions go over all sizes
in turns; each round is one repetition."""

Times = Mapping[str, Sequence[Sequence[float]]]
"""Milliseconds of each question, by what was asked and round."""


def measure(effort: Effort) -> Figure:
    """p50 and p95 at each size, and how many times faster than mem0."""
    sizes = QUICK_SIZES if effort.quick else SIZES
    compared = sizes[-1:] if effort.quick else MEM0_SIZES
    with a_folder() as folder:
        ours, theirs = asyncio.run(_measured(folder, sizes, compared, effort))
    return _told(ours, theirs, sizes)


async def _measured(
    folder: Path, sizes: Sequence[int], compared: Sequence[int], effort: Effort
) -> tuple[Times, Times]:
    async with open_library(folder / "ours", remember=False) as library:
        embedder = library.container.stores.embedder
        seeds = Sentences(seed=7)
        originals = await embedder.embed([seeds.next(10) for _ in range(effort.of(ORIGINALS, 200))])
        ours = await _ours(library, originals, sizes, effort)
        theirs: dict[str, list[list[float]]] = {}
        for size in compared:
            place = folder / f"mem0-{size}"
            place.mkdir()
            async with open_mem0(place, embedder) as memory:
                texts, vectors = Source(Sentences(seed=size), originals, seed=size).draw(size)
                await asyncio.to_thread(put, memory, texts, vectors, user_id="reader")

                async def ask(question: str, memory: object = memory) -> object:
                    filters = {"user_id": "reader"}
                    return await memory.search(question, top_k=20, filters=filters)  # type: ignore[attr-defined]

                found = [await _round(ask, effort.of(6, 3), at) for at in range(effort.of(3, 2))]
                theirs[f"{size:,}"] = found
    return ours, theirs


async def _ours(
    library: Library, originals: Vectors, sizes: Sequence[int], effort: Effort
) -> Times:
    profiles: dict[str, list[Profile]] = {}
    for size in tqdm(sizes, desc="Filling", unit="profile"):
        profile = await library.empty_profile()
        source = Source(Sentences(seed=size), originals, seed=size)
        await Filler(library, source).fill(profile, size)
        profiles[f"{size:,}"] = [profile]
    small, source = effort.of(1_000, 20), Source(Sentences(seed=3), originals, seed=3)
    name = f"{small:,} × {SMALL}"
    profiles[name] = []
    for _ in tqdm(range(small), desc="Filling", unit="profile"):
        profiles[name].append(await library.empty_profile())
        await Filler(library, source).fill(profiles[name][-1], SMALL)
    await library.container.stores.index.flush()
    recaller = library.container.mem0.recaller
    times: dict[str, list[list[float]]] = {name: [] for name in [*profiles, "embedding"]}
    for at in range(effort.of(5, 2)):
        for name, some in profiles.items():
            shown = iter(range(10**6))

            async def ask(question: str, some: Sequence[Profile] = some) -> object:
                profile = some[next(shown) * 37 % len(some)]  # noqa: B023 - called in this round
                return await recaller.recall(profile, question, by=library.caller, shown=None)

            times[name].append(await _round(ask, effort.of(100, 30), at))

        async def embed(question: str) -> object:
            return await library.container.stores.embedder.embed([question])

        times["embedding"].append(await _round(embed, effort.of(100, 30), at))
    return times


async def _round(ask: Callable[[str], Awaitable[object]], count: int, seed: int) -> list[float]:
    """Milliseconds of so many questions, after a few that do not count."""
    questions = Sentences(seed=100 + seed)
    took = []
    for number in range(count + 3):
        question = questions.next(7)
        started_s = time.perf_counter()
        await ask(question)
        if number >= 3:
            took.append(1_000 * (time.perf_counter() - started_s))
    return took


def _told(ours: Times, theirs: Times, sizes: Sequence[int]) -> Figure:
    figure = Figure(name="recalling", title="Recall as memories grow", how=HOW)
    for whose, times in (("", ours), ("mem0, ", theirs)):
        for name, rounds in times.items():
            for percent in (50, 95):
                figure.add(f"{whose}{name}: p{percent}", "ms", _quantiles(rounds, percent))
    for name, rounds in theirs.items():
        faster = _quantiles(rounds, 50).median / _quantiles(ours[name], 50).median
        figure.add(f"{name}: mem0's p50, of ours", "×", spread([faster]))
    biggest = list(theirs)[-1]
    ratio = _quantiles(theirs[biggest], 50).median / _quantiles(ours[biggest], 50).median
    figure.want_at_least(f"mem0's p50 at {biggest}, of ours ≥ {FASTER:g} ×", ratio, FASTER, "×")
    middle = f"{10_000 if 10_000 in sizes else sizes[-1]:,}"
    p95 = _quantiles(ours[middle], 95).median
    figure.want_at_most(f"p95 at {middle} ≤ {P95_MS:g} ms", p95, P95_MS, "ms")
    figure.pictures[""] = _picture(ours, sizes)
    figure.pictures["-mem0"] = _beside(ours, theirs)
    return figure


def _quantiles(rounds: Sequence[Sequence[float]], percent: float) -> Spread:
    return spread([quantile(one, percent) for one in rounds])


def _exponents(sizes: Sequence[int]) -> list[float]:
    return [float(np.log10(size)) for size in sizes]


def _picture(ours: Times, sizes: Sequence[int]) -> str:
    exponents = _exponents(sizes)
    named = {
        f"p{percent}": [
            (exponent, _quantiles(ours[f"{size:,}"], percent).median)
            for exponent, size in zip(exponents, sizes, strict=True)
        ]
        for percent in (95, 50)
    }
    embedding = _quantiles(ours["embedding"], 50).median
    named["embedding alone"] = [(exponent, embedding) for exponent in exponents]
    highest = max(value for curve in named.values() for _, value in curve)
    axes = Axes(
        title="Recall of a turn, embedding included",
        x_label="memories in the profile, as a power of ten",
        y_label="milliseconds",
        x_range=(exponents[0], exponents[-1] + 0.01),
        y_range=(0, 5 * (highest // 5 + 1)),
    )
    return curves(axes, named)


def _beside(ours: Times, theirs: Times) -> str:
    sizes = [int(name.replace(",", "")) for name in theirs]
    exponents = _exponents(sizes)
    named = {
        whose: [
            (exponent, float(np.log10(_quantiles(times[f"{size:,}"], 50).median)))
            for exponent, size in zip(exponents, sizes, strict=True)
        ]
        for whose, times in (("mem0 on local Qdrant", theirs), ("MemoryChat", ours))
    }
    axes = Axes(
        title="Recall beside mem0, p50",
        x_label="memories, as a power of ten",
        y_label="milliseconds, as a power of ten",
        x_range=(exponents[0], exponents[-1] + 0.01),
        y_range=(0, 4),
    )
    return curves(axes, named)


if __name__ == "__main__":
    run_alone(measure)
