"""How long the product's recall takes in large profiles."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID, uuid4

import numpy as np

from app.models.actor import SYSTEM
from app.models.profile import Profile
from app.ports.vector_index import Point
from app.services.points import episode_entry, points_of
from app.services.relevance import relevant
from bench.library import Library, Shelf

TIMED: Final = 300
BATCH: Final = 2_000
BLUR: Final = 0.01
"""Standard deviation of the noise by which copies of a vector differ, in each dimension."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds of one recall, from the text to what is relevant."""

    points: int
    p50: float
    p95: float
    embedding_p50: float
    searching_p50: float

    def __str__(self) -> str:
        return (
            f"recall at {self.points:,} points: p50 {self.p50:.1f} ms, p95 {self.p95:.1f} ms"
            f" (embedding {self.embedding_p50:.1f}, searching {self.searching_p50:.1f})"
        )


async def time_recall(
    library: Library,
    shelves: Sequence[Shelf],
    texts: Sequence[str],
    *,
    sizes: Sequence[int],
    advance: Callable[[int], object],
) -> list[Timing]:
    """The timing at each size of one profile, which grows: turns over and over, a little blurred."""
    profile = await library.empty_profile()
    originals = [point for shelf in shelves for point in await _points(library, shelf)]
    timings: list[Timing] = []
    held = 0
    for size in sizes:
        for start in range(held, size, BATCH):
            places = range(start, min(start + BATCH, size))
            copies = [_copy(originals, place) for place in places]
            await library.container.stores.index.upsert(profile.namespace, copies)
            advance(len(copies))
        held = size
        timings.append(await _timing(library, profile, texts, points=size))
    return timings


async def _timing(
    library: Library, profile: Profile, texts: Sequence[str], *, points: int
) -> Timing:
    recaller = library.container.mem0.recaller
    took: list[tuple[float, float, float]] = []
    for text in texts[:: max(1, len(texts) // TIMED)]:
        started = time.perf_counter()
        ranking = await recaller.rank(profile, text, shown=None)
        relevant(ranking.ranked, ranking.signs)
        ended = time.perf_counter()
        await library.container.stores.embedder.embed([ranking.query.dense_text])
        embedded = time.perf_counter() - ended
        took.append((ended - started, embedded, ended - started - embedded))
    whole, embedding, rest = 1_000 * np.array(took).T
    return Timing(
        points,
        p50=float(np.median(whole)),
        p95=float(np.percentile(whole, 95)),
        embedding_p50=float(np.median(embedding)),
        searching_p50=float(np.median(rest)),
    )


async def _points(library: Library, shelf: Shelf) -> list[Point]:
    """The points of a profile's messages, as the product makes them."""
    messages = await library.container.supabase.database.read(
        lambda tx: tx.messages.by_ids(shelf.messages, owner=shelf.profile.user_id), by=SYSTEM
    )
    entries = [episode_entry(message) for message in messages]
    vectors = await library.container.stores.embedder.embed([entry.dense_text for entry in entries])
    return points_of(entries, vectors)


def _copy(originals: Sequence[Point], place: int) -> Point:
    """The point at a place of an endless row of them; each round is said in other sessions."""
    point, round_ = originals[place % len(originals)], place // len(originals)
    session_id = point.facts.session_id
    moved = UUID(int=(session_id.int + round_) % 2**128) if session_id else None
    noise = np.random.default_rng(place).normal(0, BLUR if round_ else 0, len(point.dense))
    dense = point.dense + noise.astype(np.float32)
    return replace(
        point,
        facts=replace(point.facts, id=uuid4(), session_id=moved),
        dense=(dense / np.linalg.norm(dense)).astype(np.float32),
    )
