"""Accounts whose key is gone, and how they are deleted."""

from collections.abc import Sequence

from sqlalchemy import Engine, delete, func, select

from app.adapters.sql import tables
from app.adapters.sql.encrypting import ENCRYPT, Sealing, sealing_of, without_key
from app.adapters.sql.engines import scrub
from app.adapters.sql.user_keys import UserKeys
from app.core.errors import StartRefused
from app.models.ids import UserId


def erase_unreadable(engine: Engine, keys: UserKeys, *, confirmed: bool) -> int:
    """How many accounts had no key, and are gone.

    Args:
        engine: of the database.
        keys: of its users.
        confirmed: whether the operator has said that these accounts are to be deleted.

    Raises:
        StartRefused: some words stand in clear, so that an account without a key may well be readable;
            nobody at all has a key, so that the keys are lost rather than erased; or nobody has
            confirmed. Nothing was deleted.
    """
    if sealing_of(engine) is not Sealing.SEALED:
        raise StartRefused(
            "Not all words in the database are encrypted, so that accounts without a key may be "
            f"readable. Run {ENCRYPT} first; it gives them one."
        )
    keyless = without_key(engine, keys)
    if not keyless:
        return 0
    _require_meant(keyless, total=_count_users(engine), confirmed=confirmed)
    with engine.begin() as connection:
        for one in keyless:
            connection.execute(delete(tables.users).where(tables.users.c.id == one))
    scrub(engine)
    return len(keyless)


def _require_meant(keyless: Sequence[UserId], *, total: int, confirmed: bool) -> None:
    if len(keyless) == total:
        raise StartRefused(
            f"None of {total} accounts has a key: keys.db (in a Postgres: the schema memorychat_keys) "
            "is missing or empty: put its newest copy back."
        )
    if not confirmed:
        raise StartRefused(
            f"{len(keyless)} of {total} accounts have no key, and would be deleted for good. If keys.db "
            "(in a Postgres: the schema memorychat_keys) is the newest copy, run this again with --yes."
        )


def _count_users(engine: Engine) -> int:
    with engine.begin() as connection:
        return connection.execute(select(func.count()).select_from(tables.users)).scalar_one()
