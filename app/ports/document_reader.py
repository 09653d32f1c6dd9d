from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from app.models.document import MediaType, Passage
from app.ports.storage import Storage


class DocumentReader(Protocol):
    """Takes the text out of files, whoever made them: bounded in time and in memory."""

    async def read(self, content: bytes, media_type: MediaType) -> Sequence[Passage]:
        """The text in the order in which it is read; () when there is none.

        Headings begin with `#`, as in Markdown, and blank lines part paragraphs.

        Raises:
            DocumentRefused: it is damaged, encrypted, or takes too long or too much to read.
        """
        ...


@dataclass(frozen=True, slots=True)
class DocumentFiles:
    """How the files of documents are read, and where they are kept."""

    reader: DocumentReader
    storage: Storage
