"""Lines of our own format to records."""

from typing import assert_never
from uuid import UUID

from app.adapters.portable.memorychat_lines import (
    AccountLine,
    DocumentLine,
    HeaderLine,
    MemoryLine,
    MessageLine,
    ProfileLine,
    RecordLine,
    SessionLine,
)
from app.models.memory import MemoryKind
from app.models.message import Usage
from app.models.portable import (
    Portable,
    PortableAccount,
    PortableChunk,
    PortableDocument,
    PortableHeader,
    PortableMemory,
    PortableMessage,
    PortableProfile,
    PortableSession,
    PortableUse,
    PortableVersion,
    origin_of,
)


def decoded(line: RecordLine) -> Portable:
    """The record that a line holds."""
    match line:
        case HeaderLine():
            return PortableHeader(
                scope=line.scope, created_at=line.created_at, counts=dict(line.counts)
            )
        case AccountLine():
            return PortableAccount(
                email=line.email, display_name=line.display_name, created_at=line.created_at
            )
        case ProfileLine():
            return _profile(line)
        case SessionLine():
            return _session(line)
        case MessageLine():
            return _message(line)
        case MemoryLine():
            return _memory(line)
        case DocumentLine():
            return _document(line)
        case never:
            assert_never(never)


def _profile(line: ProfileLine) -> PortableProfile:
    return PortableProfile(
        origin=origin_of(line.id),
        name=line.name,
        description=line.description,
        is_default=line.is_default,
        persona=line.persona,
        learning=line.learning,
        redact_pii=line.redact_pii,
        created_at=line.created_at,
        updated_at=line.updated_at,
    )


def _session(line: SessionLine) -> PortableSession:
    return PortableSession(
        origin=origin_of(line.id),
        profile=origin_of(line.memory_profile_id),
        privacy_mode=line.privacy_mode,
        title=line.title,
        summary=line.summary,
        summary_seq=line.summary_seq,
        created_at=line.created_at,
        updated_at=line.updated_at,
        reads=tuple(origin_of(one) for one in line.reads_memory_profile_ids or ()),
    )


def _message(line: MessageLine) -> PortableMessage:
    usage = line.usage
    return PortableMessage(
        origin=origin_of(line.id),
        session=origin_of(line.session_id),
        seq=line.seq,
        role=line.role,
        name=line.name,
        content=line.content,
        privacy_mode=line.privacy_mode,
        learnable=line.learnable,
        searchable=line.searchable,
        quoted=line.quoted,
        repeats_forgotten=line.repeats_forgotten,
        learnt=line.learnt,
        run=origin_of(line.run_id) if line.run_id else None,
        finish_reason=line.finish_reason,
        usage=Usage(usage.input_tokens, usage.output_tokens) if usage else None,
        memories_used=tuple(
            PortableUse(origin=origin_of(use.id), kind=use.kind, score=use.score)
            for use in line.memories_used
        ),
        created_at=line.created_at,
    )


def _memory(line: MemoryLine) -> PortableMemory:
    successor: UUID | None = line.superseded_by
    return PortableMemory(
        origin=origin_of(line.id),
        profile=origin_of(line.memory_profile_id),
        kind=MemoryKind(line.kind),
        content=line.content,
        importance=line.importance,
        confidence=line.confidence,
        status=line.status,
        said_at=line.said_at,
        slot=line.slot,
        valid_from=line.valid_from,
        valid_until=line.valid_until,
        superseded_by=origin_of(successor) if successor else None,
        replaces=tuple(map(origin_of, line.replaces)),
        repeats=tuple(map(origin_of, line.repeats)),
        source=line.source,
        sources=tuple(origin_of(message_id) for message_id in line.source_message_ids),
        versions=tuple(
            PortableVersion(
                version=one.version,
                change=one.change,
                content=one.content,
                created_at=one.created_at,
            )
            for one in line.versions
        ),
        created_at=line.created_at,
        updated_at=line.updated_at,
    )


def _document(line: DocumentLine) -> PortableDocument:
    return PortableDocument(
        origin=origin_of(line.id),
        profile=origin_of(line.memory_profile_id),
        title=line.title,
        media_type=line.media_type,
        size_bytes=line.bytes,
        chunks=tuple(PortableChunk(one.content, one.page) for one in line.chunks),
        created_at=line.created_at,
        updated_at=line.updated_at,
    )
