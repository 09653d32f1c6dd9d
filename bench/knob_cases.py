"""Questions and the hits of their searches, answered with any setting of recall's knobs."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain
from typing import Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from app.models.actor import SYSTEM
from app.models.ids import MemoryId, MessageId
from app.models.memory import Memory, MemoryKind, Recalled
from app.models.message import Message
from app.models.profile import Profile
from app.ports.database import Transaction
from app.ports.vector_index import Hit
from app.services.found_words import recalled
from app.services.giving import without_echoes
from app.services.layers import with_layers
from app.services.recall import Ranked, rank
from app.services.recall_query import RecallQuery
from app.services.recalling import SPARE
from app.services.relevance import Signs, relevant
from app.services.reranking import reranked
from app.services.tuning import DEFAULT_TUNING, Tuning
from bench.extraction_locomo import Session
from bench.knob_observations import Observed, observations_of
from bench.library import Library, Shelf, a_memory
from bench.locomo import Conversation, Form, Question
from bench.scores import CUTS, Answer, counted

Values = NDArray[np.float64]

MOST_CANDIDATES: Final = 160
DEFAULT_CANDIDATES: Final = 60
EVERY_FOREIGN: Final = 6
STAMPS: Final = (0.4, 0.5, 0.6, 0.6, 0.6, 0.7, 0.7, 0.8, 0.8, 0.9)
"""Importances, about as often as the rules give them."""
PASSING: Final = 0.2
WIDEST: Final = max(CUTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """How recall is set."""

    tuning: Tuning = DEFAULT_TUNING
    candidates: int = DEFAULT_CANDIDATES
    spare: float = SPARE
    """So many times the wanted memories are weighed."""


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """What one profile holds, all of it."""

    profile: Profile
    rows: Mapping[UUID, Memory | Message]
    dialogue_ids: Mapping[UUID, str]
    """Of messages."""
    last_said: Mapping[MemoryId, datetime]
    now: datetime
    """A day after the last thing was said."""


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One question asked of one profile."""

    question: Question
    conversation: str
    held: Held
    query: RecallQuery
    hits: Sequence[Hit]
    signs: Signs

    def matches(self, setting: Setting, *, count: int = WIDEST) -> list[Recalled]:
        """The best so many, however weak."""
        return self._matches(self._ranked(setting), setting, count=count)

    def relevant(self, setting: Setting, *, count: int = WIDEST) -> list[Recalled]:
        """The best so many of those that are shown: none when recall stays silent."""
        kept = relevant(self._ranked(setting), self.signs, weights=setting.tuning.relevance)
        return self._matches(kept, setting, count=count)

    def with_layers(self, tx: Transaction, setting: Setting, *, count: int) -> list[Recalled]:
        """The best so many, and what the layers add."""
        return with_layers(
            tx,
            [self.held.profile.namespace],
            self.matches(setting, count=count),
            places=setting.tuning.places,
            shown=None,
            at=self.held.now,
        )

    def values(self, found: Sequence[Recalled]) -> tuple[float, ...]:
        """The measures, in per cent; a memory stands for all of its messages."""
        places = [self._dialogue(one) for one in found]
        evidence = self.question.evidence
        recalls = [
            100 * len(evidence & set(chain.from_iterable(places[:k]))) / len(evidence) for k in CUTS
        ]
        hit = next((at for at, one in enumerate(places, 1) if evidence & one), None)
        return (*recalls, 100 / hit if hit else 0.0)

    def share(self, found: Sequence[Recalled]) -> float:
        """Per cent of the evidence among all that was found."""
        evidence = self.question.evidence
        seen = set(chain.from_iterable(map(self._dialogue, found)))
        return 100 * len(evidence & seen) / len(evidence)

    def _dialogue(self, one: Recalled) -> set[str]:
        names = self.held.dialogue_ids
        return {names[source] for source in one.source_message_ids if source in names}

    def _ranked(self, setting: Setting) -> list[Ranked]:
        hits = first_of_each_half(self.hits, setting.candidates)
        return rank(hits, self.query, weights=setting.tuning.weights)

    def _matches(self, ranked: Sequence[Ranked], setting: Setting, *, count: int) -> list[Recalled]:
        held = self.held
        found = [
            recalled(held.rows[one.hit.facts.id], score=one.score, terms=one.terms)
            for one in ranked[: round(setting.spare * count)]
        ]
        weighed = reranked(
            found, knobs=setting.tuning.knobs, now=held.now, last_said=held.last_said
        )
        return without_echoes(weighed)[:count]


def first_of_each_half(hits: Sequence[Hit], limit: int) -> list[Hit]:
    """What a search for fewer would have found."""
    nearest = sorted(hits, key=lambda hit: -hit.cosine)[:limit]
    worded = sorted((hit for hit in hits if hit.lexical > 0), key=lambda hit: -hit.lexical)[:limit]
    return list({hit.facts.id: hit for hit in (*nearest, *worded)}.values())


async def collect(
    library: Library,
    conversations: Sequence[Conversation],
    form: Form,
    *,
    observed: Mapping[str, Sequence[Session]] | None = None,
) -> list[Case]:
    """Every question that counts, asked of its own profile.

    Args:
        library: takes the profiles.
        conversations: one profile each.
        form: of turns and questions.
        observed: their sessions, whose observations are to stand beside the turns as memories.
    """
    cases: list[Case] = []
    label = f"{form}, {'turns and memories' if observed else 'turns'}"
    for conversation in tqdm(conversations, desc=label, unit="conversation"):
        shelf = await library.shelve([conversation], form)
        if observed:
            sessions = observed[conversation.name]
            await _learn(library, shelf, await observations_of(sessions, conversation, form))
        held = await _held(library, shelf)
        for question in conversation.questions:
            if counted([Answer(question, "", ())]):
                text = conversation.asked(question, form)
                cases.append(await ask(library, held, shelf.name, question, text))
    return cases


async def foreign(
    library: Library, conversations: Sequence[Conversation], own: Sequence[Case], form: Form
) -> list[Case]:
    """Some questions of every conversation, asked of the profiles of all others."""
    shelves = {case.conversation: case.held for case in own}
    cases: list[Case] = []
    for name, held in tqdm(shelves.items(), desc=f"{form}, foreign questions", unit="profile"):
        for other in conversations:
            if other.name != name:
                for question in other.questions[::EVERY_FOREIGN]:
                    text = other.asked(question, form)
                    cases.append(await ask(library, held, name, question, text))
    return cases


def stamped_by_lot(cases: Sequence[Case]) -> list[Case]:
    """The same, but importance and kind of every memory are drawn: an extractor that has no idea.

    A drawn importance is one that rules give; every fifth memory becomes a passing circumstance.
    """
    helds = {case.conversation: case.held for case in cases}
    drawn = {name: _stamped_by_lot(held) for name, held in helds.items()}
    return [replace(case, held=drawn[case.conversation]) for case in cases]


def _stamped_by_lot(held: Held) -> Held:
    rng = random.Random(0)  # noqa: S311  a sample, not a secret

    def stamped(row: Memory | Message) -> Memory | Message:
        if not isinstance(row, Memory):
            return row
        kind = MemoryKind.CONTEXT if rng.random() < PASSING else MemoryKind.FACT
        return replace(row, importance=rng.choice(STAMPS), kind=kind)

    return replace(held, rows={point: stamped(row) for point, row in held.rows.items()})


async def ask(library: Library, held: Held, name: str, question: Question, text: str) -> Case:
    """One question asked of one profile."""
    ranking = await library.container.mem0.recaller.rank(held.profile, text, shown=None)
    hits = [one.hit for one in ranking.ranked]
    return Case(question, name, held, ranking.query, hits, ranking.signs)


async def _learn(library: Library, shelf: Shelf, observed: Sequence[Observed]) -> None:
    messages = {
        name.partition("/")[2]: MessageId(message) for message, name in shelf.dialogue_ids.items()
    }
    await library.remember(
        shelf.profile,
        [
            a_memory(
                shelf.profile,
                one.content,
                kind=one.kind,
                importance=one.importance,
                said_at=one.said_at,
                sources=[messages[name] for name in sorted(one.dialogue_ids) if name in messages],
            )
            for one in observed
        ],
    )


async def _held(library: Library, shelf: Shelf) -> Held:
    profile = shelf.profile

    def work(tx: Transaction) -> tuple[Sequence[Message], Sequence[Memory]]:
        messages = tx.messages.by_ids(shelf.messages, owner=profile.user_id)
        ids = tx.memories.ids_of_profile(profile.id, owner=profile.user_id, status=None)
        return messages, tx.memories.by_ids(ids, owner=profile.user_id)

    messages, memories = await library.container.supabase.database.read(work, by=SYSTEM)
    names = {message: name.partition("/")[2] for message, name in shelf.dialogue_ids.items()}
    return Held(
        profile=profile,
        rows={**{one.id: one for one in messages}, **{one.id: one for one in memories}},
        dialogue_ids=names,
        last_said={memory.id: memory.said_at for memory in memories},
        now=max(message.created_at for message in messages) + timedelta(days=1),
    )
