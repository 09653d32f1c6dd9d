"""Text out of files. What somebody else's parser reads, it reads in a process with limits."""

import asyncio
import codecs
import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, assert_never

from app.core.document_errors import DocumentRefused
from app.models.document import MediaType, Passage

_CHILD: Final = Path(__file__).with_name("child.py")
_REASONS: Final = {
    3: "It is damaged, or of another kind than its name says",
    4: "It is encrypted: save it without a password",
    5: "It unpacks to more than is read",
}
_BYTE_ORDERS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class BoundedReader:
    """The DocumentReader port: plain text here, everything else in a child process."""

    def __init__(self, *, within_s: float, memory_bytes: int) -> None:
        self._within_s = within_s
        self._memory_bytes = memory_bytes

    async def read(self, content: bytes, media_type: MediaType) -> Sequence[Passage]:
        """The text in the order in which it is read; () when there is none.

        Raises:
            DocumentRefused: it is damaged, encrypted, or takes too long or too much to read.
        """
        match media_type:
            case MediaType.PLAIN | MediaType.MARKDOWN:
                return [Passage(decoded(content))]
            case MediaType.HTML:
                text = decoded(content)
                return await self._by_child("html", text.encode(), has_pages=False)
            case MediaType.PDF:
                return await self._by_child("pdf", content, has_pages=True)
            case MediaType.DOCX:
                return await self._by_child("docx", content, has_pages=False)
            case never:
                assert_never(never)

    async def _by_child(self, kind: str, content: bytes, *, has_pages: bool) -> Sequence[Passage]:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            str(_CHILD),
            kind,
            str(self._memory_bytes),
            str(max(1, round(self._within_s))),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={},
        )
        try:
            async with asyncio.timeout(self._within_s):
                told, _ = await child.communicate(content)
        except TimeoutError:
            raise DocumentRefused("It takes too long to read") from None
        finally:
            with suppress(ProcessLookupError):
                child.kill()
            await child.wait()
        if child.returncode != 0:
            raise DocumentRefused(_REASONS.get(child.returncode or 0, "It cannot be read"))
        pages: list[str] = json.loads(told)
        return [
            Passage(text, number if has_pages else None)
            for number, text in enumerate(pages, start=1)
            if text.strip()
        ]


def decoded(content: bytes) -> str:
    """The text of bytes in UTF-8, or in UTF-16 that says so.

    Raises:
        DocumentRefused: they are neither, and so perhaps no text at all.
    """
    encoding = "utf-16" if content.startswith(_BYTE_ORDERS) else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        raise DocumentRefused("It is not text in UTF-8 or UTF-16: save it as one of them") from None
    if "\x00" in text:
        raise DocumentRefused("It is not text: there are NUL characters in it")
    return text
