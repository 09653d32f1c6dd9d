"""Records to lines of our own format."""

from collections.abc import Mapping
from typing import Any, Final, assert_never
from uuid import UUID

import orjson

from app.adapters.portable.memorychat_lines import FORMAT, VERSION
from app.models.portable import (
    Counts,
    Noun,
    Origin,
    Portable,
    PortableAccount,
    PortableDocument,
    PortableHeader,
    PortableMemory,
    PortableMessage,
    PortableProfile,
    PortableSession,
)

_OPTIONS: Final = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE


def encoded(record: Portable) -> bytes:
    """The record as one line."""
    return orjson.dumps(_fields(record), option=_OPTIONS)


def encoded_end(counts: Counts, *, sha256: str) -> bytes:
    """The last line."""
    return orjson.dumps(
        {"type": "end", "counts": _counts(counts), "sha256": sha256}, option=_OPTIONS
    )


def _fields(record: Portable) -> Mapping[str, Any]:
    match record:
        case PortableHeader():
            return {
                "type": "header",
                "format": FORMAT,
                "version": VERSION,
                "scope": record.scope,
                "created_at": record.created_at,
                "counts": _counts(record.counts),
            }
        case PortableAccount():
            return {
                "type": "account",
                "email": record.email,
                "display_name": record.display_name,
                "created_at": record.created_at,
            }
        case PortableProfile():
            return _profile(record)
        case PortableSession():
            return _session(record)
        case PortableMessage():
            return _message(record)
        case PortableMemory():
            return _memory(record)
        case PortableDocument():
            return _document(record)
        case never:
            assert_never(never)


def _profile(record: PortableProfile) -> Mapping[str, Any]:
    return {
        "type": "profile",
        "id": _id(record.origin),
        "name": record.name,
        "description": record.description,
        "is_default": record.is_default,
        "persona": dict(record.persona) if record.persona is not None else None,
        "learning": record.learning,
        **({"redact_pii": True} if record.redact_pii else {}),
        "created_at": record.created_at,
        "updated_at": record.updated_at,
    }


def _session(record: PortableSession) -> Mapping[str, Any]:
    """A session that reads its own profile only is written as it was before others could be read."""
    reads = {"reads_memory_profile_ids": [_id(one) for one in record.reads]}
    return {
        "type": "session",
        "id": _id(record.origin),
        "memory_profile_id": _id(record.profile),
        "privacy_mode": record.privacy_mode,
        "title": record.title,
        "summary": record.summary,
        "summary_seq": record.summary_seq,
        "created_at": record.created_at,
        "updated_at": record.updated_at,
        **(reads if record.reads else {}),
    }


def _message(record: PortableMessage) -> Mapping[str, Any]:
    usage = record.usage
    return {
        "type": "message",
        "id": _id(record.origin),
        "session_id": _id(record.session),
        "seq": record.seq,
        "role": record.role,
        "name": record.name,
        "content": record.content,
        "privacy_mode": record.privacy_mode,
        "learnable": record.learnable,
        "searchable": record.searchable,
        "quoted": record.quoted,
        **({"repeats_forgotten": True} if record.repeats_forgotten else {}),
        "learnt": record.learnt,
        "run_id": _id(record.run),
        "finish_reason": record.finish_reason,
        "usage": (
            {"input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens}
            if usage
            else None
        ),
        "memories_used": [
            {"id": _id(use.origin), "kind": use.kind, "score": use.score}
            for use in record.memories_used
        ],
        "created_at": record.created_at,
    }


def _memory(record: PortableMemory) -> Mapping[str, Any]:
    return {
        "type": "memory",
        "id": _id(record.origin),
        "memory_profile_id": _id(record.profile),
        "kind": record.kind,
        "content": record.content,
        "importance": record.importance,
        "confidence": record.confidence,
        "status": record.status,
        "said_at": record.said_at,
        "slot": record.slot,
        "valid_from": record.valid_from,
        "valid_until": record.valid_until,
        "superseded_by": _id(record.superseded_by),
        "replaces": [_id(one) for one in record.replaces],
        **({"repeats": [_id(one) for one in record.repeats]} if record.repeats else {}),
        "source": record.source,
        "source_message_ids": [_id(message) for message in record.sources],
        "versions": [
            {
                "version": one.version,
                "change": one.change,
                "content": one.content,
                "created_at": one.created_at,
            }
            for one in record.versions
        ],
        "created_at": record.created_at,
        "updated_at": record.updated_at,
    }


def _document(record: PortableDocument) -> Mapping[str, Any]:
    return {
        "type": "document",
        "id": _id(record.origin),
        "memory_profile_id": _id(record.profile),
        "title": record.title,
        "media_type": record.media_type,
        "bytes": record.size_bytes,
        "chunks": [{"content": one.content, "page": one.page} for one in record.chunks],
        "created_at": record.created_at,
        "updated_at": record.updated_at,
    }


def _counts(counts: Counts) -> Mapping[str, int]:
    """Documents only if there are some, so that a server from before them reads all other files."""
    return {
        noun.value: count for noun, count in counts.items() if count or noun is not Noun.DOCUMENTS
    }


def _id(origin: Origin | None) -> UUID | None:
    return origin.id if origin else None
