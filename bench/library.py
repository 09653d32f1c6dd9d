"""Conversations in memory profiles of the product: its SQL, its index, its recall."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from pathlib import Path
from uuid import UUID

import numpy as np

from app.core.config import Settings
from app.core.container import Container, open_stores, wire
from app.core.privacy import PrivacyMode
from app.core.recall_settings import RecallSettings
from app.models.actor import SYSTEM
from app.models.clock import utc_now
from app.models.ids import MemoryId, MessageId, SessionId, new_id
from app.models.memory import (
    Memory,
    MemoryChange,
    MemoryKind,
    MemorySource,
    MemoryStatus,
    MemoryVersion,
)
from app.models.message import Message, Role
from app.models.profile import Learning, Profile
from app.models.session import Session, new_session
from app.models.user import Caller
from app.ports.database import Transaction
from app.ports.embedder import Embedder, Vectors
from app.ports.vector_index import VectorIndex
from app.services.recall import ContextTail
from app.services.recalling import Ranking
from app.services.sql_transcript import LearningPace, SqlTranscript
from bench.locomo import Conversation, Form, Turn


class RememberingEmbedder:
    """An embedder that computes each text once, since the same texts stand in many profiles."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: dict[str, Vectors] = {}

    @property
    def name(self) -> str:
        """The model's name."""
        return self._embedder.name

    @property
    def dims(self) -> int:
        """Length of each vector."""
        return self._embedder.dims

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """One row per text, in order."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        self._known.update(zip(new, await self._embedder.embed(new), strict=True))
        if not texts:
            return await self._embedder.embed([])
        rows: Vectors = np.stack([self._known[text] for text in texts])
        return rows

    async def close(self) -> None:
        """Threads are gone."""
        await self._embedder.close()


@dataclass(frozen=True, slots=True)
class Shelf:
    """One profile, what was said on it, and where."""

    profile: Profile
    form: Form
    conversations: tuple[Conversation, ...]
    dialogue_ids: Mapping[UUID, str]
    sessions: Mapping[UUID, SessionId]
    """The product's session of each session of the data."""

    @property
    def name(self) -> str:
        """The conversations' names."""
        return "+".join(one.name for one in self.conversations)

    @property
    def messages(self) -> list[MessageId]:
        """The ids of all that was said."""
        return [MessageId(message) for message in self.dialogue_ids]


class Library:
    """One installation with one account, whose profiles are filled and asked."""

    def __init__(self, container: Container, caller: Caller) -> None:
        self.container = container
        self.caller = caller
        # Learning stays off, so the debounce never matters.
        self._transcript = SqlTranscript(
            pace=LearningPace(turns=100, idle_s=1, max_wait_s=1), clock=utc_now
        )

    async def shelve(self, conversations: Sequence[Conversation], form: Form) -> Shelf:
        """The conversations on a profile of their own, indexed."""
        profile = await self.empty_profile()
        dialogue_ids: dict[UUID, str] = {}
        sessions: dict[UUID, SessionId] = {}

        def work(tx: Transaction) -> None:
            for conversation in conversations:
                for key, turns in groupby(conversation.turns, lambda turn: turn.session_id):
                    session = empty_session(profile)
                    sessions[key] = session.id
                    tx.sessions.add(session, tenant_id=self.caller.tenant_id)
                    said = {_id(): turn for turn in turns}
                    messages = [
                        _message(message_id, turn, session, _role(turn, conversation), form)
                        for message_id, turn in said.items()
                    ]
                    self._transcript.append(
                        tx, session, messages, caller=self.caller, answered=False
                    )
                    dialogue_ids.update(
                        (message_id, f"{conversation.name}/{turn.dialogue_id}")
                        for message_id, turn in said.items()
                    )

        await self.container.supabase.database.write(work, by=SYSTEM)
        await self.container.mem0.indexer.catch_up()
        profile = await self.container.supabase.profiles.get(self.caller, profile.id)
        return Shelf(profile, form, tuple(conversations), dialogue_ids, sessions)

    async def remember(self, profile: Profile, memories: Sequence[Memory]) -> None:
        """The profile has these memories beside what it had, indexed."""

        def work(tx: Transaction) -> None:
            for memory in memories:
                tx.memories.add(memory, tenant_id=self.caller.tenant_id)
                tx.index_changes.mark(
                    profile.namespace,
                    [memory.id],
                    tenant_id=self.caller.tenant_id,
                    is_episode=False,
                )

        await self.container.supabase.database.write(work, by=SYSTEM)
        await self.container.mem0.indexer.catch_up()

    async def empty_profile(self) -> Profile:
        """A profile of which nothing is known."""
        return await self.container.supabase.profiles.create(
            self.caller,
            name=str(new_id()),
            description=None,
            persona=None,
            learning=Learning.AUTO,
            is_default=False,
        )

    async def ask(self, shelf: Shelf, text: str, *, shown: ContextTail | None = None) -> Ranking:
        """What the product finds for a text."""
        return await self.container.mem0.recaller.rank(shelf.profile, text, shown=shown)


@asynccontextmanager
async def open_library(
    folder: Path,
    *,
    remember: bool = True,
    candidates: int | None = None,
    index: VectorIndex | None = None,
    anew: bool = True,
) -> AsyncIterator[Library]:
    """An empty installation in a folder, closed afterwards.

    Args:
        folder: takes the data.
        remember: whether a text is embedded once only.
        candidates: of each half of a search; None for as many as the product looks at.
        index: another one than the embedded default; closed afterwards.
        anew: whether it is empty; if not, it was opened so before.
    """
    recall = RecallSettings(candidates=candidates) if candidates else RecallSettings()
    settings = Settings(data_dir=folder, recall=recall, _env_file=None)
    stores = open_stores(settings)
    if index is not None:
        await stores.index.close()
        stores = replace(stores, index=index)
    if remember:
        stores = replace(stores, embedder=RememberingEmbedder(stores.embedder))
    container = wire(settings, stores)
    accounts = container.supabase.accounts
    enter = accounts.sign_up if anew else accounts.log_in
    user = (await enter("reader@example.org", "a long password")).user
    try:
        yield Library(container, Caller(user.id, user.tenant_id, new_id()))
    finally:
        await container.close()


def a_memory(
    profile: Profile,
    content: str,
    *,
    kind: MemoryKind,
    importance: float,
    said_at: datetime,
    sources: Sequence[MessageId] = (),
) -> Memory:
    """An active memory of a profile, as if it had been learnt."""
    return Memory(
        id=MemoryId(new_id()),
        user_id=profile.user_id,
        profile_id=profile.id,
        kind=kind,
        content=content,
        importance=importance,
        confidence=0.9,
        status=MemoryStatus.ACTIVE,
        said_at=said_at,
        source=MemorySource.LEARNT,
        source_message_ids=tuple(sources),
        created_at=said_at,
        updated_at=said_at,
    )


def _id() -> MessageId:
    return MessageId(new_id())


def first_version(memory: Memory) -> MemoryVersion:
    """How a memory began."""
    return MemoryVersion(
        memory_id=memory.id,
        version=1,
        change=MemoryChange.ADDED,
        content=memory.content,
        job_id=None,
        created_at=memory.created_at,
    )


def empty_session(profile: Profile) -> Session:
    """A conversation in which nothing was said."""
    return new_session(profile.namespace, at=utc_now())


def _role(turn: Turn, conversation: Conversation) -> Role:
    return Role.USER if turn.speaker == conversation.speakers[0] else Role.ASSISTANT


def _message(
    message_id: MessageId, turn: Turn, session: Session, role: Role, form: Form
) -> Message:
    return Message(
        id=message_id,
        user_id=session.user_id,
        profile_id=session.profile_id,
        session_id=session.id,
        seq=0,
        role=role,
        name=turn.speaker if form is Form.NAMES else None,
        content=turn.captioned,
        privacy_mode=PrivacyMode.NORMAL,
        learnable=False,
        searchable=True,
        created_at=turn.said_at,
    )
