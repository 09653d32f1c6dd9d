"""Answers that do not end, or that would be more than they seem."""

import httpx
import pytest

from app.adapters.bounded_answer import bound_to
from tests.support.issuer import Fault, Issuer


def a_client(most_bytes: int) -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=30, event_hooks={"response": [bound_to(most_bytes)]})


@pytest.mark.parametrize("fault", ["huge", "endless", "compressed"])
async def test_what_is_too_long_or_packed_is_not_read(fault: Fault) -> None:
    with Issuer() as issuer, issuer.failing(fault):
        async with a_client(1_000_000) as client:
            with pytest.raises(httpx.ReadError):
                await client.get(f"{issuer.url}/keys")


async def test_what_is_just_long_enough_is_read() -> None:
    with Issuer() as issuer:
        url = f"{issuer.url}/keys"
        async with a_client(1_000_000) as client:
            whole = (await client.get(url)).content
        async with a_client(len(whole)) as client:
            assert (await client.get(url)).content == whole
        async with a_client(len(whole) - 1) as client:
            with pytest.raises(httpx.ReadError):
                await client.get(url)
