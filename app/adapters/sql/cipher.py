"""What becomes of words on their way into the database and out of it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import Connection, Engine

from app.adapters.sql.words import Words
from app.models.ids import UserId


class Cipher(Protocol):
    """How words stand in rows. Everything else of a row is as it is."""

    @property
    def is_opaque(self) -> bool:
        """Whether the database itself can look for words in what it holds."""
        ...

    def hide(
        self, words: Words, values: Mapping[str, Any], *, owner: UserId, row: tuple[object, ...]
    ) -> Mapping[str, Any]:
        """The values as they are to be stored in one row.

        Args:
            words: which of them are words.
            values: some or all columns of the row.
            owner: whose words they are.
            row: the values of `words.row`.
        """
        ...

    def show(self, words: Words, row: Any) -> Any:
        """The row with its words. It has `user_id` and the columns of `words.row`.

        Raises:
            StorageUnavailable: they are not what was stored there, or their key is gone.
        """
        ...

    def fingerprints(
        self, words: Words, column: str, values: Sequence[str], *, owner: Callable[[], UserId]
    ) -> Sequence[str]:
        """What stands in a compared column for each of the values."""
        ...

    def admit(self, owner: UserId) -> None:
        """The words of a new account can be stored, whatever becomes of this transaction."""
        ...

    def dismiss(self, connection: Connection, owner: UserId) -> None:
        """Once this transaction is committed, `settle` makes the account's words unreadable."""
        ...

    def settle(self, engine: Engine) -> None:
        """Whatever is left of the words of dismissed accounts is unreadable, in backups too."""
        ...

    def close(self) -> None:
        """Files are let go."""
        ...


class PlainText:
    """Words stand in their columns as they are."""

    is_opaque = False

    def hide(
        self, words: Words, values: Mapping[str, Any], *, owner: UserId, row: tuple[object, ...]
    ) -> Mapping[str, Any]:
        """The values."""
        return values

    def show(self, words: Words, row: Any) -> Any:
        """The row."""
        return row

    def fingerprints(
        self, words: Words, column: str, values: Sequence[str], *, owner: Callable[[], UserId]
    ) -> Sequence[str]:
        """The values."""
        return values

    def admit(self, owner: UserId) -> None:
        """Nothing is needed."""

    def dismiss(self, connection: Connection, owner: UserId) -> None:
        """Nothing is left to do."""

    def settle(self, engine: Engine) -> None:
        """There was nothing to do."""

    def close(self) -> None:
        """There is nothing to let go."""
