"""Passwords, access tokens and refresh tokens."""

import asyncio
import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, Final, TypeVar
from uuid import UUID

import bcrypt
import jwt
import orjson

from app.core.errors import Unauthenticated
from app.models.clock import Clock
from app.models.ids import TenantId, UserId
from app.models.user import Caller, User

Result = TypeVar("Result")

_ISSUER: Final = "memorychat"
_AUDIENCE: Final = "memorychat"
_ALGORITHM: Final = "HS256"
MAX_TOKEN_CHARS: Final = 16_384
"""Supabase's tokens hold what its users are told of themselves; Firebase's have 4,000 at most."""
KEY_MARK: Final = "mc_"
_BCRYPT_THREADS: Final = 2
"""Two threads keep the event loop's lag under a millisecond while 12 rounds take 0.2 s each."""


class Passwords:
    """bcrypt in threads of its own. Any length is fine: the password is digested first."""

    def __init__(self, *, cost: int) -> None:
        self._cost = cost
        self._threads = ThreadPoolExecutor(_BCRYPT_THREADS, thread_name_prefix="bcrypt")
        self._nobody: str | None = None

    async def hash(self, password: str) -> str:
        """The salted hash, as bcrypt writes it."""
        return await self._run(lambda: _bcrypt(password, self._cost))

    async def verify(self, password: str, hashed: str | None) -> bool:
        """Whether the password is the one; for no hash at all, False after the same work."""
        if hashed is None:
            if self._nobody is None:
                self._nobody = await self.hash(secrets.token_hex())
            await self._run(lambda: _matches(password, self._nobody or ""))
            return False
        return await self._run(lambda: _matches(password, hashed))

    def close(self) -> None:
        """The threads are gone."""
        self._threads.shutdown(cancel_futures=True)

    async def _run(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


class AccessTokens:
    """Short-lived JSON Web Tokens of our own, signed with HS256."""

    def __init__(self, *, secret: str, lifetime_s: int, clock: Clock) -> None:
        self.lifetime_s: Final = lifetime_s
        self._secret = secret
        self._clock = clock

    def issue(self, user: User, *, login_id: UUID) -> str:
        """A token that proves the user until it expires."""
        now = self._clock()
        claims = {
            "iss": _ISSUER,
            "aud": _AUDIENCE,
            "sub": str(user.id),
            "tid": str(user.tenant_id),
            "sid": str(login_id),
            "iat": now,
            "exp": now + timedelta(seconds=self.lifetime_s),
        }
        return jwt.encode(claims, self._secret, algorithm=_ALGORITHM)

    def verify(self, token: str) -> Caller:
        """Whom the token proves.

        Raises:
            Unauthenticated: forged, expired, of another issuer, or not a token of ours.
        """
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self._secret,
                algorithms=[_ALGORITHM],
                audience=_AUDIENCE,
                issuer=_ISSUER,
                options={"require": ["exp", "iat", "sub", "tid", "sid"]},
            )
            return Caller(
                user_id=UserId(UUID(claims["sub"])),
                tenant_id=TenantId(UUID(claims["tid"])),
                login_id=UUID(claims["sid"]),
            )
        except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError) as error:
            raise Unauthenticated from error


def unverified_claims(token: str) -> dict[str, Any]:
    """What a token says of itself, to tell where to look for its key; empty when it is none."""
    parts = token.split(".")
    if len(token) > MAX_TOKEN_CHARS or len(parts) != 3:
        return {}
    try:
        claims = orjson.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return {}
    return claims if isinstance(claims, dict) else {}


def new_refresh_token() -> str:
    """256 random bits, URL-safe."""
    return secrets.token_urlsafe(32)


def new_api_key() -> str:
    """256 random bits, URL-safe, behind what tells a key from every other credential."""
    return KEY_MARK + secrets.token_urlsafe(32)


def is_api_key(token: str) -> bool:
    """Whether the credential claims to be an API key; nothing is verified."""
    return token.startswith(KEY_MARK)


def token_digest(token: str) -> str:
    """SHA-256 in hex: what is stored of a token that has 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()


def subject_digest(secret: str, subject: str) -> str:
    """A keyed hash for counting by an address or a name without keeping it."""
    return hmac.new(secret.encode(), subject.encode(), hashlib.sha256).hexdigest()[:32]


def purpose_key(secret: str, purpose: str) -> bytes:
    """A key of 32 bytes for one purpose; neither it nor the secret follows from anything else here."""
    return hmac.digest(secret.encode(), b"\0key: " + purpose.encode(), hashlib.sha256)


def _digest(password: str) -> bytes:
    """44 bytes without NUL, since bcrypt reads 72 at most and older ones stop at NUL."""
    digest = hmac.new(b"memorychat-password", password.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest)


def _bcrypt(password: str, cost: int) -> str:
    return bcrypt.hashpw(_digest(password), bcrypt.gensalt(rounds=cost)).decode()


def _matches(password: str, hashed: str) -> bool:
    return bcrypt.checkpw(_digest(password), hashed.encode())
