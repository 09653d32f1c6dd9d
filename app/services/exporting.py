"""Whole profiles and accounts as one file, in the format that is ours."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO
from uuid import UUID

from app.core.errors import StorageUnavailable
from app.core.transfer_errors import ExportRecalled
from app.models.clock import Clock
from app.models.ids import JobId, ProfileId
from app.models.memory import Memory, MemoryKind, MemoryVersion
from app.models.message import Message
from app.models.portable import (
    Noun,
    Portable,
    PortableAccount,
    PortableHeader,
    PortableMemory,
    PortableMessage,
    PortableProfile,
    PortableSession,
    PortableUse,
    PortableVersion,
    Scope,
    origin_of,
)
from app.models.profile import Profile
from app.models.session import Session
from app.models.user import Caller, User
from app.ports.database import Database, Transaction
from app.ports.portable import Exporter, Scratch
from app.services.document_rows import documents_of, portable_document
from app.services.own_profiles import profiles_of
from app.services.transfers import Departure, Departures, Transfers


@dataclass(frozen=True, slots=True)
class Export:
    """A finished file, at its start. Whoever has it closes it, and with that it is gone."""

    file: BinaryIO
    size_bytes: int
    media_type: str
    scope: Scope
    created_at: datetime
    departure: Departure


class Exporting:
    """Writes files from one consistent view of the database.

    A file is written before its first byte is sent: so it is whole, its counts stand at its head,
    failures have a status, and no slow client keeps a transaction open. When its owner deletes
    something meanwhile, the file is called back: it may hold what a receipt says is gone.
    """

    def __init__(
        self,
        database: Database,
        *,
        exporter: Exporter,
        scratch: Scratch,
        transfers: Transfers,
        departures: Departures,
        clock: Clock,
    ) -> None:
        self._database = database
        self._exporter = exporter
        self._scratch = scratch
        self._transfers = transfers
        self._departures = departures
        self._clock = clock

    async def profile(self, caller: Caller, profile_id: ProfileId) -> Export:
        """A profile with its sessions, messages and memories.

        Raises:
            ProfileNotFound: absent, or someone else's.
            TransferInProgress: the caller has another one under way.
            ExportRecalled: something was deleted meanwhile.
            StorageUnavailable: there is no room for the file.
        """
        return await self._export(caller, Scope.PROFILE, profile_id)

    async def account(self, caller: Caller) -> Export:
        """Everything that the caller has here, but what signs in.

        Raises:
            TransferInProgress: the caller has another one under way.
            ExportRecalled: something was deleted meanwhile.
            StorageUnavailable: there is no room for the file.
        """
        return await self._export(caller, Scope.ACCOUNT, None)

    async def _export(self, caller: Caller, scope: Scope, profile_id: ProfileId | None) -> Export:
        now = self._clock()
        departure = self._departures.begin(caller.user_id)

        def work(tx: Transaction) -> BinaryIO:
            user = tx.users.get(caller.user_id)
            departure.erasures = tx.erasures.counts([user.id])[user.id]
            profiles: Sequence[Profile] = (
                profiles_of(tx, caller.user_id)
                if profile_id is None
                else [tx.profiles.get(profile_id, owner=caller.user_id)]
            )
            counts = {
                **tx.portability.counts([profile.id for profile in profiles]),
                Noun.PROFILES: len(profiles),
                Noun.DOCUMENTS: sum(len(documents_of(tx, profile)) for profile in profiles),
            }
            header = PortableHeader(scope=scope, created_at=now, counts=counts)
            records = _records(tx, user if scope is Scope.ACCOUNT else None, profiles)
            return self._written(header, records)

        with self._transfers.of(caller.user_id):
            async with self._transfers.room():
                file = await self._database.read(work, by=caller)
        if departure.is_recalled:
            file.close()
            raise ExportRecalled
        size_bytes = file.tell()
        file.seek(0)
        return Export(
            file=file,
            size_bytes=size_bytes,
            media_type=self._exporter.media_type,
            scope=scope,
            created_at=now,
            departure=departure,
        )

    def _written(self, header: PortableHeader, records: Iterator[Portable]) -> BinaryIO:
        file = self._scratch()
        try:
            self._exporter.write(header, records, file)
            file.flush()
        except OSError as error:
            file.close()
            raise StorageUnavailable from error
        except BaseException:
            file.close()
            raise
        return file


def _records(tx: Transaction, user: User | None, profiles: Sequence[Profile]) -> Iterator[Portable]:
    """What the file holds, in its order. Without a user, nothing names what is not in it."""
    if user is not None:
        yield PortableAccount(
            email=user.email, display_name=user.display_name, created_at=user.created_at
        )
    yield from map(_profile, profiles)
    inside = _Inside(tx, profiles)
    for profile in profiles:
        open_jobs = tx.portability.open_jobs(profile.id)
        for session in tx.portability.sessions(profile.id):
            yield _session(session, within={one.id for one in profiles})
            for messages in tx.portability.messages(session.id):
                yield from inside.messages(messages, open_jobs=open_jobs)
    for profile in profiles:
        for memories in tx.portability.memories(profile.id):
            yield from inside.memories(memories)
    for profile in profiles:
        yield from (portable_document(tx, one) for one in documents_of(tx, profile))


class _Inside:
    """Rows to records that name nothing but what is in the same file."""

    def __init__(self, tx: Transaction, profiles: Sequence[Profile]) -> None:
        self._tx = tx
        self._owner = profiles[0].user_id
        self._within = [profile.id for profile in profiles]

    def messages(
        self, messages: Sequence[Message], *, open_jobs: set[JobId]
    ) -> Iterator[PortableMessage]:
        """Messages of one session, with those of the memories they used that are in the file."""
        uses = [use for message in messages for use in message.memories_used]
        episodes = {use.id for use in uses if use.kind is MemoryKind.EPISODE}
        there = self._known(Noun.MESSAGES, episodes) | self._known(
            Noun.MEMORIES, {use.id for use in uses} - episodes
        )
        return (_message(message, there=there, open_jobs=open_jobs) for message in messages)

    def memories(
        self, memories: Sequence[tuple[Memory, Sequence[MemoryVersion]]]
    ) -> Iterator[PortableMemory]:
        """Memories with those of their sources and successors that are in the file."""
        sources = {one for memory, _ in memories for one in memory.source_message_ids}
        linked = {one for memory, _ in memories for one in (*memory.replaces, *memory.repeats)}
        linked |= {memory.superseded_by for memory, _ in memories if memory.superseded_by}
        there = self._known(Noun.MESSAGES, sources) | self._known(Noun.MEMORIES, linked)
        return (_memory(memory, versions, there=there) for memory, versions in memories)

    def _known(self, noun: Noun, ids: Iterable[UUID]) -> set[UUID]:
        return self._tx.portability.known(noun, ids, owner=self._owner, within=self._within)


def _profile(profile: Profile) -> PortableProfile:
    return PortableProfile(
        origin=origin_of(profile.id),
        name=profile.name,
        description=profile.description,
        is_default=profile.is_default,
        persona=profile.persona,
        learning=profile.learning,
        redact_pii=profile.redact_pii,
        created_at=profile.created_at,
        updated_at=profile.updated_at,
    )


def _session(session: Session, *, within: Collection[ProfileId]) -> PortableSession:
    return PortableSession(
        origin=origin_of(session.id),
        profile=origin_of(session.profile_id),
        privacy_mode=session.privacy_mode,
        title=session.title,
        summary=session.summary,
        summary_seq=session.summary_seq,
        created_at=session.created_at,
        updated_at=session.updated_at,
        reads=tuple(origin_of(one) for one in session.reads if one in within),
    )


def _message(message: Message, *, there: set[UUID], open_jobs: set[JobId]) -> PortableMessage:
    """An answer that had read a document is learnt from where that can be forgotten with it only."""
    quotes = any(use.kind is MemoryKind.DOCUMENT for use in message.memories_used)
    learnable = message.learnable and not quotes
    return PortableMessage(
        origin=origin_of(message.id),
        session=origin_of(message.session_id),
        seq=message.seq,
        role=message.role,
        name=message.name,
        content=message.content,
        privacy_mode=message.privacy_mode,
        learnable=learnable,
        searchable=learnable and (message.searchable or message.withheld),  # looked at again
        quoted=message.quoted,
        repeats_forgotten=message.repeats_forgotten,
        learnt=learnable and message.job_id not in open_jobs,
        run=origin_of(message.run_id) if message.run_id else None,
        finish_reason=message.finish_reason,
        usage=message.usage,
        memories_used=tuple(
            PortableUse(origin=origin_of(use.id), kind=use.kind, score=use.score)
            for use in message.memories_used
            if use.id in there
        ),
        created_at=message.created_at,
    )


def _memory(
    memory: Memory, versions: Sequence[MemoryVersion], *, there: set[UUID]
) -> PortableMemory:
    heir = memory.superseded_by
    return PortableMemory(
        origin=origin_of(memory.id),
        profile=origin_of(memory.profile_id),
        kind=memory.kind,
        content=memory.content,
        importance=memory.importance,
        confidence=memory.confidence,
        status=memory.status,
        said_at=memory.said_at,
        slot=memory.slot,
        valid_from=memory.valid_from,
        valid_until=memory.valid_until,
        superseded_by=origin_of(heir) if heir in there and heir else None,
        replaces=tuple(origin_of(one) for one in memory.replaces if one in there),
        repeats=tuple(origin_of(one) for one in memory.repeats if one in there),
        source=memory.source,
        sources=tuple(origin_of(one) for one in memory.source_message_ids if one in there),
        versions=tuple(
            PortableVersion(
                version=one.version,
                change=one.change,
                content=one.content,
                created_at=one.created_at,
            )
            for one in versions
        ),
        created_at=memory.created_at,
        updated_at=memory.updated_at,
    )
