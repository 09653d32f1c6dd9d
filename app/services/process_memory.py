"""What processes hold of users' words in their memory, and how all of them forget it."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from app.models.ids import SessionId, UserId
from app.ports.bus import Note
from app.services.incognito import IncognitoTranscripts
from app.services.looking import Looking
from app.services.peers import Peers, id_in
from app.services.runs import Runs
from app.services.transfers import Departures

TOLD_IDS: Final = 2_000
"""Ids in one note. Of more than that, others ask the database which are gone."""
_FORGET: Final = "forget"


@dataclass(frozen=True, slots=True, kw_only=True)
class Oblivion:
    """What is gone from the database, and so from every memory: nothing of anybody else's."""

    user_id: UserId
    ids: Collection[UUID] = ()
    """Of messages and memories that are gone."""
    withheld: Collection[UUID] = ()
    """Of memories, and of messages told as such, that are told no more."""
    sessions: Sequence[SessionId] = ()
    """Of which nothing is left."""
    unkept_of: Sequence[SessionId] = ()
    """Sessions of which nothing is left of what was said in incognito."""
    exports: bool = False
    """Whether files on their way out may hold some of it."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was forgotten in memories, and whether that was all of them."""

    counts: Counter[str]
    everywhere: bool


class ProcessMemory:
    """The memory of this process, and by its word that of all others.

    A process that does not hear it looks by itself soon after: see `Looking`.
    """

    def __init__(
        self,
        *,
        runs: Runs,
        incognito: IncognitoTranscripts,
        departures: Departures,
        looking: Looking,
        peers: Peers,
    ) -> None:
        self._runs = runs
        self._incognito = incognito
        self._departures = departures
        self._looking = looking
        self._peers = peers
        peers.on(_FORGET, self._told_to_forget)

    async def forget(self, gone: Oblivion) -> Forgotten:
        """How much was held of it. It is gone here, and in all processes that answered."""
        counts = self._forget_here(gone)
        answers = await self._peers.ask(_FORGET, _told(gone), of_all=True)
        for answer in answers.by.values():
            counts.update(answer["forgotten"])
        return Forgotten(counts, everywhere=not answers.missing)

    def forget_soon(self, gone: Oblivion) -> None:
        """It is gone here, and soon in all processes."""
        self._forget_here(gone)
        self._peers.tell(_FORGET, _told(gone))

    def _forget_here(self, gone: Oblivion) -> Counter[str]:
        owner = gone.user_id
        self._runs.withhold(gone.withheld, owner=owner)
        counts = Counter(runs=self._runs.forget(gone.ids, owner=owner))
        for session_id in gone.sessions:
            counts["incognito_messages"] += self._incognito.forget(session_id, owner=owner)
            counts["runs"] += self._runs.forget_session(session_id, owner=owner)
        for session_id in gone.unkept_of:
            counts["incognito_messages"] += self._incognito.forget(session_id, owner=owner)
            counts["runs"] += self._runs.forget_session(
                session_id, owner=owner, only_ephemeral=True
            )
        if gone.exports:
            counts["exports"] = self._departures.recall(gone.user_id)
        return counts

    async def _told_to_forget(self, note: Note) -> Mapping[str, Any]:
        body = note.body
        counts = self._forget_here(
            Oblivion(
                user_id=UserId(id_in(body, "user_id")),
                ids=_ids(body["ids"]),
                withheld=_ids(body["withheld"]),
                sessions=[SessionId(one) for one in _ids(body["sessions"])],
                unkept_of=[SessionId(one) for one in _ids(body["unkept_of"])],
                exports=body["exports"],
            )
        )
        if body["look"]:
            counts.update(await self._looking.look())
        return {"forgotten": +counts}


def _told(gone: Oblivion) -> Mapping[str, Any]:
    is_much = len(gone.ids) + len(gone.withheld) > TOLD_IDS
    return {
        "user_id": gone.user_id,
        "ids": [] if is_much else list(gone.ids),
        "withheld": [] if is_much else list(gone.withheld),
        "sessions": gone.sessions,
        "unkept_of": gone.unkept_of,
        "exports": gone.exports,
        "look": is_much,
    }


def _ids(told: Sequence[str]) -> list[UUID]:
    return [UUID(one) for one in told]
