"""How a process is one of several: part of the composition root, beside `container.py`."""

from urllib.parse import urlsplit

from app.adapters.process_bus import ProcessHub
from app.adapters.process_limits import NoLimits, ProcessLimits
from app.core.config import Settings
from app.core.errors import StartRefused
from app.core.security import subject_digest
from app.models.process import Process, ProcessRole
from app.ports.bus import Bus
from app.ports.rate_limiter import Limit, RateLimiter

_SCHEMES = {"redis", "rediss", "unix"}


def this_process(settings: Settings, *, role: ProcessRole) -> Process:
    """What this process says of itself to others."""
    return Process(role=role, has_bus=settings.redis_url is not None)


def require_company(settings: Settings, *, shared: bool) -> None:
    """Returns when what several processes need is configured for all of them alike.

    Args:
        settings: of this process.
        shared: whether others can have its database open.

    Raises:
        StartRefused: says what to set.
    """
    if not shared and not settings.background:
        raise StartRefused(
            "MEMORYCHAT_BACKGROUND is false, and nobody else can learn and index on the embedded "
            "database: unset it, or set DATABASE_URL to a Postgres."
        )
    if settings.redis_url is None:
        return
    if urlsplit(settings.redis_url.get_secret_value()).scheme not in _SCHEMES:
        raise StartRefused("REDIS_URL is not an address: set one such as redis://host:6379/0.")
    if not shared:
        raise StartRefused(
            "REDIS_URL is for several processes, and the embedded database can only have one: set "
            "DATABASE_URL to a Postgres, or unset REDIS_URL."
        )
    if settings.jwt_secret is None:
        raise StartRefused(
            "REDIS_URL is set, so that there may be several processes: set MEMORYCHAT_JWT_SECRET to "
            "the same secret for all of them."
        )


def open_bus(settings: Settings, process: Process, *, secret: str) -> Bus:
    """What carries notes to the other processes."""
    if settings.redis_url is None:
        return ProcessHub().join(process.id)
    from app.adapters.redis_bus import RedisBus  # noqa: PLC0415 - a client that one process saves

    return RedisBus(
        settings.redis_url.get_secret_value(),
        installation=_installation(secret),
        secret=secret,
        me=process.id,
    )


def open_limits(settings: Settings, *, secret: str) -> RateLimiter:
    """What counts requests: this process, or one Redis for all processes."""
    configured = settings.rate_limits
    if not configured.enabled:
        return NoLimits()
    limits = {
        Limit.REQUESTS: configured.requests,
        Limit.TURNS: configured.turns,
        Limit.SIGNUPS: configured.signups,
        Limit.LOGINS: configured.logins,
        Limit.SERVICES: configured.services,
    }
    alone = ProcessLimits(limits)
    if settings.redis_url is None:
        return alone
    from app.adapters.redis_limits import RedisLimits  # noqa: PLC0415 - as above

    return RedisLimits(
        limits,
        url=settings.redis_url.get_secret_value(),
        installation=_installation(secret),
        meanwhile=alone,
    )


def _installation(secret: str) -> str:
    """What all processes of an installation have in common, and no other on the same Redis has."""
    return subject_digest(secret, "installation")[:16]
