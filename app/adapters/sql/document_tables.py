"""Documents and their chunks. The originals stand in the storage, sealed with `file_key`."""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, Uuid

from app.adapters.sql.columns import (
    carried_out,
    identity,
    metadata,
    moment,
    of_carriers,
    owner,
    profile,
    sealed,
)

documents = Table(
    "documents",
    metadata,
    identity(),
    *owner(),
    profile(),
    Column("title", String(200), nullable=False),
    Column("media_type", String(100), nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("file_key", String(64), nullable=False),
    Column("state", String(10), nullable=False),
    Column("chunk_count", Integer, nullable=False),
    carried_out(),
    moment("created_at"),
    moment("updated_at"),
    *sealed("title", "digest", "file_key"),
    Index("ix_documents_memory_profile_id", "memory_profile_id", "id"),
    Index("ix_documents_user_id", "user_id"),
    Index("ix_documents_state", "state"),
    of_carriers("ix_documents_process_id"),
)

document_chunks = Table(
    "document_chunks",
    metadata,
    identity(),
    *owner(),
    profile(),
    Column("document_id", Uuid, ForeignKey("documents.id", ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("page", Integer),
    Column("content", Text, nullable=False),
    moment("created_at"),
    *sealed("content"),
    Index("ix_document_chunks_document_id", "document_id", "position", unique=True),
    Index("ix_document_chunks_memory_profile_id", "memory_profile_id"),
    Index("ix_document_chunks_user_id", "user_id"),
)

document_files = Table(
    "document_files",
    metadata,
    Column("document_id", Uuid, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Index("ix_document_files_user_id", "user_id"),
)
"""Originals, where several processes share the database. They refer to nothing: an original outlives its
document for a moment, like a file in a folder, and whoever deletes it counts it."""
