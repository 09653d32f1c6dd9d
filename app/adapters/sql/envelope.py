"""Words under the key of their owner: AES-256-GCM, one nonce per value, bound to its place."""

import base64
import hmac
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, Final

import orjson
from cryptography.exceptions import InvalidTag
from sqlalchemy import Connection, Engine, delete, insert, select

from app.adapters.sql import tables
from app.adapters.sql.batches import batches
from app.adapters.sql.user_keys import UserKey, UserKeys
from app.adapters.sql.words import Words
from app.core.errors import StorageUnavailable
from app.models.ids import UserId

_FORMAT: Final = b"\x01"
"""The first byte of every sealed value: this form, in case that there is another one some day."""
_NONCE_BYTES: Final = 12


class EnvelopeCipher:
    """Sealed words beside blanks, and fingerprints where words are compared for equality."""

    is_opaque = True

    def __init__(self, keys: UserKeys) -> None:
        self._keys = keys

    def hide(
        self, words: Words, values: Mapping[str, Any], *, owner: UserId, row: tuple[object, ...]
    ) -> Mapping[str, Any]:
        """The values with their words sealed."""
        hidden = dict(values)
        key = self._keys.get(owner)
        for column, blank in words.sealed.items():
            if column in values and values[column] is not None:
                place = _place(words, column, row=row, owner=owner)
                hidden[column] = blank
                hidden[f"sealed_{column}"] = _seal(values[column], key=key, place=place)
            elif column in values:
                hidden[f"sealed_{column}"] = None
        for column in words.compared & values.keys():
            if values[column] is not None:
                hidden[column] = _fingerprint(words, column, values[column], key=key)
        return hidden

    def show(self, words: Words, row: Any) -> Any:
        """The row with its words; those that stand there in clear are taken as they are.

        Raises:
            StorageUnavailable: they are not what was stored there, or their key is gone.
        """
        shown = row._asdict()
        key = self._keys.get(row.user_id)
        name = tuple(shown[column] for column in words.row)
        for column in words.sealed:
            if (sealed := shown.get(f"sealed_{column}")) is not None:
                place = _place(words, column, row=name, owner=row.user_id)
                shown[column] = _open(sealed, key=key, place=place)
        return SimpleNamespace(**shown)

    def fingerprints(
        self, words: Words, column: str, values: Sequence[str], *, owner: Callable[[], UserId]
    ) -> Sequence[str]:
        """What stands in a compared column for each of the values."""
        key = self._keys.get(owner())
        return [_fingerprint(words, column, value, key=key) for value in values]

    def admit(self, owner: UserId) -> None:
        """The account has a key, on disk."""
        self._keys.create(owner)

    def dismiss(self, connection: Connection, owner: UserId) -> None:
        """The account's key goes once this transaction is committed, also after a crash."""
        connection.execute(
            insert(tables.key_erasures).values(owner_id=owner, created_at=datetime.now(UTC))
        )

    def settle(self, engine: Engine) -> None:
        """The keys of dismissed accounts are gone."""
        table = tables.key_erasures
        with engine.begin() as connection:
            dismissed = list(connection.execute(select(table.c.owner_id)).scalars())
        if not dismissed:
            return
        self._keys.erase(dismissed)
        with engine.begin() as connection:
            for some in batches(dismissed):
                connection.execute(delete(table).where(table.c.owner_id.in_(some)))

    def close(self) -> None:
        """The file of keys is let go."""
        self._keys.close()


def _place(words: Words, column: str, *, row: tuple[object, ...], owner: UserId) -> bytes:
    return "|".join(map(str, (words.table.name, column, *row, owner))).encode()


def _seal(value: object, *, key: UserKey, place: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return _FORMAT + nonce + key.sealing.encrypt(nonce, orjson.dumps(value), _FORMAT + place)


def _open(sealed: bytes, *, key: UserKey, place: bytes) -> Any:
    nonce, ciphertext = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    try:
        return orjson.loads(key.sealing.decrypt(nonce, ciphertext, sealed[:1] + place))
    except (InvalidTag, ValueError) as error:
        raise StorageUnavailable("A row is not what was written there.") from error


def _fingerprint(words: Words, column: str, value: str, *, key: UserKey) -> str:
    said = f"{words.table.name}|{column}|{value}".encode()
    return base64.urlsafe_b64encode(hmac.digest(key.comparing, said, "sha256")).decode().rstrip("=")
