"""What a turn is given to remember by, out of what was found."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.models.ids import MessageId
from app.models.memory import MemoryKind, Recalled
from app.models.message import Role
from app.models.namespace import Namespace
from app.ports.database import Transaction
from app.services.layers import with_layers
from app.services.recall import ContextTail
from app.services.recall_query import only_asks, only_requests
from app.services.reranking import last_said, reranked
from app.services.small_talk import is_small_talk
from app.services.staleness import without_stale
from app.services.tuning import Tuning

MOST_QUOTES: Final = 4
"""Chunks of documents that a turn is given: 800 tokens at most, of the 1,500 that memories have."""


@dataclass(frozen=True, slots=True)
class Giving:
    """How one turn's memories are chosen."""

    tuning: Tuning
    top_k: int
    """Of the matches; layers add to them."""
    shown: ContextTail | None
    at: datetime

    def of(
        self, tx: Transaction, namespaces: Sequence[Namespace], found: Sequence[Recalled]
    ) -> list[Recalled]:
        """The best of what was found, weighed by what it is, and what the layers add.

        Args:
            tx: the transaction to read in.
            namespaces: that the turn reads, of one owner.
            found: more than are wanted, best first, with words.
        """
        knobs = self.tuning.knobs
        said = last_said(tx, found, knobs=knobs)
        weighed = reranked(found, knobs=knobs, now=self.at, last_said=said)
        current = without_stale(tx, weighed, owner=namespaces[0].user_id)
        matches = with_few_quotes(without_echoes(current))[: self.top_k]
        places = self.tuning.places
        return with_layers(tx, namespaces, matches, places=places, shown=self.shown, at=self.at)


def without_echoes(found: Sequence[Recalled]) -> list[Recalled]:
    """Those that say something new, in their order.

    What the user merely asked or wanted before, and small talk, say nothing; without this, asking
    again finds the question.
    A memory whose every source stands above it says again what is there word for word, so it
    yields its place; not so if it is dated, since "7 May 2023" says more than "yesterday", nor if
    the message also says what holds no longer.

    With LoCoMo's observations as memories this raises evidence recall@10 from 80.3 to 81.4 %, and
    the words of the answers that are shown from 76.7 to 77.4 %. Messages that yielded to memories
    would raise the first further and lower the second: a memory says less than its message.
    """
    kept: list[Recalled] = []
    shown: set[MessageId] = set()
    for one in found:
        if one.speaker == Role.USER and _tells_nothing(one.content):
            continue
        sources = one.source_message_ids
        if one.memory and not one.memory.valid_from and sources and shown.issuperset(sources):
            continue
        kept.append(one)
        if one.kind is MemoryKind.EPISODE and not one.ended:
            shown.update(sources)
    return kept


def with_few_quotes(found: Sequence[Recalled]) -> list[Recalled]:
    """Those that were found, with the best chunks of documents only, each text once; in their order.

    However long a document is, it leaves room for what was said.
    """
    kept: list[Recalled] = []
    quoted: set[str] = set()
    for one in found:
        if one.kind is MemoryKind.DOCUMENT:
            if one.content in quoted or len(quoted) == MOST_QUOTES:
                continue
            quoted.add(one.content)
        kept.append(one)
    return kept


def _tells_nothing(text: str) -> bool:
    return only_asks(text) or only_requests(text) or is_small_talk(text)
