import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, Final

from pydantic import ValidationError, model_validator

from app.adapters.portable.foreign import Foreign, Moment, clean, complaint, origin
from app.adapters.portable.json_items import UnreadableFileError, json_items
from app.models.portable import Entry, Flaw, PortableFormat, PortableMemory, Skipped

MAX_OBJECT_BYTES: Final = 64_000_000
"""A list is read entry by entry; an object around it has to be read whole."""

MAX_MEMORY_CHARS: Final = 4_000

_NO_ARCHIVE: Final = re.compile(r"(?!)")
_LISTS: Final = ("results", "memories")
_WORDS: Final = ("memory", "text", "data")


class Mem0Memory(Foreign):
    """A memory as mem0's get_all, its exports and its vector stores have it."""

    id: str | None = None
    memory: str
    created_at: Moment = None
    updated_at: Moment = None
    user_id: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _words_by_any_name(cls, given: Any) -> Any:
        if isinstance(given, Mapping) and given.get("memory") is None:
            words = next((given[name] for name in _WORDS if given.get(name) is not None), None)
            return {**given, "memory": words}
        return given


class Mem0Importer:
    """Reads memories as mem0 tells them: a list, or an object with `results` or `memories`."""

    format = PortableFormat.MEM0

    def recognises(self, file: BinaryIO) -> bool:
        """Whether the first entry has a memory."""
        try:
            first = next((item for _, item in _items(file)), None)
        except UnreadableFileError:
            return False
        return isinstance(first, Mapping) and isinstance(first.get("memory"), str)

    def read(self, file: BinaryIO) -> Iterator[Entry]:
        """See `Importer`."""
        place = ""
        owners: set[str] = set()
        try:
            for place, item in _items(file):
                try:
                    told = Mem0Memory.model_validate(item)
                except ValidationError as error:
                    yield Flaw(place, complaint(error))
                    continue
                owners.add(told.user_id or "")
                if len(owners) > 1:
                    yield Flaw(place, "it is of another user_id: export those of one user")
                    return
                yield memory_entry(told, place=place)
        except UnreadableFileError as error:
            yield Flaw(place, str(error))


def memory_entry(told: Mem0Memory, *, place: str) -> Entry:
    """The memory of one entry; a flaw when it is longer than memories are."""
    words = clean(told.memory).strip()
    if not words:
        return Skipped()
    if len(words) > MAX_MEMORY_CHARS:
        return Flaw(place, f"longer than {MAX_MEMORY_CHARS} characters")
    return PortableMemory(
        origin=origin(f"mem0:{told.id}", at=told.created_at) if told.id else None,
        content=words,
        created_at=told.created_at,
        updated_at=told.updated_at or told.created_at,
    )


def _items(file: BinaryIO) -> Iterator[tuple[str, Any]]:
    file.seek(0)
    if file.read(100).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        yield from _inside(file)
        return
    for number, item in enumerate(
        json_items(file, archived=_NO_ARCHIVE, max_unpacked_bytes=MAX_OBJECT_BYTES)
    ):
        yield f"/{number}", item


def _inside(file: BinaryIO) -> Iterator[tuple[str, Any]]:
    file.seek(0)
    text = file.read(MAX_OBJECT_BYTES + 1)
    if len(text) > MAX_OBJECT_BYTES:
        raise UnreadableFileError("too large for an object: take the list inside")
    try:
        whole = json.loads(text.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise UnreadableFileError("not UTF-8") from None
    except (json.JSONDecodeError, RecursionError):
        raise UnreadableFileError("not valid JSON, or cut off, or nested too deeply") from None
    name = next((name for name in _LISTS if isinstance(whole.get(name), list)), None)
    if name is None:
        raise UnreadableFileError("there is no list of results or memories")
    for number, item in enumerate(whole[name]):
        yield f"/{name}/{number}", item
