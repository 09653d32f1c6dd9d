"""What a point looks like in Postgres: ids, numbers, a vector and hashes of stems; no words."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from app.models.memory import MemoryKind
from app.models.namespace import Namespace
from app.ports.vector_index import Point, PointFacts, SparseVector

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

_LOCK: Final = "select pg_advisory_xact_lock(hashtextextended(%(namespace)s, 0))"

_THERE: Final = """
select there.id, key, stems, weights, there.dense = new.dense::halfvec as same_vector
from index_points there join unnest(%(ids)s::uuid[], %(dense)s::text[]) new (id, dense) using (id)
where user_id = %(user)s and memory_profile_id = %(profile)s
"""

_PUT: Final = """
insert into index_points (
    user_id, memory_profile_id, form, id, is_past, kind, session_id, position, said_at_us,
    until_us, speaker, from_user, asks, stems, weights, dense
)
select %(user)s, %(profile)s, %(form)s, id, is_past, kind, session_id, position, said_at_us,
    until_us, speaker, from_user, asks, stems::integer[], weights::real[], dense::halfvec
from unnest(
    %(ids)s::uuid[], %(is_past)s::boolean[], %(kind)s::text[], %(session_id)s::uuid[],
    %(position)s::integer[], %(said_at_us)s::bigint[], %(until_us)s::bigint[],
    %(speaker)s::bigint[], %(from_user)s::boolean[], %(asks)s::boolean[], %(stems)s::text[],
    %(weights)s::text[], %(dense)s::text[]
) new (
    id, is_past, kind, session_id, position, said_at_us, until_us, speaker, from_user, asks, stems,
    weights, dense
)
on conflict (user_id, memory_profile_id, id) do update set
    form = excluded.form, is_past = excluded.is_past, kind = excluded.kind,
    session_id = excluded.session_id, position = excluded.position,
    said_at_us = excluded.said_at_us, until_us = excluded.until_us, speaker = excluded.speaker,
    from_user = excluded.from_user, asks = excluded.asks, stems = excluded.stems,
    weights = excluded.weights, dense = excluded.dense
returning id, key
"""

_PUT_WORDS: Final = """
insert into index_words (user_id, memory_profile_id, form, stem, point_key, is_past, weight)
select %(user)s, %(profile)s, %(form)s, stem, point_key, is_past, weight
from unnest(%(word_stems)s::integer[], %(keys)s::bigint[], %(pasts)s::boolean[], %(values)s::real[])
    new (stem, point_key, is_past, weight)
"""

_DROP_WORDS: Final = """
delete from index_words gone using unnest(%(old_keys)s::bigint[], %(old_stems)s::integer[])
    old (point_key, stem)
where gone.user_id = %(user)s and gone.memory_profile_id = %(profile)s
    and gone.stem = old.stem and gone.point_key = old.point_key
"""

_DROP_ALL_WORDS: Final = """
delete from index_words where user_id = %(user)s and memory_profile_id = %(profile)s
"""

_DROP_ALL: Final = """
delete from index_points where user_id = %(user)s and memory_profile_id = %(profile)s
"""

_DROP: Final = """
delete from index_points
where user_id = %(user)s and memory_profile_id = %(profile)s and id = any(%(ids)s::uuid[])
returning key, stems
"""


def lock(connection: Connection, namespace: Namespace) -> None:
    """No other transaction, of whatever process, changes the namespace until this one ends."""
    connection.exec_driver_sql(_LOCK, {"namespace": str(namespace)})


def put(connection: Connection, namespace: Namespace, points: Sequence[Point], *, form: str) -> int:
    """The number of points that replace one of other words or of another vector."""
    new = {point.facts.id: point for point in points}
    columns = _columns(list(new.values()))
    columns |= {"form": form, **of(namespace)}
    there = connection.exec_driver_sql(_THERE, columns).all()
    _drop_words(connection, namespace, [(row.key, row.stems) for row in there])
    keys = {row.id: row.key for row in connection.exec_driver_sql(_PUT, columns)}
    _put_words(connection, namespace, new, keys=keys, form=form)
    return sum(not (row.same_vector and _same_words(row, new[row.id].sparse)) for row in there)


def drop(connection: Connection, namespace: Namespace, ids: Sequence[UUID]) -> int:
    """The number of points that were there and are gone, of whatever form."""
    rows = connection.exec_driver_sql(_DROP, {"ids": list(ids), **of(namespace)}).all()
    _drop_words(connection, namespace, [(row.key, row.stems) for row in rows])
    return len(rows)


def drop_all(connection: Connection, namespace: Namespace) -> int:
    """The number of points that were there, of whatever form; the namespace is empty."""
    connection.exec_driver_sql(_DROP_ALL_WORDS, of(namespace))
    return connection.exec_driver_sql(_DROP_ALL, of(namespace)).rowcount


def of(namespace: Namespace) -> dict[str, UUID]:
    """The parameters that keep a statement inside a namespace."""
    return {"user": namespace.user_id, "profile": namespace.profile_id}


def signed(stems: NDArray[np.uint32]) -> list[int]:
    """Hashed stems as Postgres's integers, which have a sign."""
    return stems.astype(np.uint32).view(np.int32).tolist()  # type: ignore[no-any-return]


def literal(vector: NDArray[np.float32]) -> str:
    """A vector as Postgres reads it."""
    return f"[{','.join(map(str, vector.tolist()))}]"


def microseconds(moment: datetime) -> int:
    """Since 1970; exact in any year."""
    return (moment - _EPOCH) // _MICROSECOND


def facts_of(row: Any) -> PointFacts:
    """The facts of a row that has all columns of a point but vector and words."""
    return PointFacts(
        id=row.id,
        kind=MemoryKind(row.kind),
        session_id=row.session_id,
        position=row.position,
        said_at=_moment(row.said_at_us),
        until=None if row.until_us is None else _moment(row.until_us),
        is_past=row.is_past,
        speaker=row.speaker,
        from_user=row.from_user,
        asks=row.asks,
    )


def _moment(since_1970_us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=since_1970_us)


def _columns(points: Sequence[Point]) -> dict[str, Any]:
    facts = [point.facts for point in points]
    return {
        "ids": [one.id for one in facts],
        "is_past": [one.is_past for one in facts],
        "kind": [str(one.kind) for one in facts],
        "session_id": [one.session_id for one in facts],
        "position": [one.position for one in facts],
        "said_at_us": [microseconds(one.said_at) for one in facts],
        "until_us": [microseconds(one.until) if one.until else None for one in facts],
        "speaker": [one.speaker for one in facts],
        "from_user": [one.from_user for one in facts],
        "asks": [one.asks for one in facts],
        "stems": [_array(signed(point.sparse.indices)) for point in points],
        "weights": [_array(point.sparse.values.tolist()) for point in points],
        "dense": [literal(point.dense) for point in points],
    }


def _array(values: Sequence[float]) -> str:
    return f"{{{','.join(map(str, values))}}}"


def _same_words(row: Any, words: SparseVector) -> bool:
    return row.stems == signed(words.indices) and np.array_equal(
        np.array(row.weights, np.float32), words.values
    )


def _put_words(
    connection: Connection,
    namespace: Namespace,
    points: dict[UUID, Point],
    *,
    keys: dict[UUID, int],
    form: str,
) -> None:
    postings = [
        (stem, keys[point.facts.id], point.facts.is_past, weight)
        for point in points.values()
        for stem, weight in zip(
            signed(point.sparse.indices), point.sparse.values.tolist(), strict=True
        )
    ]
    if postings:
        stems, to, pasts, values = map(list, zip(*postings, strict=True))
        parameters = {"word_stems": stems, "keys": to, "pasts": pasts, "values": values}
        connection.exec_driver_sql(_PUT_WORDS, {"form": form, **of(namespace), **parameters})


def _drop_words(
    connection: Connection, namespace: Namespace, there: Sequence[tuple[int, Sequence[int]]]
) -> None:
    postings = [(key, stem) for key, stems in there for stem in stems]
    if postings:
        keys, stems = map(list, zip(*postings, strict=True))
        parameters = {"old_keys": keys, "old_stems": stems}
        connection.exec_driver_sql(_DROP_WORDS, {**of(namespace), **parameters})
