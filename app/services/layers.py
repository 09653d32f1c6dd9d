"""Memories that are given whatever is said: the layers beside what means the same."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.models.ids import MessageId
from app.models.memory import Layer, LayerLimits, Memory, MemoryKind, Recalled
from app.models.namespace import Namespace
from app.ports.database import Transaction
from app.services.found_words import recalled
from app.services.recall import ContextTail

LEAST_IMPORTANCE: Final = 0.8
"""Of the important layer: rules give it to homes, families, work and health, and not to tastes."""


SPARE: Final = 10
"""So many more are looked up than places and matches, since the newest are often told already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerPlaces:
    """How many memories each layer gives beside the best matches; none by default."""

    important: int = 0
    """The most important ones, from LEAST_IMPORTANCE on."""
    preferences: int = 0
    """The most important likes and dislikes."""
    recent: int = 0
    """Those that were said last."""

    @property
    def by_layer(self) -> dict[Layer, int]:
        """The layers that have places, in the order in which they are filled."""
        places = {
            Layer.IMPORTANT: self.important,
            Layer.PREFERENCES: self.preferences,
            Layer.RECENT: self.recent,
        }
        return {layer: count for layer, count in places.items() if count}


NO_LAYERS: Final = LayerPlaces()


def with_layers(
    tx: Transaction,
    namespaces: Sequence[Namespace],
    matches: Sequence[Recalled],
    *,
    places: LayerPlaces,
    shown: ContextTail | None,
    at: datetime,
) -> list[Recalled]:
    """The matches, and what each layer that has places adds to them.

    Args:
        tx: the transaction to read in; without places nothing is read.
        namespaces: that the turn reads, of one owner.
        matches: of the semantic layer, best first.
        places: of the other layers.
        shown: what was learnt from there is told already.
        at: the present.
    """
    found = standing(tx, namespaces, places=places, spare=len(matches) + SPARE, at=at)
    told = shown_sources(tx, [one for some in found.values() for one in some], shown)
    return layered(matches, found, places=places, told=told)


def standing(
    tx: Transaction,
    namespaces: Sequence[Namespace],
    *,
    places: LayerPlaces,
    spare: int,
    at: datetime,
) -> Mapping[Layer, Sequence[Memory]]:
    """The active memories that hold at a moment, for each layer that has places, best first.

    One query, and none without places.

    Args:
        tx: the transaction to read in.
        namespaces: of one owner.
        places: how many are wanted.
        spare: how many more, since some may be given already.
        at: a memory that ceased to hold by then is left out.
    """
    at_most = {layer: count + spare for layer, count in places.by_layer.items()}
    if not at_most or not namespaces:
        return {}
    return tx.memories.standing(
        [one.profile_id for one in namespaces],
        owner=namespaces[0].user_id,
        limits=LayerLimits(at_most=at_most, least_importance=LEAST_IMPORTANCE, at=at),
    )


def shown_sources(
    tx: Transaction, memories: Sequence[Memory], shown: ContextTail | None
) -> frozenset[MessageId]:
    """Those of the memories' messages that the model is shown anyway."""
    if shown is None or not memories:
        return frozenset()
    sources = {source for memory in memories for source in memory.source_message_ids}
    return frozenset(
        message.id
        for message in tx.messages.by_ids(sources, owner=memories[0].user_id)
        if message.session_id == shown.session_id and message.seq >= shown.from_position
    )


def layered(
    matches: Sequence[Recalled],
    found: Mapping[Layer, Sequence[Memory]],
    *,
    places: LayerPlaces,
    told: Set[MessageId],
) -> list[Recalled]:
    """The matches, and after them what each layer adds to them, each memory once.

    A memory of which every message is told word for word adds nothing, unless it is dated.

    Args:
        matches: of the semantic layer, best first.
        found: candidates of the other layers, best first.
        places: how many each layer may add.
        told: messages that the model is shown beside the matches.
    """
    given = list(matches)
    known = {one.id for one in matches}
    quoted = told | {
        source
        for one in matches
        if one.kind is MemoryKind.EPISODE
        for source in one.source_message_ids
    }
    for layer, count in places.by_layer.items():
        new = [
            memory
            for memory in found.get(layer, ())
            if memory.id not in known and not _is_quoted(memory, quoted)
        ]
        known.update(memory.id for memory in new[:count])
        given += [_standing(memory, layer) for memory in new[:count]]
    return given


def _is_quoted(memory: Memory, quoted: Set[MessageId]) -> bool:
    sources = memory.source_message_ids
    return bool(sources) and not memory.valid_from and set(sources) <= quoted


def _standing(memory: Memory, layer: Layer) -> Recalled:
    """The memory as its layer gives it; its one term is named after the layer."""
    terms = {layer.value: round(memory.importance, 4)}
    return recalled(memory, score=memory.importance, terms=terms)
