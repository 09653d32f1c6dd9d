"""Tunes the ranking's weights: `python -m bench.tune_recall FOLDER`.

From the weights in `START`, one weight at a time is set to
what is best for some conversations; what that does is told for the others. Nothing is written: the
weights in `app.services.recall` are round numbers near those that most folds agree on.
"""

import argparse
import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Final
from uuid import UUID

import numpy as np
from tqdm import tqdm

from app.ports.vector_index import Hit
from app.services.recall import DEFAULT_WEIGHTS, RankingWeights, rank
from app.services.recall_query import RecallQuery
from bench.library import open_library
from bench.locomo import Conversation, Form, Question, load_conversations
from bench.scores import MEASURES, Answer, counted

GRID: Final[Mapping[str, Sequence[float]]] = {
    "lexical": (0.25, 0.3, 0.35, 0.4),
    "asked": (0.2, 0.3, 0.4, 0.5),
    "previous": (0.05, 0.1, 0.2),
    "following": (0.05, 0.1, 0.15),
    "speaker": (0.1, 0.15, 0.2),
    "first_person": (0.05, 0.1, 0.15),
    "second_person": (0.0, 0.05, 0.1, 0.15),
    "question": (-0.05, -0.1, -0.15),
    "month": (0.1, 0.15, 0.2),
    "session": (0.1, 0.2, 0.3),
}
START: Final = RankingWeights(
    lexical=0.3,
    asked=0.2,
    previous=0.2,
    speaker=0.1,
    first_person=0.1,
    second_person=0.0,
    question=-0.05,
    session=0.1,
)
"""Without the distinction of answers and of "you", and with the weights from before it."""
ROUNDS: Final = 2
GAIN: Final = 0.02
"""Less is chance."""
MERIT: Final = np.array([0.0, 0.6, 0.2, 0.2])
"""What counts while tuning, of R@5, R@10, R@20 and MRR."""
HALF: Final = 3
"""How many conversations are tuned on where the rest validates at once."""


class Bench:
    """The hits of all questions, ranked with any weights."""

    def __init__(self, asked: Mapping[str, Sequence["Asked"]]) -> None:
        self._asked = asked
        self._known: dict[tuple[str, RankingWeights], list[tuple[float, ...]]] = {}

    @property
    def names(self) -> list[str]:
        """The conversations."""
        return list(self._asked)

    def measured(self, weights: RankingWeights, names: Sequence[str]) -> list[float]:
        """The means of all measures over some conversations, both forms together."""
        rows = [row for name in names for row in self._rows(name, weights)]
        return [float(mean) for mean in np.mean(rows, axis=0)]

    def tuned(self, names: Sequence[str]) -> RankingWeights:
        """The weights that climbing from START leads to."""
        best, merit = START, self._merit(START, names)
        for _ in range(ROUNDS):
            before = merit
            for name, values in GRID.items():
                for value in values:
                    other = replace(best, **{name: value})
                    if (now := self._merit(other, names)) > merit + GAIN:
                        best, merit = other, now
            if merit == before:
                break
        return best

    def _merit(self, weights: RankingWeights, names: Sequence[str]) -> float:
        return float(MERIT @ np.array(self.measured(weights, names)))

    def _rows(self, name: str, weights: RankingWeights) -> list[tuple[float, ...]]:
        if (name, weights) not in self._known:
            self._known[name, weights] = [one.values(weights) for one in self._asked[name]]
        return self._known[name, weights]


class Asked:
    """One question, and the hits of its search."""

    def __init__(
        self, question: Question, query: RecallQuery, hits: Sequence[Hit], names: Mapping[UUID, str]
    ) -> None:
        self._question = question
        self._query = query
        self._hits = hits
        self._names = names

    def values(self, weights: RankingWeights) -> tuple[float, ...]:
        """The measures with these weights."""
        ranked = rank(self._hits, self._query, weights=weights)
        found = tuple(self._names[one.hit.facts.id].partition("/")[2] for one in ranked[:40])
        return Answer(self._question, "", found).values()


async def collect(conversations: Sequence[Conversation], folder: Path) -> Bench:
    """Every question that counts, asked of its own profile in both forms."""
    asked: dict[str, list[Asked]] = {one.name: [] for one in conversations}
    async with open_library(folder) as library:
        for form in Form:
            for conversation in tqdm(conversations, desc=f"Asking ({form})"):
                shelf = await library.shelve([conversation], form)
                for question in conversation.questions:
                    if not counted([Answer(question, "", ())]):
                        continue
                    ranking = await library.ask(shelf, conversation.asked(question, form))
                    hits = [one.hit for one in ranking.ranked]
                    asked[conversation.name].append(
                        Asked(question, ranking.query, hits, shelf.dialogue_ids)
                    )
    return Bench(asked)


def tell(label: str, values: Sequence[float]) -> None:
    """Prints the measures in a line."""
    figures = "  ".join(f"{name} {value:.1f}" for name, value in zip(MEASURES, values, strict=True))
    tqdm.write(f"{label:44} {figures}")


def report(bench: Bench) -> None:
    """Prints what tuning on some conversations does to the others."""
    names = bench.names
    tell("start, all conversations", bench.measured(START, names))
    tell("product, all conversations", bench.measured(DEFAULT_WEIGHTS, names))
    for left_out in tqdm(names, desc="Leaving one out"):
        best = bench.tuned([name for name in names if name != left_out])
        tqdm.write(f"without {left_out}: {asdict(best)}")
        tell(f"  {left_out} with START", bench.measured(START, [left_out]))
        tell(f"  {left_out}, validated", bench.measured(best, [left_out]))
    first, rest = names[::2][:HALF], [name for name in names if name not in names[::2][:HALF]]
    best = bench.tuned(first)
    tqdm.write(f"tuned on {', '.join(first)}: {asdict(best)}")
    for label, some in (("tuned", first), ("validated", rest)):
        tell(f"  {label} on {', '.join(some)}", bench.measured(best, some))
        tell(f"  START on {', '.join(some)}", bench.measured(START, some))


def main() -> None:
    """Reads the command line, and tunes."""
    parser = argparse.ArgumentParser(description="Tune the ranking's weights.")
    parser.add_argument("folder", type=Path, help="holds the conversations, one JSON file each")
    conversations = load_conversations(parser.parse_args().folder)
    with tempfile.TemporaryDirectory() as folder:
        bench = asyncio.run(collect(conversations, Path(folder)))
    report(bench)


if __name__ == "__main__":
    main()
