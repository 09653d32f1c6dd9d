"""What points look like in the files of the embedded index, so that they can be looked for there."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

Forms = tuple[set[bytes], set[bytes], set[bytes]]
"""Vectors in segments, words in segments, vectors in the log."""

BLOCK_BYTES: Final = 128
"""Sparse vectors begin at a multiple of it."""

_NUMBER_BYTES: Final = {0xFA: 5, 0xF9: 3}
"""By what CBOR writes before: a float, and half of one when nothing is lost by it."""


def content(file: Path) -> bytes:
    """What a file holds up to where nothing was ever written; files of the index are mostly that."""
    with file.open("rb") as opened:
        start, size = 0, 0
        while True:
            try:
                start = os.lseek(opened.fileno(), size, os.SEEK_DATA)
            except OSError:  # no data after this
                break
            size = os.lseek(opened.fileno(), start, os.SEEK_HOLE)
        opened.seek(0)
        return opened.read(size)


def all_content(folder: Path) -> bytes:
    """What all files below a folder hold."""
    return b"".join(content(file) for file in sorted(folder.rglob("*")) if file.is_file())


def quantised_vectors(folder: Path, *, dims: int) -> set[bytes]:
    """Dense vectors in segments: a byte per dimension and a length, of points gone or there."""
    size = dims + 4
    found: set[bytes] = set()
    for file in folder.rglob("tq_vectors/chunk_*.mmap"):
        held = content(file)
        records = (held[start : start + size] for start in range(0, len(held), size))
        found.update(one for one in records if len(one) == size and one.count(0) < size // 2)
    return found


def logged_vectors(folder: Path, *, dims: int) -> set[bytes]:
    """Dense vectors in the write-ahead log: each number as CBOR writes floats."""
    found: set[bytes] = set()
    for file in folder.rglob("wal/*-*"):
        held = content(file)
        for match in re.finditer(rb"edense" + re.escape(_cbor_array(dims)), held):
            if array := _numbers(held, match.end(), dims):
                found.add(array)
    return found


def forms(folder: Path, *, dims: int) -> Forms:
    """All of these: points in each form that they have."""
    return (
        quantised_vectors(folder, dims=dims),
        stored_words(folder),
        logged_vectors(folder, dims=dims),
    )


def but(some: Forms, others: Forms) -> Forms:
    """What is among some and not among others, in each form."""
    return some[0] - others[0], some[1] - others[1], some[2] - others[2]


def stored_words(folder: Path) -> set[bytes]:
    """Sparse vectors in segments: packed hashes of stems, then their weights."""
    return {
        block
        for file in folder.rglob("vector_storage-words/store/page_*.dat")
        for block in _blocks(content(file))
    }


def logged_hash(stem_hash: int) -> bytes:
    """A stem's hash as the write-ahead log holds it."""
    return b"\x1a" + stem_hash.to_bytes(4)


def present(needles: set[bytes], haystack: bytes) -> set[bytes]:
    """Those of the needles, all longer than 4 bytes, that occur in the haystack."""
    by_start: dict[int, list[bytes]] = {}
    for needle in needles:
        by_start.setdefault(int.from_bytes(needle[:4], "little"), []).append(needle)
    starts = np.array(sorted(by_start), dtype=np.uint32)
    found: set[bytes] = set()
    for shift in range(4):
        words: NDArray[np.uint32] = np.frombuffer(
            haystack, np.dtype("<u4"), count=(len(haystack) - shift) // 4, offset=shift
        )
        for at in np.flatnonzero(np.isin(words, starts)).tolist():
            offset = 4 * at + shift
            found.update(
                needle for needle in by_start[int(words[at])] if haystack.startswith(needle, offset)
            )
    return found


def _numbers(held: bytes, start: int, count: int) -> bytes:
    """So many numbers as they stand in a CBOR array; empty when something else stands there."""
    end = start
    for _ in range(count):
        number_bytes = _NUMBER_BYTES.get(held[end]) if end < len(held) else None
        if number_bytes is None:
            return b""
        end += number_bytes
    return held[start:end]


def _cbor_array(length: int) -> bytes:
    """What CBOR writes before an array."""
    if length < 24:
        return bytes([0x80 + length])
    return b"\x98" + bytes([length]) if length < 256 else b"\x99" + length.to_bytes(2)


def _blocks(held: bytes) -> Iterator[bytes]:
    for start in range(0, len(held), BLOCK_BYTES):
        block = held[start : start + BLOCK_BYTES]
        if block.count(0) < BLOCK_BYTES:
            yield block
