"""The schema. Words stand in `chat_messages`, `chat_sessions`, `memories` and `memory_versions`.

And in `memory_profiles`, `documents` and `document_chunks`: `words.py` says in which columns.

Every owned row carries `tenant_id` and `user_id`, so that row-level security needs no join.
"""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    false,
    text,
)

from app.adapters.sql.api_key_tables import api_keys as api_keys
from app.adapters.sql.columns import identity, moment, only_one, owner, profile, sealed
from app.adapters.sql.columns import metadata as metadata
from app.adapters.sql.document_tables import document_chunks as document_chunks
from app.adapters.sql.document_tables import document_files as document_files
from app.adapters.sql.document_tables import documents as documents
from app.adapters.sql.encryption_tables import encryption as encryption
from app.adapters.sql.encryption_tables import key_erasures as key_erasures
from app.adapters.sql.identity_tables import departed_identities as departed_identities
from app.adapters.sql.import_tables import imports as imports
from app.adapters.sql.intent_tables import intents as intents
from app.adapters.sql.process_tables import erasures as erasures
from app.adapters.sql.process_tables import held_sessions as held_sessions
from app.adapters.sql.process_tables import processes as processes
from app.adapters.sql.thread_tables import heard_turns as heard_turns
from app.adapters.sql.usage_tables import usage_months as usage_months

tenants = Table(
    "tenants",
    metadata,
    identity(),
    Column("name", String(200), nullable=False, unique=True),
    Column("key_version", Integer, nullable=False, server_default="1"),
    Column("plan", String(20), nullable=False, server_default="free"),
    moment("created_at"),
)

users = Table(
    "users",
    metadata,
    identity(),
    Column("tenant_id", Uuid, ForeignKey("tenants.id", ondelete="CASCADE"), nullable=False),
    Column("email", String(320), nullable=False),
    Column("email_verified", Boolean, nullable=False, server_default=false()),
    Column("password_hash", String(100), nullable=False),
    Column("display_name", String(200)),
    Column("time_zone", String(64)),
    Column("role", String(20), nullable=False),
    Column("plan", String(20), nullable=False),
    moment("created_at"),
    moment("updated_at"),
    UniqueConstraint("tenant_id", "email"),
)

refresh_tokens = Table(
    "refresh_tokens",
    metadata,
    identity(),
    *owner(),
    Column("family_id", Uuid, nullable=False, index=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    moment("expires_at"),
    moment("rotated_at", nullable=True),
    moment("revoked_at", nullable=True),
    moment("created_at"),
    Index("ix_refresh_tokens_user_id", "user_id"),
)

memory_profiles = Table(
    "memory_profiles",
    metadata,
    identity(),
    *owner(),
    Column("name", String(100), nullable=False),
    Column("name_key", String(400), nullable=False),
    Column("description", Text),
    Column("is_default", Boolean, nullable=False),
    Column("persona", JSON),
    Column("learning", String(10), nullable=False),
    Column("speakers", JSON, nullable=False, server_default=text("'[]'")),
    Column("redact_pii", Boolean, nullable=False, server_default=false()),
    moment("created_at"),
    moment("updated_at"),
    *sealed("name", "description", "persona", "speakers"),
    UniqueConstraint("user_id", "name_key"),
    only_one("uq_memory_profiles_one_default", "user_id", where="is_default"),
)

chat_sessions = Table(
    "chat_sessions",
    metadata,
    identity(),
    *owner(),
    profile(),
    Column("privacy_mode", String(20), nullable=False),
    Column("title", String(200)),
    Column("summary", Text),
    Column("summary_seq", Integer, nullable=False, server_default="0"),
    Column("next_seq", Integer, nullable=False, server_default="1"),
    Column("message_count", Integer, nullable=False, server_default="0"),
    Column("thread", String(64)),
    Column("lease_token", Uuid),
    moment("lease_until", nullable=True),
    moment("created_at"),
    moment("updated_at"),
    *sealed("title", "summary"),
    Index(
        "uq_chat_sessions_thread",
        "user_id",
        "thread",
        unique=True,
        sqlite_where=text("thread IS NOT NULL"),
        postgresql_where=text("thread IS NOT NULL"),
    ),
    Index("ix_chat_sessions_user_id_updated_at", "user_id", "updated_at", "id"),
    Index("ix_chat_sessions_memory_profile_id", "memory_profile_id"),
)

chat_session_reads = Table(
    "chat_session_reads",
    metadata,
    Column(
        "session_id", Uuid, ForeignKey("chat_sessions.id", ondelete="CASCADE"), primary_key=True
    ),
    Column(
        "memory_profile_id",
        Uuid,
        ForeignKey("memory_profiles.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    *owner(),
    Index("ix_chat_session_reads_memory_profile_id", "memory_profile_id"),
    Index("ix_chat_session_reads_user_id", "user_id"),
)

chat_messages = Table(
    "chat_messages",
    metadata,
    identity(),
    *owner(),
    profile(),
    Column("session_id", Uuid, ForeignKey("chat_sessions.id", ondelete="CASCADE"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("role", String(20), nullable=False),
    Column("name", String(100)),
    Column("content", Text, nullable=False),
    Column("privacy_mode", String(20), nullable=False),
    Column("tightened_by", JSON, nullable=False, server_default=text("'[]'")),
    Column("learnable", Boolean, nullable=False),
    Column("searchable", Boolean, nullable=False),
    Column("withheld", Boolean, nullable=False, server_default=false()),
    Column("quoted", Boolean, nullable=False, server_default=false()),
    Column("repeats_forgotten", Boolean, nullable=False, server_default=false()),
    Column("finish_reason", String(20)),
    Column("input_tokens", Integer),
    Column("output_tokens", Integer),
    Column("run_id", Uuid, index=True),
    Column("memory_job_id", Uuid, index=True),
    Column("memories_used", JSON, nullable=False, server_default=text("'[]'")),
    moment("created_at"),
    *sealed("name", "content"),
    UniqueConstraint("session_id", "seq"),
    Index("ix_chat_messages_memory_profile_id", "memory_profile_id", "id"),
    Index("ix_chat_messages_user_id", "user_id"),
)

memories = Table(
    "memories",
    metadata,
    identity(),
    *owner(),
    profile(),
    Column("kind", String(20), nullable=False),
    Column("content", Text, nullable=False),
    Column("importance", Float, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("status", String(20), nullable=False),
    moment("said_at"),
    Column("slot", String(200)),
    moment("valid_from", nullable=True),
    moment("valid_until", nullable=True),
    Column("superseded_by", Uuid),
    Column("replaces", JSON, nullable=False, server_default=text("'[]'")),
    Column("repeats", JSON, nullable=False, server_default=text("'[]'")),
    Column("source", String(20), nullable=False),
    Column("memory_job_id", Uuid, index=True),
    Column("version", Integer, nullable=False, server_default="1"),
    moment("created_at"),
    moment("updated_at"),
    *sealed("content", "slot"),
    Index("ix_memories_memory_profile_id", "memory_profile_id", "id"),
    Index("ix_memories_memory_profile_id_slot", "memory_profile_id", "slot"),
    Index("ix_memories_importance", "memory_profile_id", "status", "importance", "said_at"),
    Index("ix_memories_said_at", "memory_profile_id", "status", "said_at"),
    Index("ix_memories_user_id", "user_id"),
    Index(
        "ix_memories_superseded_by",
        "superseded_by",
        sqlite_where=text("superseded_by IS NOT NULL"),
        postgresql_where=text("superseded_by IS NOT NULL"),
    ),
)

memory_sources = Table(
    "memory_sources",
    metadata,
    Column("memory_id", Uuid, ForeignKey("memories.id", ondelete="CASCADE"), primary_key=True),
    Column(
        "message_id", Uuid, ForeignKey("chat_messages.id", ondelete="CASCADE"), primary_key=True
    ),
    *owner(),
    Index("ix_memory_sources_message_id", "message_id"),
    Index("ix_memory_sources_user_id", "user_id"),
)

memory_versions = Table(
    "memory_versions",
    metadata,
    Column("memory_id", Uuid, ForeignKey("memories.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True),
    *owner(),
    Column("change", String(20), nullable=False),
    Column("content", Text, nullable=False),
    Column("memory_job_id", Uuid, index=True),
    moment("created_at"),
    *sealed("content"),
    Index("ix_memory_versions_user_id", "user_id"),
)

memory_jobs = Table(
    "memory_jobs",
    metadata,
    identity(),
    *owner(),
    profile(),
    Column("state", String(10), nullable=False),
    Column("joinable", Boolean, nullable=False),
    moment("first_at"),
    moment("run_at"),
    Column("lease_token", Uuid),
    moment("lease_until", nullable=True),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("error", String(100)),
    Column("turns", Integer, nullable=False, server_default="0"),
    Column("dropped", Integer, nullable=False, server_default="0"),
    Column("over_quota", Integer, nullable=False, server_default="0"),
    moment("created_at"),
    moment("finished_at", nullable=True),
    only_one("uq_memory_jobs_one_joinable", "memory_profile_id", where="joinable"),
    only_one("uq_memory_jobs_one_running", "memory_profile_id", where="state = 'running'"),
    Index("ix_memory_jobs_state_run_at", "state", "run_at"),
    Index("ix_memory_jobs_memory_profile_id", "memory_profile_id"),
    Index("ix_memory_jobs_user_id", "user_id"),
)

index_changes = Table(
    "index_changes",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("memory_profile_id", Uuid, nullable=False),
    Column("point_id", Uuid),
    Column("is_episode", Boolean, nullable=False, server_default=false()),
    Column("applied", Boolean, nullable=False, server_default=false()),
    moment("created_at"),
    Index("ix_index_changes_memory_profile_id", "memory_profile_id"),
)

owed_wipes = Table(
    "owed_wipes",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("store", String(10), nullable=False),
    moment("created_at"),
    moment("not_before", nullable=True),
)
