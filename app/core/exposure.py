"""What the settings let out, and how strong their secrets are. No secret leaves these functions."""

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from app.core.addresses import is_near
from app.core.config import EndpointSettings, OfflineModelSettings, OpenAIModelSettings, Settings
from app.models.finding import Finding, fine, trouble

MIN_SECRET_BYTES: Final = 32
MIN_DISTINCT: Final = 10
"""32 random characters of base64 or hex have 10 different ones but once in 100,000 times."""

_SENT: Final = (
    "gets every prompt in every privacy mode (system prompt, recalled memories, the session's "
    "messages; with store: false), what summaries are made of, and the messages to learn from"
)


def endpoints(settings: Settings) -> Iterator[Finding]:
    """Every address that is ever contacted, and what goes there."""
    match settings.chat_model:
        case OfflineModelSettings():
            nothing = "" if settings.issuers else ", and nothing leaves this machine"
            yield fine("endpoints", f"none: no model is configured{nothing}")
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
    yield fine("embedding", "all-MiniLM-L6-v2 in this process: no endpoint")
    yield fine("listening", f"{settings.host}, port {settings.port}: what comes in")


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
    file = "under a key" if settings.database_key else "in clear"
    return fine("at rest", f"words {words}, the database file {file}, the index in clear")


def _endpoint(endpoint: EndpointSettings, role: str) -> Finding:
    parts = urlsplit(endpoint.base_url)
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port else ""
    shown = f"{parts.scheme}://{host}{port}{parts.path}"
    detail = f"{role} {endpoint.model} at {shown} {_SENT}"
    if parts.scheme == "http" and not is_near(host):
        return trouble(
            "endpoints", f"{detail}; unencrypted", remedy=f"use https:// for the {role}'s address"
        )
    return fine("endpoints", detail)
