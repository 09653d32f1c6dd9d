"""Measures recall on LoCoMo: `python -m bench.recall_locomo FOLDER`.

Every turn is indexed as an episode; every question is asked of its own conversation (is the evidence
among the first k?) and of all others (is nothing said?). Then queries are timed at 10,000 points.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID, uuid4

import numpy as np
from tqdm import tqdm

from app.adapters.minilm import DIMS, MiniLmEmbedder
from app.adapters.qdrant_edge import QdrantEdgeIndex
from app.models.ids import ProfileId, UserId
from app.models.namespace import Namespace
from app.ports.embedder import Embedder
from app.ports.vector_index import Hit, Point, QueryVectors, VectorIndex
from app.services.lexicon import query_vector
from app.services.recall import CANDIDATES, rank, relevant
from app.services.recall_query import RecallQuery, describe_query
from bench.locomo import ADVERSARIAL, Conversation, Form, Question, load_conversations, points_of

MODEL = Path(__file__).parents[1] / "app" / "assets" / "minilm-l6"
CUTS = (5, 10, 20)
LARGE = 10_000
TIMED = 300

Ranker = Callable[[Sequence[Hit], RecallQuery], list[UUID]]


def by_recipe(hits: Sequence[Hit], query: RecallQuery) -> list[UUID]:
    """The ranking that the product uses."""
    return [one.hit.facts.id for one in rank(hits, query)]


def by_vector(hits: Sequence[Hit], query: RecallQuery) -> list[UUID]:
    """Cosine alone."""
    return [hit.facts.id for hit in sorted(hits, key=lambda hit: -hit.cosine)]


def by_words(hits: Sequence[Hit], query: RecallQuery) -> list[UUID]:
    """BM25 alone."""
    return [hit.facts.id for hit in sorted(hits, key=lambda hit: -hit.lexical)]


RANKERS: dict[str, Ranker] = {"dense": by_vector, "bm25": by_words, "recipe": by_recipe}


@dataclass(frozen=True, slots=True)
class Shelf:
    """One conversation in the index."""

    conversation: Conversation
    namespace: Namespace
    dialogue_ids: dict[UUID, str]
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """One question, and the dialogue ids that a ranker put in order for it."""

    question: Question
    found: tuple[str, ...]

    def recall(self, k: int) -> float:
        """The share of the evidence among the first k."""
        evidence = self.question.evidence
        return len(evidence & set(self.found[:k])) / len(evidence)

    def reciprocal_rank(self) -> float:
        """One over the place of the first evidence, 0 if there is none."""
        places = (at for at, found in enumerate(self.found, 1) if found in self.question.evidence)
        return 1 / next(places, float("inf"))


class Library:
    """The conversations in one form, ready to be asked."""

    def __init__(self, index: VectorIndex, embedder: Embedder, form: Form) -> None:
        self._index = index
        self._embedder = embedder
        self._form = form
        self.shelves: list[Shelf] = []

    async def add(self, conversation: Conversation) -> None:
        """All turns are indexed in a namespace of their own."""
        namespace = Namespace(UserId(uuid4()), ProfileId(uuid4()))
        points = await points_of(
            conversation, self._form, namespace=namespace, embedder=self._embedder
        )
        await self._index.upsert(namespace, [point for _, point in points.values()])
        dialogue_ids = {point_id: dialogue_id for point_id, (dialogue_id, _) in points.items()}
        made = tuple(point for _, point in points.values())
        self.shelves.append(Shelf(conversation, namespace, dialogue_ids, made))

    async def ask(self, shelf: Shelf, text: str) -> tuple[RecallQuery, Sequence[Hit]]:
        """What the index finds for a question, as the service asks it."""
        query = describe_query(
            text,
            profile_id=shelf.namespace.profile_id,
            speakers=shelf.conversation.known_speakers(self._form),
        )
        [dense] = await self._embedder.embed([query.dense_text])
        vectors = QueryVectors(dense, query_vector(query.lexical_text))
        return query, await self._index.search(shelf.namespace, vectors, limit=CANDIDATES)

    async def answers(self, advance: Callable[[], object]) -> dict[str, list[Answer]]:
        """Every question asked of its own conversation, by ranker.

        What the recipe still gives after abstaining stands under `relevant`.
        """
        answers: dict[str, list[Answer]] = {name: [] for name in (*RANKERS, "relevant")}
        for shelf in self.shelves:
            for question in shelf.conversation.questions:
                text = shelf.conversation.asked(question, self._form)
                query, hits = await self.ask(shelf, text)
                for name, ranker in RANKERS.items():
                    answers[name].append(_answer(question, shelf, ranker(hits, query)))
                kept = [one.hit.facts.id for one in relevant(rank(hits, query))]
                answers["relevant"].append(_answer(question, shelf, kept))
                advance()
        return answers

    async def silent_when_crossed(self, advance: Callable[[], object]) -> float:
        """How many questions about other conversations find nothing, 0 … 1."""
        silent: list[bool] = []
        for shelf in self.shelves:
            for other in self.shelves:
                if other is shelf:
                    continue
                for question in other.conversation.questions[:: len(self.shelves) - 1]:
                    text = other.conversation.asked(question, self._form)
                    query, hits = await self.ask(shelf, text)
                    silent.append(not relevant(rank(hits, query)))
                    advance()
        return sum(silent) / len(silent)

    async def fill_up(self) -> Shelf:
        """A shelf of 10,000 points: the conversations' turns, over and over, as other sessions."""
        namespace = Namespace(UserId(uuid4()), ProfileId(uuid4()))
        points = [point for shelf in self.shelves for point in shelf.points]
        copies = [_copied(points[at % len(points)], at // len(points)) for at in range(LARGE)]
        await self._index.upsert(namespace, copies)
        return Shelf(self.shelves[0].conversation, namespace, {}, ())


def _answer(question: Question, shelf: Shelf, found: Sequence[UUID]) -> Answer:
    return Answer(question, tuple(shelf.dialogue_ids[point_id] for point_id in found))


def _copied(point: Point, copy: int) -> Point:
    session_id = point.facts.session_id
    moved = UUID(int=(session_id.int + copy) % 2**128) if session_id else None
    return replace(point, facts=replace(point.facts, id=uuid4(), session_id=moved))


def report(name: str, answers: Sequence[Answer]) -> None:
    """Prints recall and mean reciprocal rank, over all but the adversarial questions, and apart."""
    counted = [answer for answer in answers if answer.question.evidence]
    groups = {
        "1-4": [one for one in counted if one.question.category != ADVERSARIAL],
        **{
            str(category): [one for one in counted if one.question.category == category]
            for category in range(1, ADVERSARIAL + 1)
        },
    }
    for group, members in groups.items():
        recalls = [100 * np.mean([one.recall(k) for one in members]) for k in CUTS]
        mrr = np.mean([one.reciprocal_rank() for one in members])
        figures = "  ".join(f"R@{k} {value:5.1f}" for k, value in zip(CUTS, recalls, strict=True))
        tqdm.write(f"{name:9} category {group:4} n={len(members):4}  {figures}  MRR {mrr:.2f}")


async def time_queries(library: Library) -> None:
    """Prints how long a whole query takes at 10,000 points in one namespace."""
    shelf = await library.fill_up()
    questions = [question for one in library.shelves for question in one.conversation.questions]
    took_ms: list[float] = []
    for question in questions[:: max(1, len(questions) // TIMED)]:
        started = time.perf_counter()
        query, hits = await library.ask(shelf, question.text)
        relevant(rank(hits, query))
        took_ms.append(1_000 * (time.perf_counter() - started))
    p50, p95 = np.percentile(took_ms, [50, 95])
    tqdm.write(f"query at {LARGE} points, embedding included: p50 {p50:.1f} ms, p95 {p95:.1f} ms")


async def measure(form: Form, conversations: Sequence[Conversation], folder: Path) -> None:
    """Prints everything about one form; the folder takes the index."""
    index = QdrantEdgeIndex(folder, dims=DIMS)
    embedder = MiniLmEmbedder(MODEL)
    library = Library(index, embedder, form)
    questions = sum(len(conversation.questions) for conversation in conversations)
    with tqdm(total=len(conversations) + 2 * questions, desc=form, unit="step") as progress:
        for conversation in conversations:
            await library.add(conversation)
            progress.update()
        for name, answers in (await library.answers(progress.update)).items():
            report(f"{form} {name}", answers)
        silent = await library.silent_when_crossed(progress.update)
        tqdm.write(f"{form}: nothing said to {100 * silent:.1f} % of crossed questions")
    if form is Form.NAMES:
        await time_queries(library)
    await embedder.close()
    await index.close()


def main() -> None:
    """Reads the command line and measures both forms."""
    parser = argparse.ArgumentParser(description="Measure recall on LoCoMo conversations.")
    parser.add_argument("folder", type=Path, help="holds the conversations, one JSON file each")
    conversations = load_conversations(parser.parse_args().folder)
    for form in Form:
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(measure(form, conversations, Path(folder)))


if __name__ == "__main__":
    main()
