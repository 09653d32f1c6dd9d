import asyncio
from typing import Any, Final

import httpx
import orjson

from app.core.identity_errors import IdentityUnavailable

MAX_BYTES: Final = 262_144
"""Google's keys take 2 kB. A document of the largest size, of zeros, is refused as it arrives."""
TOTAL_S: Final = 5.0
CONNECT_S: Final = 2.0


async def fetch_json(url: str) -> dict[str, Any]:
    """The JSON object at an address that is configured. No redirect is followed.

    Raises:
        IdentityUnavailable: no such object within 5 s and 256 KiB.
    """
    try:
        async with asyncio.timeout(TOTAL_S):
            document = orjson.loads(await _body(url))
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError) as error:
        raise IdentityUnavailable from error
    if not isinstance(document, dict):
        raise IdentityUnavailable
    return document


async def _body(url: str) -> bytes:
    """What is there, as it was sent.

    Raises:
        ValueError: it is no answer, compressed, or too large.
    """
    timeout = httpx.Timeout(TOTAL_S, connect=CONNECT_S)
    headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
    async with (
        httpx.AsyncClient(timeout=timeout, follow_redirects=False) as client,
        client.stream("GET", url, headers=headers) as answer,
    ):
        if answer.status_code != httpx.codes.OK or "content-encoding" in answer.headers:
            raise ValueError("not a plain answer")
        body = bytearray()
        async for piece in answer.aiter_raw():
            body += piece
            if len(body) > MAX_BYTES:
                raise ValueError("too large")
    return bytes(body)
