"""What points look like in the files of the embedded index, so that they can be looked for there."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

BLOCK_BYTES: Final = 128
"""Sparse vectors begin at a multiple of it."""

_FLOAT: Final = 0xFA
"""What CBOR writes before a number of four bytes."""


def pieces(file: Path) -> bytes:
    """What a file holds, without most of what was never written in it; files of the index are sparse."""
    held = file.read_bytes()
    blocks = (held[start : start + 4096] for start in range(0, len(held), 4096))
    return b"".join(block if block.count(0) < len(block) else bytes(64) for block in blocks)


def quantised_vectors(folder: Path, *, dims: int) -> set[bytes]:
    """Dense vectors in segments: a byte per dimension and a length, of points gone or there."""
    size = dims + 4
    found: set[bytes] = set()
    for file in folder.rglob("tq_vectors/chunk_*.mmap"):
        held = file.read_bytes()
        records = (held[start : start + size] for start in range(0, len(held), size))
        found.update(record for record in records if record.count(0) < size // 2)
    return found


def logged_vectors(folder: Path, *, dims: int) -> set[bytes]:
    """Dense vectors in the write-ahead log: each number as CBOR writes floats."""
    found: set[bytes] = set()
    for file in folder.rglob("wal/open-*"):
        held = file.read_bytes()
        for match in re.finditer(rb"edense" + re.escape(_cbor_array(dims)), held):
            array = held[match.end() : match.end() + dims * 5]
            if array[::5] == bytes([_FLOAT]) * dims:
                found.add(array)
    return found


def stored_words(folder: Path) -> set[bytes]:
    """Sparse vectors in segments: packed hashes of stems, then their weights."""
    return {
        block
        for file in folder.rglob("vector_storage-words/store/page_*.dat")
        for block in _blocks(file.read_bytes())
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
