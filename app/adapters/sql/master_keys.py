"""The keys that wrap the keys of users. They are configured, and stand in no file of ours."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES: Final = 12


class MasterKeys:
    """One key that wraps, and former ones that still unwrap."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """Keys of 32 bytes, the one that wraps first."""
        self._keys = {_id(key): AESGCM(key) for key in keys}
        self.current: Final = _id(keys[0])
        """The id of the key that wraps."""

    def __contains__(self, key_id: str) -> bool:
        return key_id in self._keys

    def wrap(self, key: bytes, *, owner: UUID) -> bytes:
        """The key of a user, to be opened for this user only."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._keys[self.current].encrypt(nonce, key, _bound(owner, self.current))

    def unwrap(self, wrapped: bytes, *, key_id: str, owner: UUID) -> bytes | None:
        """The key of a user; None when it is another user's, damaged, or no master key opens it."""
        if key_id not in self._keys:
            return None
        nonce, ciphertext = wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:]
        try:
            return self._keys[key_id].decrypt(nonce, ciphertext, _bound(owner, key_id))
        except (InvalidTag, ValueError):
            return None


def _bound(owner: UUID, key_id: str) -> bytes:
    return f"user-key|{owner}|{key_id}".encode()


def _id(key: bytes) -> str:
    """Tells keys apart, and nothing about them."""
    return hmac.digest(key, b"memorychat master key", hashlib.sha256).hex()[:16]
