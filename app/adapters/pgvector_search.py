"""One search in Postgres: both halves, and both scores of every hit, in one statement."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from app.adapters.pgvector_rows import facts_of, literal, microseconds, of, signed
from app.models.namespace import Namespace
from app.ports.vector_index import Found, Hit, QueryVectors

_SEARCH: Final = """
with asked (stem, weight) as (
    select * from unnest(%(stems)s::integer[], %(weights)s::float8[])
), near as materialized (
    select key, dense <#> %(dense)s::halfvec as distance,
        %(at_us)s::bigint is null
        or said_at_us <= %(at_us)s and (until_us is null or %(at_us)s < until_us) as held
    from index_points
    where user_id = %(user)s and memory_profile_id = %(profile)s and form = %(form)s
        and (not is_past or %(at_us)s::bigint is not null)
), size as materialized (
    select count(*) as points from near
), postings as materialized (
    select stem, point_key as key, weight
    from index_words
    where user_id = %(user)s and memory_profile_id = %(profile)s and form = %(form)s
        and stem = any(%(stems)s::integer[])
        and (not is_past or %(at_us)s::bigint is not null)
), seen as materialized (
    select stem, count(*) as points from postings group by stem
), rare as materialized (
    select asked.stem, coalesce(seen.points, 0) as points, asked.weight * ln(
        1 + (size.points - coalesce(seen.points, 0) + 0.5::float8)
        / (coalesce(seen.points, 0) + 0.5)
    ) as weight
    from size cross join asked left join seen using (stem)
), worded as materialized (
    select key, sum(rare.weight * postings.weight) as score
    from postings join rare using (stem) group by key
), best as (
    select key from worded
    where score > 0
        and (%(at_us)s::bigint is null or key in (select key from near where held))
    order by score desc limit %(limit)s
), nearest as (
    select key from near where held order by distance limit %(limit)s
), hits as (
    select id, kind, session_id, position, said_at_us, until_us, is_past, speaker, from_user, asks,
        -(dense <#> %(dense)s::halfvec) as cosine, stems, weights
    from index_points
    where key = any(array(select key from nearest union select key from best))
)
select size.points, array(select points from rare order by array_position(%(stems)s, stem))
    as seen, hits.*
from size left join hits on true order by cosine desc
"""
"""Nothing joins many rows with many: the planner knows nothing of how many points a profile has just
got, and would compare each with each. The words of the few hits come along to be scored here."""


def search_namespace(
    connection: Connection,
    namespace: Namespace,
    query: QueryVectors,
    *,
    form: str,
    limit: int,
    as_of: datetime | None = None,
) -> Found:
    """The `limit` best of each half, united, each scored by both; best cosine first.

    Every vector of the namespace is looked at, and every posting of the query's stems. Of another
    time, IDF is that of all the namespace's points, present and past.
    """
    words = query.sparse
    parameters: dict[str, Any] = {
        **of(namespace),
        "form": form,
        "stems": signed(words.indices),
        "weights": words.values.tolist(),
        "dense": literal(query.dense),
        "at_us": None if as_of is None else microseconds(as_of),
        "limit": limit,
    }
    rows = connection.exec_driver_sql(_SEARCH, parameters).all()
    points = rows[0].points
    idf = _idf(np.array(rows[0].seen, np.float64), points)
    rare = dict(zip(parameters["stems"], (words.values * idf).tolist(), strict=True))
    return Found(_hits(rows, rare), idf / _idf(np.zeros(1), points), points)


def _idf(having: NDArray[np.float64], points: int) -> NDArray[np.float64]:
    idf: NDArray[np.float64] = np.log1p((points - having + 0.5) / (having + 0.5))
    return idf


def _hits(rows: Sequence[Any], rare: Mapping[int, float]) -> list[Hit]:
    """The rows' hits; none of the single row that tells of a search without any."""
    whole = sum(rare.values())
    hits = []
    for row in rows:
        if row.id is not None:
            words = zip(row.stems, row.weights, strict=True)
            lexical = sum(rare.get(stem, 0.0) * weight for stem, weight in words)
            share = lexical / whole if whole else 0.0
            hits.append(Hit(facts_of(row), row.cosine, lexical, share))
    return hits
