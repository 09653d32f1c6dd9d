"""Measures recall on LoCoMo: `python -m bench.recall_locomo FOLDER [--out FOLDER]`.

Every conversation stands in a memory profile of the product, as messages in SQL and points in the
index. Every question is asked of its own profile (is the evidence among the first k?) and of all
others (is nothing recalled?), through the product's recall. Plain dense and BM25 rank the same
hits. Intervals are 95 %, by bootstrap over questions.
"""

import argparse
import asyncio
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Final
from uuid import UUID

import numpy as np
from tqdm import tqdm

from app.services.recall import DEFAULT_WEIGHTS, ContextTail, RankingWeights, rank
from app.services.recalling import Ranking
from app.services.relevance import relevant
from app.services.small_talk import is_small_talk
from bench.abstaining import Sample, cross_validated, odds_of, outcome, sweep
from bench.library import Library, Shelf, open_library
from bench.locomo import Conversation, Form, Question, load_conversations
from bench.recall_report import FormReport, show, write
from bench.scores import Advance, Answer, counted, difference, interval
from bench.timing import Timing, time_recall

SIZES: Final = (10_000, 100_000)
EVERY_STATEMENT: Final = 5

Ranker = Callable[[Ranking], list[UUID]]


def by_product(ranking: Ranking) -> list[UUID]:
    """The ranking that the product uses."""
    return [one.hit.facts.id for one in ranking.ranked]


def by_vector(ranking: Ranking) -> list[UUID]:
    """Cosine alone."""
    return [one.hit.facts.id for one in sorted(ranking.ranked, key=lambda one: -one.hit.cosine)]


def by_words(ranking: Ranking) -> list[UUID]:
    """BM25 alone."""
    return [one.hit.facts.id for one in sorted(ranking.ranked, key=lambda one: -one.hit.lexical)]


RANKERS: Final[dict[str, Ranker]] = {"dense": by_vector, "bm25": by_words, "product": by_product}


class Measurement:
    """One form of all conversations, asked once."""

    def __init__(self, library: Library, form: Form) -> None:
        self._library = library
        self._form = form
        self.shelves: list[Shelf] = []
        self._asked: list[tuple[Shelf, Question, Ranking]] = []
        self._samples: list[Sample] = []

    async def shelve(self, conversations: Sequence[Conversation], advance: Advance) -> None:
        """Each conversation is indexed on a profile of its own."""
        for conversation in conversations:
            self.shelves.append(await self._library.shelve([conversation], self._form))
            advance()

    async def ask(self, advance: Advance) -> None:
        """Every question has been asked of every profile."""
        for shelf in self.shelves:
            for other in self.shelves:
                [asker] = other.conversations
                for question in asker.questions:
                    ranking = await self._library.ask(shelf, asker.asked(question, self._form))
                    if other is shelf:
                        self._asked.append((shelf, question, ranking))
                    self._note(shelf, asker, question, ranking)
                    advance()

    def _note(
        self, shelf: Shelf, asker: Conversation, question: Question, ranking: Ranking
    ) -> None:
        answer = _answer(shelf, question, by_product(ranking))
        own = asker.name == shelf.name
        if not own or counted([answer]):
            recall = answer.recall(10) if own else None
            sample = Sample(self._form, shelf.name, asker.name, "one", ranking.signs, recall)
            self._samples.append(sample)

    def answers(self, ranker: Ranker) -> list[Answer]:
        """Every question asked of its own profile, ordered by a ranker."""
        return [
            _answer(shelf, question, ranker(ranking)) for shelf, question, ranking in self._asked
        ]

    def ablation(self) -> dict[str, list[Answer]]:
        """The answers without each term of the ranking."""
        return {
            field.name: self.answers(_weighed(replace(DEFAULT_WEIGHTS, **{field.name: 0.0})))
            for field in fields(DEFAULT_WEIGHTS)
        }

    async def statements(self) -> dict[str, float]:
        """Per cent of turns, said as messages, to which something is recalled."""
        shares: dict[str, list[bool]] = {
            "turns, from other sessions of their conversation": [],
            "turns, from other conversations": [],
        }
        own, foreign = shares.values()
        for shelf in self.shelves:
            for other in self.shelves:
                [said] = other.conversations
                for turn in said.turns[::EVERY_STATEMENT]:
                    shown = shelf.sessions.get(turn.session_id)
                    tail = ContextTail(shown, 0) if shown else None
                    ranking = await self._library.ask(shelf, turn.text, shown=tail)
                    recalled = bool(relevant(ranking.ranked, ranking.signs))
                    spoken = recalled and not is_small_talk(turn.text)
                    (own if other is shelf else foreign).append(spoken)
        return {name: 100 * float(np.mean(one)) for name, one in shares.items()}

    async def report(self) -> FormReport:
        """Everything that is reported."""
        answers = {name: self.answers(ranker) for name, ranker in RANKERS.items()}
        ours = answers["product"]
        odds = odds_of(self._samples)
        tested, tested_odds = cross_validated(self._samples, self._form)
        kept = counted(self.answers(_relevant))
        return FormReport(
            form=self._form,
            answers=answers,
            ablation={
                name: difference(ours, without, k=10) for name, without in self.ablation().items()
            },
            against={
                name: difference(ours, theirs, k=10)
                for name, theirs in answers.items()
                if theirs is not ours
            },
            curve=sweep(self._samples, odds),
            validated=sweep(tested, tested_odds),
            now=outcome(self._samples, odds, 0.0),
            kept=interval(np.array([100 * one.recall(10) for one in kept])),
            statements=await self.statements(),
        )


def _answer(shelf: Shelf, question: Question, found: Sequence[UUID]) -> Answer:
    names = (shelf.dialogue_ids[point].partition("/")[2] for point in found)
    return Answer(question, shelf.name, tuple(names))


def _weighed(weights: RankingWeights) -> Ranker:
    """The product's ranking with other weights, over the same hits."""
    return lambda ranking: [
        one.hit.facts.id
        for one in rank([one.hit for one in ranking.ranked], ranking.query, weights=weights)
    ]


def _relevant(ranking: Ranking) -> list[UUID]:
    """What is left after abstaining."""
    return [one.hit.facts.id for one in relevant(ranking.ranked, ranking.signs)]


async def measure(form: Form, conversations: Sequence[Conversation], folder: Path) -> FormReport:
    """Everything about one form; the folder takes the installation."""
    questions = sum(len(conversation.questions) for conversation in conversations)
    steps = len(conversations) * (1 + questions)
    async with open_library(folder) as library:
        measurement = Measurement(library, form)
        with tqdm(total=steps, desc=form, unit="step") as progress:
            await measurement.shelve(conversations, progress.update)
            await measurement.ask(progress.update)
        return await measurement.report()


async def clock(conversations: Sequence[Conversation], folder: Path) -> list[Timing]:
    """How long recall takes, with an embedder that remembers nothing."""
    form = Form.ROLES
    async with open_library(folder, remember=False) as library:
        shelves = [await library.shelve([one], form) for one in conversations]
        texts = [one.asked(question, form) for one in conversations for question in one.questions]
        with tqdm(total=max(SIZES), desc="Filling", unit="point") as progress:
            return await time_recall(library, shelves, texts, sizes=SIZES, advance=progress.update)


def main() -> None:
    """Reads the command line, measures both forms, and writes the report."""
    parser = argparse.ArgumentParser(description="Measure recall on LoCoMo conversations.")
    parser.add_argument("folder", type=Path, help="holds the conversations, one JSON file each")
    parser.add_argument("--out", type=Path, help="takes recall.json and the pictures")
    given = parser.parse_args()
    conversations = load_conversations(given.folder)
    reports = []
    for form in Form:
        with tempfile.TemporaryDirectory() as folder:
            reports.append(asyncio.run(measure(form, conversations, Path(folder))))
        tqdm.write(show(reports[-1]))
    with tempfile.TemporaryDirectory() as folder:
        timings = asyncio.run(clock(conversations, Path(folder)))
    for timing in timings:
        tqdm.write(str(timing))
    if given.out:
        write(given.out, reports, timings)


if __name__ == "__main__":
    main()
