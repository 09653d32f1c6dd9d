"""A Qdrant server's index, opened."""

from math import ceil

from qdrant_client import AsyncQdrantClient

from app.adapters.qdrant_server import QdrantServerIndex

TIMEOUT_S = 30.0


def open_qdrant(url: str, *, api_key: str | None, collection: str, dims: int) -> QdrantServerIndex:
    """The index on a server, or cluster, that is first asked when it is first needed.

    The client asks no proxy of the environment, sends no telemetry, and does not look for the
    server's version behind our back.
    """
    client = AsyncQdrantClient(
        url=url,
        headers={} if api_key is None else {"api-key": api_key},
        timeout=ceil(TIMEOUT_S),
        check_compatibility=False,
        trust_env=False,
    )
    return QdrantServerIndex(client, collection=collection, dims=dims, write_deadline_s=TIMEOUT_S)
