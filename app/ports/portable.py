from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from app.models.portable import Entry, Portable, PortableFormat, PortableHeader

Scratch = Callable[[], BinaryIO]
"""A new file without a name, private to this process: it is gone when it is closed, and when the
process ends in whatever way."""


class Importer(Protocol):
    """Reads one format, in one pass and in bounded memory."""

    @property
    def format(self) -> PortableFormat:
        """What it reads."""
        ...

    def recognises(self, file: BinaryIO) -> bool:
        """Whether a seekable file looks as if it were of this format."""
        ...

    def read(self, file: BinaryIO) -> Iterator[Entry]:
        """The records of a seekable file from its start, in the order in which they can be written.

        That is: a profile before its sessions and memories, a session before its messages, a message
        before the memories that come from it. What is wrong with the file is told as flaws among
        the records; where it cannot be read any further, nothing follows. Without any flaw the
        file is whole and sound, and every record that another one names is in it.
        """
        ...


class Exporter(Protocol):
    """Writes the format that is ours."""

    @property
    def media_type(self) -> str:
        """What the file is served as."""
        ...

    def write(self, header: PortableHeader, records: Iterable[Portable], file: BinaryIO) -> None:
        """The file holds the records, in the order in which an importer has to find them."""
        ...


@dataclass(frozen=True, slots=True)
class FileFormats:
    """What is written and read, and where files lie meanwhile."""

    exporter: Exporter
    importers: Sequence[Importer]
    """Those that recognise a file are asked in this order."""
    scratch: Scratch
