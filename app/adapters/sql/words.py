"""Which columns hold words of a user. All others tell when, how much, of what kind and whose."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Table

from app.adapters.sql import tables


@dataclass(frozen=True, slots=True)
class Words:
    """The columns of a table that hold words, and what stands there when these are encrypted.

    The words themselves are in `sealed_…` then.
    """

    table: Table
    row: tuple[str, ...]
    """Columns that say which row it is: no ciphertext is of use in another one."""
    sealed: Mapping[str, object]
    """Column and what stands there instead, unless it is compared."""
    compared: frozenset[str] = frozenset()
    """Columns that something is looked for in: a keyed fingerprint stands there."""


PROFILE: Final = Words(
    tables.memory_profiles,
    row=("id",),
    sealed={"name": "", "description": None, "persona": None, "speakers": []},
    compared=frozenset({"name_key"}),
)
SESSION: Final = Words(
    tables.chat_sessions,
    row=("id",),
    sealed={"title": None, "summary": None},
    compared=frozenset({"title"}),
)
MESSAGE: Final = Words(
    tables.chat_messages,
    row=("id",),
    sealed={"name": None, "content": ""},
    compared=frozenset({"name"}),
)
MEMORY: Final = Words(
    tables.memories,
    row=("id",),
    sealed={"content": "", "slot": None},
    compared=frozenset({"content", "slot"}),
)
VERSION: Final = Words(tables.memory_versions, row=("memory_id", "version"), sealed={"content": ""})
DOCUMENT: Final = Words(
    tables.documents,
    row=("id",),
    sealed={"title": "", "digest": "", "file_key": ""},
    compared=frozenset({"digest"}),
)
"""With the key of a document's file, the file itself is under its owner's key."""
CHUNK: Final = Words(tables.document_chunks, row=("id",), sealed={"content": ""})
API_KEY: Final = Words(tables.api_keys, row=("id",), sealed={"name": ""})
ALL_WORDS: Final = (PROFILE, SESSION, MESSAGE, MEMORY, VERSION, DOCUMENT, CHUNK, API_KEY)
