import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

CHUNK_BYTES = 65_536


class StallingProxy:
    """Passes TCP on; stalled, it takes everything and passes nothing on, as a dead network does."""

    def __init__(self, host: str, port: int) -> None:
        self.port = 0
        self._target = (host, port)
        self._flows = asyncio.Event()
        self._flows.set()
        self._pause_s = 0.0
        self._writers: list[asyncio.StreamWriter] = []

    @contextmanager
    def stalled(self) -> Iterator[None]:
        """Nothing passes meanwhile; afterwards what was held back does."""
        self._flows.clear()
        try:
            yield
        finally:
            self._flows.set()

    @contextmanager
    def slowed(self, *, bytes_per_s: float) -> Iterator[None]:
        """Everything passes meanwhile, at that pace."""
        self._pause_s = CHUNK_BYTES / bytes_per_s
        try:
            yield
        finally:
            self._pause_s = 0.0

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A connection is passed on, until either side ends it."""
        self._writers.append(writer)
        await self._flows.wait()
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._target)
        except OSError:
            writer.close()
            return
        self._writers.append(far_writer)
        await asyncio.gather(self._pass(reader, far_writer), self._pass(far_reader, writer))

    async def close(self) -> None:
        """No connection is left."""
        for writer in self._writers:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while chunk := await reader.read(CHUNK_BYTES):
                await self._flows.wait()
                await asyncio.sleep(self._pause_s * len(chunk) / CHUNK_BYTES)
                writer.write(chunk)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def stalling_proxy(port: int, *, host: str = "127.0.0.1") -> AsyncIterator[StallingProxy]:
    """A proxy before a port, on a port of its own."""
    proxy = StallingProxy(host, port)
    server = await asyncio.start_server(proxy.connect, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        await proxy.close()
