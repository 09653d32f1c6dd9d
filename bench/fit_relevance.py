"""Fits the weights of `app.services.relevance`: `python -m bench.fit_relevance FOLDER`.

Profiles of one, three and eight sessions, of one conversation and of two; each is asked its own
questions and others'. Prints the weights and, for profiles of one conversation, what each weighing
does on the conversation that it was not fitted on.
"""

import argparse
import asyncio
import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations, groupby
from pathlib import Path

from tqdm import tqdm

from bench.abstaining import Sample, cross_validated, fitted, odds_of, outcome, strictest
from bench.library import Library, Shelf, open_library
from bench.locomo import ADVERSARIAL, Conversation, Form, Question, load_conversations

PARTS = {1: 8, 3: 4, 8: 2}
"""How many parts of so many sessions are taken of each conversation."""
ASKED = 60
"""How many questions of each other conversation a profile is asked."""


def parts_of(conversation: Conversation) -> Iterator[tuple[str, Conversation]]:
    """Stretches of a conversation, with the questions whose evidence lies inside."""
    rng = random.Random(conversation.name)  # noqa: S311  a sample, not a secret
    sessions = [list(turns) for _, turns in groupby(conversation.turns, lambda t: t.session_id)]
    for length, times in PARTS.items():
        for _ in range(times):
            start = rng.randrange(0, len(sessions) - length + 1)
            turns = tuple(turn for some in sessions[start : start + length] for turn in some)
            inside = {turn.dialogue_id for turn in turns}
            asked = tuple(one for one in conversation.questions if one.evidence <= inside)
            yield f"{length} sessions", replace(conversation, turns=turns, questions=asked)


def shelves_of(
    conversations: Sequence[Conversation],
) -> Iterator[tuple[str, tuple[Conversation, ...]]]:
    """What the profiles hold, by size."""
    for conversation in conversations:
        for size, part in parts_of(conversation):
            yield size, (part,)
        yield "one", (conversation,)
    for pair in combinations(conversations, 2):
        yield "two", pair


async def samples_of(
    library: Library, shelf: Shelf, size: str, conversations: Sequence[Conversation]
) -> list[Sample]:
    """A profile asked its own questions, and some of every other conversation."""
    samples: list[Sample] = []
    own = {conversation.name: conversation for conversation in shelf.conversations}
    rng = random.Random(shelf.name)  # noqa: S311  a sample, not a secret
    for asker in conversations:
        belongs = asker.name in own
        questions = own[asker.name].questions if belongs else asker.questions
        if not belongs and size != "one":
            questions = tuple(rng.sample(questions, ASKED))
        for question in questions:
            if not belongs or (question.evidence and question.category != ADVERSARIAL):
                samples.append(await sample_of(library, shelf, size, asker, question))
    return samples


async def sample_of(
    library: Library, shelf: Shelf, size: str, asker: Conversation, question: Question
) -> Sample:
    """One question asked of one profile."""
    ranking = await library.ask(shelf, asker.asked(question, shelf.form))
    recall = None
    if asker.name in {one.name for one in shelf.conversations}:
        first = {shelf.dialogue_ids[one.hit.facts.id] for one in ranking.ranked[:10]}
        evidence = {f"{asker.name}/{turn}" for turn in question.evidence}
        recall = len(evidence & first) / len(evidence)
    return Sample(shelf.form, shelf.name, asker.name, size, ranking.signs, recall)


async def collect(conversations: Sequence[Conversation], folder: Path) -> list[Sample]:
    """The samples of all profiles, in both forms."""
    samples: list[Sample] = []
    async with open_library(folder) as library:
        wanted = [(form, *shelf) for form in Form for shelf in shelves_of(conversations)]
        for form, size, held in tqdm(wanted, desc="Asking", unit="profile"):
            shelf = await library.shelve(held, form)
            samples += await samples_of(library, shelf, size, conversations)
    return samples


def report(samples: Sequence[Sample]) -> None:
    """Prints what the product's weights, and the fitted ones, do."""
    tqdm.write(f"fitted on all: {fitted(samples)}")
    for form in Form:
        for size in dict.fromkeys(one.size for one in samples):
            some = [one for one in samples if one.form is form and one.size == size]
            now = outcome(some, odds_of(some), 0.0)
            tqdm.write(f"{form} {size:10} product: loses {now.lost:.1f}, silent {now.silent:.1f} %")
        tested, odds = cross_validated(samples, form)
        folds = outcome(tested, odds, 0.0)
        pooled = outcome(tested, odds, strictest(tested, odds))
        tqdm.write(
            f"{form} cross-validated: loses {folds.lost:.1f}, silent {folds.silent:.1f} %;"
            f" at {pooled.lost:.1f} lost, silent {pooled.silent:.1f} %"
        )


def main() -> None:
    """Reads the command line, and fits."""
    parser = argparse.ArgumentParser(description="Fit when recall stays silent.")
    parser.add_argument("folder", type=Path, help="holds the conversations, one JSON file each")
    conversations = load_conversations(parser.parse_args().folder)
    with tempfile.TemporaryDirectory() as folder:
        report(asyncio.run(collect(conversations, Path(folder))))


if __name__ == "__main__":
    main()
