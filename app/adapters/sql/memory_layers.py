from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, Select, literal, or_, select, union_all

from app.adapters.sql import tables
from app.models.ids import ProfileId, UserId
from app.models.memory import Layer, LayerLimits, Memory, MemoryKind, MemoryStatus

_table = tables.memories


def _by_importance(memory: Memory) -> tuple[float, datetime]:
    return memory.importance, memory.said_at


def _by_time(memory: Memory) -> tuple[float, datetime]:
    return 0.0, memory.said_at


_ORDER: Final = {
    Layer.IMPORTANT: _by_importance,
    Layer.PREFERENCES: _by_importance,
    Layer.RECENT: _by_time,
}


def standing_query(
    profile_ids: Sequence[ProfileId], *, owner: UserId, limits: LayerLimits
) -> Select[Any]:
    """The rows of all layers together, each with its `layer`, best first within it."""
    holding = select(_table).where(
        _table.c.memory_profile_id.in_(profile_ids),
        _table.c.status == MemoryStatus.ACTIVE,
        _table.c.user_id == owner,
        or_(_table.c.valid_until.is_(None), _table.c.valid_until > limits.at),
    )
    by_importance = holding.order_by(_table.c.importance.desc(), _table.c.said_at.desc())
    queries = {
        Layer.IMPORTANT: by_importance.where(_table.c.importance >= limits.least_importance),
        Layer.PREFERENCES: by_importance.where(_table.c.kind == MemoryKind.PREFERENCE),
        Layer.RECENT: holding.order_by(_table.c.said_at.desc()),
    }
    # Subqueries, since SQLite knows no ORDER BY and LIMIT in the parts of a UNION.
    parts = [
        select(literal(layer.value).label("layer"), queries[layer].limit(limit).subquery())
        for layer, limit in limits.at_most.items()
    ]
    return select(union_all(*parts).subquery())


def by_layer(
    rows: Sequence[Row[Any]], memories: Sequence[Memory]
) -> Mapping[Layer, Sequence[Memory]]:
    """The memories of such rows by what `layer` says, best first whatever the order of a union."""
    found: dict[Layer, list[Memory]] = {}
    for row, memory in zip(rows, memories, strict=True):
        found.setdefault(Layer(row.layer), []).append(memory)
    return {layer: sorted(some, key=_ORDER[layer], reverse=True) for layer, some in found.items()}
