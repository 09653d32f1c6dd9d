"""Answers over HTTP that end."""

from collections.abc import AsyncIterator, Awaitable, Callable

import httpx


def bound_to(most_bytes: int) -> Callable[[httpx.Response], Awaitable[None]]:
    """A hook for httpx's "response", with which no answer is longer, nor unpacked.

    Whoever reads it is told `httpx.ReadError` otherwise.
    """

    async def bound(response: httpx.Response) -> None:
        stream = response.stream
        if "content-encoding" in response.headers or not isinstance(stream, httpx.AsyncByteStream):
            await response.aclose()
            raise httpx.ReadError("packed", request=response.request)
        response.stream = _Bounded(stream, response.request, most_bytes)

    return bound


class _Bounded(httpx.AsyncByteStream):
    def __init__(
        self, stream: httpx.AsyncByteStream, request: httpx.Request, most_bytes: int
    ) -> None:
        self._stream = stream
        self._request = request
        self._left = most_bytes

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._stream:
            self._left -= len(piece)
            if self._left < 0:
                raise httpx.ReadError("too long", request=self._request)
            yield piece

    async def aclose(self) -> None:
        await self._stream.aclose()
