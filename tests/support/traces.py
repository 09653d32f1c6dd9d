"""Where a word has left a trace."""

from collections.abc import Iterable
from os.path import commonprefix
from pathlib import Path

from tests.support.database import postgres_for
from tests.support.server import ON_POSTGRES

_ENCODINGS = ("utf-8", "utf-16-le")


def traces(words: Iterable[str], folder: Path) -> list[str]:
    """Every word with every file below the folder that holds it, in UTF-8 or UTF-16.

    What stands in the rows of a Postgres in the place of the database's file counts as in that file.
    """
    words = list(words)
    assert words
    found = [
        f"{word} in {file.relative_to(folder)}"
        for file in sorted(folder.rglob("*"))
        if file.is_file()
        for word in held(words, file.read_bytes())
    ]
    if not ON_POSTGRES:
        return found
    site = postgres_for(folder.parent if folder.name == "data" else folder)
    rows, log = site.postgres.dump(site.name), site.postgres.log()
    database = "memorychat.db" if folder.name == "data" else "data/memorychat.db"
    return [
        *found,
        *(f"{word} in {database}" for word in held(words, rows.encode())),
        *(f"{word} in Postgres's log" for word in held(words, log.encode())),
    ]


def held(words: Iterable[str], content: bytes) -> list[str]:
    """Those of the words that the content holds, in any case of their letters."""
    words, lower = list(words), content.lower()
    # Most files end here, and some are large.
    if not _holds(commonprefix(words), lower):  # noqa: RUF071 - words, not paths
        return []
    return [word for word in words if _holds(word, lower)]


def _holds(word: str, lower: bytes) -> bool:
    return any(word.lower().encode(encoding) in lower for encoding in _ENCODINGS)
