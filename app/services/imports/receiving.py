import asyncio
from collections.abc import AsyncIterator
from typing import BinaryIO, Final

from app.core.errors import StorageUnavailable

_AT_A_TIME_BYTES: Final = 1_000_000


async def receive(upload: AsyncIterator[bytes], file: BinaryIO) -> BinaryIO:
    """The file, which holds the whole upload.

    Raises:
        StorageUnavailable: there is no room for it.
    """
    waiting = bytearray()
    try:
        async for chunk in upload:
            waiting += chunk
            if len(waiting) >= _AT_A_TIME_BYTES:
                await asyncio.to_thread(file.write, waiting)
                waiting = bytearray()
        await asyncio.to_thread(file.write, waiting)
        await asyncio.to_thread(file.flush)
    except OSError as error:
        raise StorageUnavailable from error
    return file
