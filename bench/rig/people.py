"""Who talks in the measurements, and what their profiles hold."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from app.models.ids import ProfileId
from bench.client import Account
from bench.library import open_library
from bench.rig.load import TEXT
from bench.scale import Filler
from bench.source import ORIGINALS, Sentences, Source

READER: Final = {"email": "reader@example.org", "password": "a long password"}
"""Whom `open_library` signs up."""


@dataclass(frozen=True, slots=True)
class Talk:
    """A session, and who may talk in it."""

    account: Account
    session_id: str

    def request(self, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """What a turn of it asks; the load generator puts a text in."""
        return {
            "path": f"/api/v1/chat/{self.session_id}/stream",
            "headers": {**self.account.headers, "Content-Type": "application/json"},
            "body": orjson.dumps({"message": TEXT, **(body or {})}).decode(),
        }


def talks(stack: ExitStack, url: str, *, count: int, accounts: int) -> list[Talk]:
    """So many sessions, evenly of so many new accounts, each on its own profile."""
    made = [stack.enter_context(Account(url)) for _ in range(accounts)]
    profiles = [account.profile("bench") for account in made]
    return [
        Talk(made[at % accounts], made[at % accounts].session(profiles[at % accounts]))
        for at in range(count)
    ]


async def fill(
    folder: Path, sizes: Sequence[int], *, originals: int = ORIGINALS
) -> list[ProfileId]:
    """Profiles of the reader that hold so many memories each, past the queue and the model.

    Args:
        folder: the data folder of an installation that does not run.
        sizes: of each profile.
        originals: how many texts are embedded; the others are like them.
    """
    sentences = Sentences(seed=7)
    async with open_library(folder, remember=False) as library:
        texts = [sentences.next(10) for _ in range(originals)]
        vectors = await library.container.stores.embedder.embed(texts)
        filler = Filler(library, Source(sentences, vectors))
        profiles = [await library.empty_profile() for _ in sizes]
        for profile, size in zip(profiles, sizes, strict=True):
            await filler.fill(profile, size)
        await library.container.stores.index.flush()
    return [profile.id for profile in profiles]


def texts(count: int, *, words: int = 12) -> list[str]:
    """What people say."""
    sentences = Sentences(seed=11)
    return [sentences.next(words) for _ in range(count)]
