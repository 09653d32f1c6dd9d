"""The entries of a JSON array that may be larger than memory, from a plain file or a ZIP archive."""

import codecs
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import IO, Any, BinaryIO, Final

MAX_ITEM_CHARS: Final = 64_000_000
_READ_AT_A_TIME_BYTES: Final = 1_000_000
_SPACE: Final = re.compile(r"[\s,]*")
_NEAR_THE_END: Final = 16
"""Within so many characters of what was read so far, an error may only mean that more is to come."""


class UnreadableFileError(Exception):
    """There is no array, or it breaks off; its text says why, and quotes nothing."""


def json_items(
    file: BinaryIO, *, archived: re.Pattern[str], max_unpacked_bytes: int
) -> Iterator[dict[str, Any]]:
    """The objects of the file's array; of an archive, those of all members of a name.

    Args:
        file: seekable; read from its start.
        archived: the names of members that are read.
        max_unpacked_bytes: so much of an archive is read at most.

    Raises:
        UnreadableFileError: there is no array of objects, it breaks off, or the archive is damaged.
    """
    file.seek(0)
    is_archive = file.read(2) == b"PK" and zipfile.is_zipfile(file)
    file.seek(0)
    if not is_archive:
        yield from _objects(file.read)
        return
    try:
        with ExitStack() as opened:
            archive = opened.enter_context(zipfile.ZipFile(file))
            names = [name for name in archive.namelist() if archived.search(name)]
            if not names:
                raise UnreadableFileError("the archive holds no conversations.json")
            budget = _Budget(max_unpacked_bytes)
            for name in sorted(names):
                member = opened.enter_context(archive.open(name))
                yield from _objects(budget.reading(member))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        if isinstance(error, RecursionError):
            raise
        raise UnreadableFileError("the archive is damaged or encrypted") from None


class _Budget:
    """How much may still be unpacked: a small archive can hold a very large file."""

    def __init__(self, left_bytes: int) -> None:
        self._left_bytes = left_bytes

    def reading(self, member: IO[bytes]) -> Callable[[int], bytes]:
        """The member's `read`, as long as there is something left."""

        def read(size: int) -> bytes:
            piece = member.read(size)
            self._left_bytes -= len(piece)
            if self._left_bytes < 0:
                raise UnreadableFileError("the archive holds more than may be unpacked")
            return piece

        return read


def _objects(read: Callable[[int], bytes]) -> Iterator[dict[str, Any]]:
    text = _Text(read)
    text.skip_space()
    if not text.take("["):
        raise UnreadableFileError("not a JSON array")
    while True:
        text.skip_space()
        if text.take("]"):
            break
        yield text.take_object()
    text.skip_space()
    if not text.is_over:
        raise UnreadableFileError("something follows the array")


class _Text:
    """As much of a text as is being looked at."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self._bytes = codecs.getincrementaldecoder("utf-8-sig")()
        self._decoder = json.JSONDecoder(parse_constant=_refuse_constant)
        self._seen = ""
        self._at = 0
        self._ended = False

    @property
    def is_over(self) -> bool:
        """Whether nothing is left."""
        return self._ended and self._at == len(self._seen)

    def skip_space(self) -> None:
        """The next character is neither space nor comma."""
        while True:
            match = _SPACE.match(self._seen, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._seen) or self._ended:
                return
            self._more()

    def take(self, character: str) -> bool:
        """Whether this character was the next one; it is not any more."""
        there = self._seen.startswith(character, self._at)
        self._at += int(there)
        return there

    def take_object(self) -> dict[str, Any]:
        """The object that comes next.

        Raises:
            UnreadableFileError: something else does, or too much, or nothing.
        """
        if not self._seen.startswith("{", self._at):
            raise UnreadableFileError("the file is cut off, or not an array of objects")
        while True:
            try:
                found, self._at = self._decoder.raw_decode(self._seen, self._at)
            except json.JSONDecodeError as error:
                self._require_more(error)
            except RecursionError:
                raise UnreadableFileError("nested too deeply") from None
            except ValueError:
                raise UnreadableFileError("not valid JSON") from None
            else:
                return dict(found)

    def _require_more(self, error: json.JSONDecodeError) -> None:
        open_string = error.msg.startswith("Unterminated string")
        if self._ended or not (open_string or error.pos > len(self._seen) - _NEAR_THE_END):
            raise UnreadableFileError("the file is cut off, or not valid JSON")
        if len(self._seen) - self._at > MAX_ITEM_CHARS:
            raise UnreadableFileError("an entry is too large")
        for _ in range(1 + (len(self._seen) - self._at) // _READ_AT_A_TIME_BYTES):
            self._more()

    def _more(self) -> None:
        piece = self._read(_READ_AT_A_TIME_BYTES)
        self._ended = not piece
        try:
            self._seen = self._seen[self._at :] + self._bytes.decode(piece, final=self._ended)
        except UnicodeDecodeError:
            raise UnreadableFileError("not UTF-8") from None
        self._at = 0


def _refuse_constant(_name: str) -> None:
    raise ValueError("NaN and Infinity are no JSON")
