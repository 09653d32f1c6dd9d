"""How far the words of a database are encrypted, and how they get there."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Engine,
    Row,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)

from app.adapters.sql import tables
from app.adapters.sql.engines import rewrite, scrub
from app.adapters.sql.envelope import EnvelopeCipher
from app.adapters.sql.offline_work import BrokenOff, require_alone
from app.adapters.sql.user_keys import UserKeys
from app.adapters.sql.words import ALL_WORDS, Words
from app.core.errors import StartRefused, StorageUnavailable
from app.models.ids import UserId

_PAGE: Final = 500
_state = tables.encryption
ENCRYPT: Final = "python main.py encrypt"


class Sealing(StrEnum):
    """How far the words of a database are encrypted."""

    PLAIN = "plain"
    UNDER_WAY = "under_way"
    SEALED = "sealed"


def sealing_of(engine: Engine) -> Sealing:
    """How far the words are encrypted."""
    with engine.begin() as connection:
        state = connection.execute(select(_state.c.state)).scalar()
    return Sealing(state) if state else Sealing.PLAIN


def check_plain(engine: Engine) -> None:
    """Returns when words stand in clear, as they are to.

    Raises:
        StartRefused: they do not; says what to set.
    """
    if sealing_of(engine) is not Sealing.PLAIN:
        raise StartRefused(
            "The words in the database are encrypted, and no master key is set: set "
            "MEMORYCHAT_ENCRYPTION__MASTER_KEY, or __MASTER_KEY_FILE."
        )


def check_sealed(engine: Engine, keys: UserKeys) -> None:
    """Returns when all words are encrypted, with keys that these master keys open.

    Raises:
        StartRefused: they are not; says what to do.
    """
    check_master(keys)
    sealing = sealing_of(engine)
    if sealing is Sealing.PLAIN and not _has_users(engine):
        _mark(engine, Sealing.SEALED)
    elif sealing is Sealing.PLAIN:
        raise StartRefused(
            f"A master key is set, and the words in the database stand in clear: run {ENCRYPT} "
            "once, or unset the key."
        )
    elif sealing is Sealing.UNDER_WAY:
        raise StartRefused(
            f"The words in the database are encrypted in part: run {ENCRYPT} again; it goes on "
            "where it was."
        )
    if keyless := without_key(engine, keys):
        raise StartRefused(
            f"{len(keyless)} accounts have no key in keys.db (in a Postgres: in its schema "
            "memorychat_keys). First put its newest copy back. If some still have none, and an old "
            "backup of the database was restored, they were erased since then and nobody can read "
            "them: python main.py erase-unreadable deletes them again."
        )


def check_master(keys: UserKeys) -> None:
    """Returns when every key of a user can be opened.

    Raises:
        StartRefused: the master key is another one.
    """
    if foreign := keys.count_foreign():
        raise StartRefused(
            f"The master key is not the one that {foreign} accounts' keys are wrapped with: set "
            "the right one, or add the former one behind it, by comma."
        )


def without_key(engine: Engine, keys: UserKeys) -> list[UserId]:
    """The accounts that have no key."""
    with engine.begin() as connection:
        users = connection.execute(select(tables.users.c.id)).scalars().all()
    return [UserId(one) for one in set(users) - keys.owners()]


def count_plain(engine: Engine) -> int:
    """How many rows hold words in clear."""
    with engine.begin() as connection:
        return sum(
            connection.execute(
                select(func.count()).select_from(words.table).where(_is_plain(words))
            ).scalar_one()
            for words in ALL_WORDS
        )


def seal_all(engine: Engine, keys: UserKeys, *, advance: Callable[[int], None]) -> None:
    """All words are encrypted, and their bytes are gone from the files.

    What was done stays after a crash; the next call goes on from there. No server starts meanwhile,
    and one that was just starting is found at the end.

    Raises:
        StartRefused: somebody else has the database open; or the key of encrypted words is gone.
        BrokenOff: somebody has written in clear meanwhile.
    """
    if sealing_of(engine) is not Sealing.SEALED:
        _give_keys(engine, keys)
        _mark(engine, Sealing.UNDER_WAY)
    cipher = EnvelopeCipher(keys)
    try:
        for words in ALL_WORDS:
            for done in _seal_table(engine, cipher, words):
                advance(done)
    except StorageUnavailable as error:
        raise BrokenOff(
            "An account with words in clear has no key: it was made meanwhile, by a process on this "
            f"database. End that, and run {ENCRYPT} again."
        ) from error
    rewrite(engine)
    scrub(engine)
    require_alone(engine)
    if left := count_plain(engine):
        raise BrokenOff(
            f"{left} rows were written in clear meanwhile, by a command on this database: end it, and "
            f"run {ENCRYPT} again."
        )
    if sealing_of(engine) is not Sealing.SEALED:
        _give_keys(engine, keys)
    _mark(engine, Sealing.SEALED)


def _give_keys(engine: Engine, keys: UserKeys) -> None:
    """Every account has a key.

    Raises:
        StartRefused: encrypted words are there whose key is gone, which no new one opens.
    """
    keyless = without_key(engine, keys)
    if not keyless:
        return
    if lost := _owners_of_sealed(engine).intersection(keyless):
        raise StartRefused(
            f"{len(lost)} accounts have encrypted words, and no key in keys.db (in a Postgres: in its "
            f"schema memorychat_keys): put its newest copy back, and run {ENCRYPT} again."
        )
    for owner in keyless:
        keys.create(owner)


def _owners_of_sealed(engine: Engine) -> set[UUID]:
    """Whoever has a word that is sealed."""
    owners: set[UUID] = set()
    with engine.begin() as connection:
        for words in ALL_WORDS:
            its = words.table.c
            is_sealed = or_(*(its[f"sealed_{column}"].is_not(None) for column in words.sealed))
            owners.update(
                connection.execute(select(its.user_id).where(is_sealed).distinct()).scalars()
            )
    return owners


def _seal_table(engine: Engine, cipher: EnvelopeCipher, words: Words) -> Iterator[int]:
    key = [words.table.c[name] for name in words.row]
    query = select(words.table).where(_is_plain(words)).order_by(*key).limit(_PAGE)
    rest = query
    while True:
        with engine.begin() as connection:
            rows = connection.execute(rest).all()
            if not rows:
                return
            _seal_rows(connection, cipher, words, rows)
        yield len(rows)
        last = rows[-1]._asdict()
        rest = query.where(tuple_(*key) > tuple_(*(last[name] for name in words.row)))


def _seal_rows(
    connection: Connection, cipher: EnvelopeCipher, words: Words, rows: Sequence[Row[Any]]
) -> None:
    table = words.table
    columns = [*words.sealed, *(words.compared - words.sealed.keys())]
    stored = [*columns, *(f"sealed_{column}" for column in words.sealed)]
    statement = (
        update(table)
        .where(
            *(
                table.c[name] == bindparam(f"its_{name}", type_=table.c[name].type)
                for name in words.row
            )
        )
        .values({name: bindparam(f"new_{name}", type_=table.c[name].type) for name in stored})
    )
    parameters = []
    for row in rows:
        its = row._asdict()
        name = tuple(its[column] for column in words.row)
        clear = cipher.show(words, row)
        hidden = cipher.hide(
            words,
            {column: getattr(clear, column) for column in columns},
            owner=row.user_id,
            row=name,
        )
        parameters.append(
            {f"its_{column}": its[column] for column in words.row}
            | {f"new_{column}": hidden[column] for column in stored}
        )
    connection.execute(statement, parameters)


def _is_plain(words: Words) -> ColumnElement[bool]:
    """Whether a row has a word that is not sealed. What is JSON is sealed with the rest of its row."""
    its = words.table.c
    return or_(
        *(
            and_(its[column].is_not(None), its[f"sealed_{column}"].is_(None))
            for column in words.sealed
            if not isinstance(its[column].type, JSON)
        )
    )


def _has_users(engine: Engine) -> bool:
    with engine.begin() as connection:
        return bool(connection.execute(select(exists(select(tables.users.c.id)))).scalar())


def _mark(engine: Engine, sealing: Sealing) -> None:
    with engine.begin() as connection:
        connection.execute(delete(_state))
        connection.execute(insert(_state).values(id=1, state=sealing, since=datetime.now(UTC)))
