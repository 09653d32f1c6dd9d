"""Compares the indexes: `python -m bench.indexes FOLDER [--index edge pgvector qdrant] [--sizes …]`.

The same questions are asked of the same LoCoMo conversations over each index: is the evidence among
the first k? Then recall is timed in one profile that grows. Postgres comes out of the development
dependencies, Qdrant's client stands in for a server, in memory: its times say nothing of a server.
"""

import argparse
import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from tqdm import tqdm

from app.ports.vector_index import VectorIndex
from bench.library import Library, open_library
from bench.locomo import Conversation, Form, load_conversations
from bench.scores import Answer, counted, table
from bench.timing import time_recall
from tests.support.database import PostgresSite, postgres_at_head
from tests.support.postgres import Postgres
from tests.support.postgres_index import an_empty_pgvector
from tests.support.qdrant import a_qdrant_in_memory

NAMES: Final = ("edge", "pgvector", "qdrant")
DIMS: Final = 384


@asynccontextmanager
async def an_index(name: str) -> AsyncIterator[VectorIndex | None]:
    """The index of a name, empty; None for the embedded default."""
    match name:
        case "pgvector":
            server = Postgres()
            server.start(shared_buffers="256MB")
            try:
                site = PostgresSite(server, postgres_at_head(server))
                async with an_empty_pgvector(site) as pgvector:
                    yield pgvector
            finally:
                server.remove()
        case "qdrant":
            async with a_qdrant_in_memory(dims=DIMS, deadline_s=60) as in_memory:
                yield in_memory
        case _:
            yield None


async def answered(library: Library, conversations: Sequence[Conversation]) -> list[Answer]:
    """Every question, asked of the profile that holds its own conversation, in the form of names."""
    answers = []
    for conversation in tqdm(conversations, unit="conversation"):
        shelf = await library.shelve([conversation], Form.NAMES)
        for question in conversation.questions:
            ranking = await library.ask(shelf, conversation.asked(question, Form.NAMES))
            found = (shelf.dialogue_ids[one.hit.facts.id] for one in ranking.ranked)
            names = tuple(name.partition("/")[2] for name in found)
            answers.append(Answer(question, shelf.name, names))
    return answers


async def measure(
    name: str, conversations: Sequence[Conversation], sizes: Sequence[int]
) -> list[str]:
    """What there is to say of one index."""
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        async with an_index(name) as index, open_library(Path(folder), index=index) as library:
            answers = counted(await answered(library, conversations))
            figures = "  ".join(f"{key} {cell}" for key, cell in table(answers).items())
            lines.append(f"{name:9} n={len(answers)}  {figures}")
    if sizes:
        with tempfile.TemporaryDirectory() as folder:
            lines += await timed(name, conversations, sizes, Path(folder))
    return lines


async def timed(
    name: str, conversations: Sequence[Conversation], sizes: Sequence[int], folder: Path
) -> list[str]:
    """A line for each size, with an embedder that remembers nothing."""
    async with (
        an_index(name) as index,
        open_library(folder, remember=False, index=index) as library,
    ):
        shelves = [await library.shelve([one], Form.NAMES) for one in conversations]
        texts = [
            one.asked(question, Form.NAMES) for one in conversations for question in one.questions
        ]
        with tqdm(total=max(sizes), desc="Filling", unit="point") as progress:
            timings = await time_recall(
                library, shelves, texts, sizes=sizes, advance=progress.update
            )
    return [f"{name:9} {timing}" for timing in timings]


def main() -> None:
    """Reads the command line and prints a line for each index, and one for each size."""
    parser = argparse.ArgumentParser(description="Compare the indexes.")
    parser.add_argument("folder", type=Path, help="holds the conversations, one JSON file each")
    parser.add_argument("--index", nargs="+", choices=NAMES, default=NAMES)
    parser.add_argument("--sizes", nargs="*", type=int, default=[1_000, 10_000, 50_000])
    parser.add_argument("--conversations", type=int, help="only the first so many: Qdrant is slow")
    given = parser.parse_args()
    conversations = load_conversations(given.folder)[: given.conversations]
    for name in given.index:
        sizes = [] if name == "qdrant" else given.sizes
        for line in asyncio.run(measure(name, conversations, sizes)):
            tqdm.write(line)


if __name__ == "__main__":
    main()
