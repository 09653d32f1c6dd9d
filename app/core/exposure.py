"""What the settings let out, and how strong their secrets are. No secret leaves these functions."""

from collections.abc import Iterator
from typing import Final, assert_never
from urllib.parse import parse_qs, urlsplit

from app.core.addresses import is_near
from app.core.config import EndpointSettings, OfflineModelSettings, OpenAIModelSettings, Settings
from app.core.database_settings import PostgresSettings
from app.core.index_settings import (
    EdgeIndexSettings,
    PgvectorIndexSettings,
    QdrantIndexSettings,
)
from app.models.finding import Finding, fine, trouble

MIN_SECRET_BYTES: Final = 32
MIN_DISTINCT: Final = 10
"""32 random characters of base64 or hex have 10 different ones but once in 100,000 times."""

_SENT: Final = (
    "gets every prompt in every privacy mode (system prompt, recalled memories, the session's "
    "messages; with store: false), what summaries are made of, and the messages to learn from"
)

_SENT_TO_INDEX: Final = (
    "gets of every message and memory that can be found a vector, hashes of its word stems, ids and "
    "times, and of every question its vector and hashes; no words"
)


def endpoints(settings: Settings) -> Iterator[Finding]:
    """Every address that is ever contacted, and what goes there."""
    match settings.chat_model:
        case OfflineModelSettings():
            yield fine("endpoints", "none: no model is configured, so no words leave this machine")
        case OpenAIModelSettings(primary=primary, fallback=fallback):
            yield _endpoint(primary, "model")
            if fallback is not None:
                yield _endpoint(fallback, "fallback model")
    for issuer in settings.issuers:
        yield fine(
            "issuers",
            f"{issuer.issuer} is asked for its public keys, and told nothing; its people are of "
            f"tenant {issuer.tenant}",
        )
    if (supabase := settings.supabase) and supabase.anon_key:
        erasing = "erased with" if supabase.service_role_key else "not erased with"
        yield fine(
            "sign-in",
            f"{supabase.url} gets the addresses and passwords of those who sign up and in; accounts "
            f"there are {erasing} accounts here",
        )
    yield _index(settings)
    if (bucket := settings.bucket) is not None:
        detail = (
            f'the bucket "{bucket.name}" of {bucket.url} gets the originals of documents, sealed, '
            "under two ids each: no words, no names of files"
        )
        yield fine("originals", detail)
    if settings.redis_url is not None:
        yield _redis(settings.redis_url.get_secret_value())
    yield fine("embedding", "all-MiniLM-L6-v2 in this process: no endpoint")
    yield fine("listening", f"{settings.host}, port {settings.port}: what comes in")


def database_address(settings: Settings) -> Iterator[Finding]:
    """Where everything goes that is kept, unless that is a file of this machine."""
    store = settings.store
    if not isinstance(store, PostgresSettings):
        return
    parts = urlsplit(store.url.get_secret_value())
    host = parts.hostname or "this machine"
    detail = f"Postgres at {host}, as {parts.username}: gets all that is kept"
    encrypted = {"require", "verify-ca", "verify-full"} & set(
        parse_qs(parts.query).get("sslmode", ())
    )
    if not encrypted and not is_near(parts.hostname or "localhost"):
        yield trouble(
            "database address",
            f"{detail}; nothing says that the connection is encrypted",
            remedy="add ?sslmode=require to DATABASE_URL, or verify-full with sslrootcert",
        )
    else:
        yield fine("database address", detail)


def _redis(url: str) -> Finding:
    parts = urlsplit(url)
    where = _shown(url) if parts.hostname else "a socket of this machine"
    detail = (
        f"Redis at {where} passes on what processes tell each other, and keeps none of it: ids "
        "and times, the words of answers that are followed through another process, nothing of "
        "incognito turns; and it counts what is limited, under hashes"
    )
    if parts.scheme == "redis" and not is_near(parts.hostname or "localhost"):
        return trouble(
            "redis", f"{detail}; unencrypted", remedy="use rediss:// for its address (REDIS_URL)"
        )
    return fine("redis", detail)


def _index(settings: Settings) -> Finding:
    match settings.index:
        case EdgeIndexSettings():
            return fine("vectors", "in the data folder: no endpoint")
        case PgvectorIndexSettings():
            return fine("vectors", "in the database, by pgvector: no further endpoint")
        case QdrantIndexSettings(url=url):
            return _address("vectors", url, detail=f"Qdrant at {_shown(url)} {_SENT_TO_INDEX}")
        case never:
            assert_never(never)


def secret_strength(settings: Settings, *, generated: str | None) -> Finding:
    """How strong the secret is that tokens are signed with.

    Args:
        settings: hold the operator's own, if there is one.
        generated: the one in the data folder; None when there is none yet.
    """
    check = "token secret"
    own = settings.jwt_secret.get_secret_value() if settings.jwt_secret else None
    whose = "MEMORYCHAT_JWT_SECRET" if own else "generated, in the data folder"
    secret = own or generated
    if secret is None:
        return fine(check, "none yet: made at the first start, 48 random bytes")
    size = len(secret.encode())
    remedy = (
        "set MEMORYCHAT_JWT_SECRET to 48 random bytes (openssl rand -base64 48)"
        if own
        else "delete the file named secret in the data folder: the next start makes another"
    )
    remedy += "; everybody has to sign in again"
    if size < MIN_SECRET_BYTES:
        return trouble(check, f"{whose}: {size} bytes, fewer than 32", remedy=remedy)
    if len(set(secret)) < MIN_DISTINCT:
        return trouble(check, f"{whose}: {size} bytes, but hardly random", remedy=remedy)
    return fine(check, f"{whose}, {size} bytes")


def at_rest(settings: Settings) -> Finding:
    """What of an installation is encrypted on its disk."""
    encryption = settings.encryption
    has_words = encryption.master_key or encryption.master_key_file
    words = "under keys of their owners" if has_words else "in clear"
    if isinstance(settings.store, PostgresSettings):
        return fine("at rest", f"words {words}; everything else as the database's server keeps it")
    file = "under a key" if settings.database_key else "in clear"
    return fine(
        "at rest", f"words {words}, the database file {file}, the index in clear, documents sealed"
    )


def _endpoint(endpoint: EndpointSettings, role: str) -> Finding:
    detail = f"{role} {endpoint.model} at {_shown(endpoint.base_url)} {_SENT}"
    return _address("endpoints", endpoint.base_url, detail=detail, whose=f"the {role}'s")


def _address(check: str, url: str, *, detail: str, whose: str = "its") -> Finding:
    """Trouble when what goes there passes through a foreign network in clear."""
    parts = urlsplit(url)
    if parts.scheme == "http" and not is_near(parts.hostname or ""):
        return trouble(check, f"{detail}; unencrypted", remedy=f"use https:// for {whose} address")
    return fine(check, detail)


def _shown(url: str) -> str:
    """The address without user, password and query."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"
