"""Looking for words everywhere they could be, and holding what is found against the promise."""

import os
import re
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import numpy as np

from tests.prove.points import regions, stray_points
from tests.prove.promise import Promise
from tests.prove.world import World

_PAGE_BYTES: Final = 4_096

WORDLESS: Final = "no log, metric, document or temporary file holds a word"
INCOGNITO: Final = "what is said in incognito leaves no trace"
CONTEXT: Final = "an incognito turn is no part of a later prompt"
PAUSED: Final = "what is said while memories are paused is never learnt"
FORGOTTEN: Final = "what is deleted is gone"
APART: Final = "a profile and a person keep to themselves"
OTHERS: Final = "another person"
CONTACTS: Final = "nothing but the model endpoint is contacted"


class Leak(AssertionError):
    """A word is where the promise says it cannot be."""

    def __init__(self, broken: str, report: str) -> None:
        super().__init__(f"{broken}: {report}")
        self.broken = broken


class Search:
    """Looks for every word of a world, and counts what it looked through."""

    def __init__(self, world: World) -> None:
        self.searched: Final = Counter[str]()
        """How much of each kind: files, bytes, prompts, answers, calls."""
        self.found: Final = Counter[str]()
        """How often a word was where it may be."""
        self._world = world
        self._log_read = 0
        self._calls_read = 0
        port = world.upstream_port
        self._allowed_call = re.compile(
            rf"socket\.connect \(<.*>, \('127\.0\.0\.1', {port}\)\)"
            rf"|socket\.getaddrinfo \(b?'127\.0\.0\.1', {port}, .*\)"
        )

    def text(
        self, place: str, text: str | bytes, allowed: Collection[str], promise: Promise
    ) -> None:
        """Every word of the text may be there.

        Raises:
            Leak: one may not.
        """
        self.searched[_kind(place)] += 1
        self._hold(place, self._world.words.in_text(text), allowed, promise)

    def files(self, promise: Promise, *, thorough: bool) -> None:
        """No file of the server's holds a word that may not be there; `thorough`: in any form.

        Raises:
            Leak: one does.
        """
        database = promise.in_clear() if self._world.encrypted else promise.in_database()
        index = promise.in_index()
        for file in _files_in(self._world.folder):
            with suppress(FileNotFoundError):  # it has gone since
                self._one(file, database, index, promise, thorough=thorough)

    def _one(
        self,
        file: Path,
        database: Collection[str],
        index: Collection[str],
        promise: Promise,
        *,
        thorough: bool,
    ) -> None:
        name = file.relative_to(self._world.folder).as_posix()
        if name == "server.log":
            self._file(name, self._log(file), (), promise, thorough=True)
        elif name.startswith("data/index/"):
            content = _data_of(file)
            self._file("index", content, (), promise, thorough=thorough)
            hashed = self._world.words.hashed_in(content) & promise.words.keys()
            self._hold("index", hashed, index, promise)
        elif name.startswith("data/memorychat.db"):
            self._file("database", file.read_bytes(), database, promise, thorough=thorough)
        else:
            self._file(name, file.read_bytes(), (), promise, thorough=thorough)

    def points(self, user: str, promise: Promise) -> None:
        """The index, which is at rest, holds nothing that the database does not.

        Raises:
            Leak: it does.
        """
        self.searched["indexes"] += 1
        if stray := stray_points(self._world.data_dir, user, promise.profiles):
            raise Leak(FORGOTTEN, f"{len(stray)} points that should be gone, in index")

    def contacts(self) -> None:
        """Nobody but the model endpoint was contacted.

        Raises:
            Leak: somebody was.
        """
        with self._world.calls.open(encoding="utf-8") as calls:
            calls.seek(self._calls_read)
            for call in calls.read().splitlines():
                self.searched["calls that could leave"] += 1
                if not self._allowed_call.fullmatch(call):
                    raise Leak(CONTACTS, call)
            self._calls_read = calls.tell()

    def _log(self, file: Path) -> bytes:
        with file.open("rb") as log:
            log.seek(max(0, self._log_read - 100))  # a word may have been cut in two
            content = log.read()
            self._log_read = log.tell()
        return content

    def _file(
        self,
        place: str,
        content: bytes,
        allowed: Collection[str],
        promise: Promise,
        *,
        thorough: bool,
    ) -> None:
        self.searched["files"] += 1
        self.searched["bytes"] += len(content)
        found = self._world.words.in_bytes(content, disguised=thorough)
        self._hold(place, found, allowed, promise)

    def _hold(
        self, place: str, found: Collection[str], allowed: Collection[str], promise: Promise
    ) -> None:
        self.found[_kind(place)] += len(found)
        for word in found:
            if word not in allowed:
                what = f"{word}, {promise.standing(word)}, in {place}"
                raise Leak(_broken(place, word, promise), what)


_LEARNING: Final = {"lesson", "index", "GET search", "GET preview"}
_STORES: Final = {"database", "prompt", "summary", "export", *_LEARNING}


def _broken(place: str, word: str, promise: Promise) -> str:
    """The rule that a word breaks by being there."""
    one = promise.words.get(word)
    if place not in _STORES and not place.startswith("GET "):
        return APART if place == OTHERS else WORDLESS
    if one is None:
        return FORGOTTEN
    if not one.kept:
        return CONTEXT if place in {"prompt", "summary"} else INCOGNITO
    if one.is_from_elsewhere and place in _LEARNING:
        return APART
    if not one.was_learnable and (place in _LEARNING or place.endswith("/memories")):
        return PAUSED
    if word not in promise.alive():
        return FORGOTTEN
    if not one.was_learnable and word not in promise.names.values():
        return PAUSED
    return APART if one.learnt_on or word in promise.names.values() else FORGOTTEN


def _kind(place: str) -> str:
    """All that the API was asked for is one place."""
    return "answers of the API" if place.startswith("GET ") else place


def _files_in(folder: Path) -> Iterator[Path]:
    """All of them, whatever they are called, in no order."""
    return (Path(place, name) for place, _, names in os.walk(folder) for name in names)


def _data_of(file: Path) -> bytes:
    """What is in a file that is mostly holes."""
    with file.open("rb") as one:
        return b"".join(_without_zeros(content) for _, content in regions(one.fileno()))


def _without_zeros(content: bytes) -> bytes:
    """The same without its pages of zeros, of which files in memory have many in place of holes."""
    count = len(content) // _PAGE_BYTES
    pages = np.frombuffer(content, np.uint64, count * _PAGE_BYTES // 8).reshape(
        count, _PAGE_BYTES // 8
    )
    return pages[pages.any(axis=1)].tobytes() + content[count * _PAGE_BYTES :]
