"""How the database and the originals of documents are opened: part of the composition root, beside `container.py`."""

from typing import assert_never

from sqlalchemy import Engine

from app.adapters.data_folder import DataFolder
from app.adapters.database_storage import DatabaseStorage
from app.adapters.folder_storage import FolderStorage
from app.adapters.moved_storage import MovedStorage
from app.adapters.sql.cipher import Cipher, PlainText
from app.adapters.sql.encrypting import check_plain, check_sealed
from app.adapters.sql.engines import Engines, open_engines, open_key_file, open_key_schema
from app.adapters.sql.envelope import EnvelopeCipher
from app.adapters.sql.master_keys import MasterKeys
from app.adapters.sql.migrate import migrate
from app.adapters.sql.opening import (
    how_to_restore,
    refusing,
    require_sound,
    require_usable,
    try_writing,
)
from app.adapters.sql.postgres_limits import PostgresLimits
from app.adapters.sql.sqlcipher import is_plain, opens
from app.adapters.sql.store import SqlStore
from app.adapters.sql.user_keys import UserKeys
from app.core.config import Settings
from app.core.database_settings import (
    DatabaseSettings,
    EmbeddedDatabaseSettings,
    PostgresSettings,
)
from app.core.encryption import keys_in
from app.core.errors import StartRefused
from app.core.file_sealing import SEAL_BYTES
from app.ports.database import Database
from app.ports.storage import Storage


def open_database(settings: Settings, folder: DataFolder, *, tidy: bool = True) -> Database:
    """The database, its schema at head, its words encrypted as the settings say.

    Args:
        settings: say where it is.
        folder: the data folder, which is held.
        tidy: whether what a failed migration left behind is removed.

    Raises:
        StartRefused: it is encrypted otherwise, or cannot be used; says what to set or run.
    """
    engines = engines_of(settings, folder, tidy=tidy)
    try:
        return SqlStore(engines, cipher=_cipher(settings, folder, engines))
    except StartRefused:
        engines.close()
        raise


def storage_of(settings: Settings, folder: DataFolder, database: Database) -> Storage:
    """Where originals are kept: in a bucket if there is one, else beside everything else.

    Those that were brought before there was one are found beside everything else still.
    """
    near = near_storage_of(settings, folder, database)
    bucket = bucket_of(settings)
    return near if bucket is None else MovedStorage(bucket, before=near)


def bucket_of(settings: Settings) -> Storage | None:
    """The bucket that originals are put into, which is not asked anything yet; None without one."""
    if (bucket := settings.bucket) is None:
        return None
    from app.adapters.supabase_storage import SupabaseStorage  # noqa: PLC0415 - 0.3 s that others save

    return SupabaseStorage(
        bucket.url,
        bucket=bucket.name,
        key=bucket.service_role_key,
        largest_bytes=settings.documents.max_bytes + SEAL_BYTES,
        total_s=settings.documents.store_s,
    )


def near_storage_of(settings: Settings, folder: DataFolder, database: Database) -> Storage:
    """Where originals are kept without a bucket: in a folder, unless others have to reach them."""
    match settings.store:
        case EmbeddedDatabaseSettings():
            return FolderStorage(folder.documents)
        case PostgresSettings():
            return DatabaseStorage(database)
        case never:
            assert_never(never)


def engines_of(settings: Settings, folder: DataFolder, *, tidy: bool = True) -> Engines:
    """The engines of the database, its schema at head.

    Raises:
        StartRefused: it cannot be used; says why, and what to do.
    """
    match settings.store:
        case EmbeddedDatabaseSettings():
            return _sqlite_engines(settings, folder, tidy=tidy)
        case PostgresSettings(url=url, bounds=bounds):
            return postgres_engines(url.get_secret_value(), limits_of(bounds))
        case never:
            assert_never(never)


def postgres_engines(url: str, limits: PostgresLimits) -> Engines:
    """The engines of a Postgres, its schema at head, its rows protected.

    Raises:
        StartRefused: it cannot be used; says why, and what to do.
    """
    from app.adapters.sql import postgres_rights  # noqa: PLC0415 - a driver that SQLite saves
    from app.adapters.sql.postgres_engine import open_unbound  # noqa: PLC0415 - the same

    unbound = open_unbound(url, limits)
    postgres_rights.require_rights(unbound)
    postgres_rights.require_whole(unbound)
    with postgres_rights.refusing():
        migrate(unbound)
    postgres_rights.require_row_security(unbound)
    return open_engines(url, limits=limits)


def limits_of(bounds: DatabaseSettings) -> PostgresLimits:
    """The bounds as the adapter takes them."""
    return PostgresLimits(**bounds.model_dump())


def _sqlite_engines(settings: Settings, folder: DataFolder, *, tidy: bool) -> Engines:
    """The engines of a data folder, its schema at head.

    Raises:
        StartRefused: the file is damaged, cannot be written, or is encrypted otherwise than the
            settings say.
    """
    engines = embedded_engines(settings, folder)
    with refusing(folder.database):
        migrate(engines.writer, backup=folder.migration_backup, tidy=tidy)
        try_writing(engines.writer)
    return engines


def embedded_engines(settings: Settings, folder: DataFolder) -> Engines:
    """The engines of a data folder, its schema as it is. Nothing is changed.

    Raises:
        StartRefused: the file is damaged, or is encrypted otherwise than the settings say.
    """
    key = database_key(settings)
    file = folder.database
    require_usable(file, is_lived_in=folder.has_index)
    if key is None and file.exists() and file.stat().st_size and not is_plain(file):
        raise StartRefused(
            f"{file} is encrypted, or is damaged: set MEMORYCHAT_DATABASE_KEY to the key that it "
            f"was encrypted with, if it was. Nothing was changed. {how_to_restore(file)}"
        )
    if key and is_plain(file):
        raise StartRefused(
            f"MEMORYCHAT_DATABASE_KEY is set, and {file} is not encrypted: run "
            "python main.py encrypt once, or unset the key."
        )
    if key and not opens(file, key):
        raise StartRefused(
            f"MEMORYCHAT_DATABASE_KEY is not the key of {file}, or the file is damaged: set the "
            "right key, or put a backup in its place."
        )
    require_sound(file, key=key)
    return open_engines(f"sqlite:///{file}", key=key)


def database_key(settings: Settings) -> bytes | None:
    """What the whole file is encrypted with; None for nothing."""
    if settings.database_key is None:
        return None
    return keys_in(settings.database_key.get_secret_value())[0]


def user_keys(settings: Settings, folder: DataFolder) -> UserKeys | None:
    """The keys of users; None when words are to stand in clear. A Postgres has its schema already.

    Raises:
        StartRefused: the file with the master key cannot be read, or holds none.
    """
    master = master_keys(settings)
    return UserKeys(_key_engine(settings, folder), master) if master else None


def master_keys(settings: Settings) -> MasterKeys | None:
    """What the keys of users are wrapped with; None when words are to stand in clear.

    Raises:
        StartRefused: the file with the master key cannot be read, or holds none.
    """
    encryption = settings.encryption
    if encryption.master_key:
        text = encryption.master_key.get_secret_value()
    elif encryption.master_key_file:
        try:
            text = encryption.master_key_file.read_text(encoding="ascii")
        except (OSError, ValueError):
            raise StartRefused(
                f"The master key cannot be read from {encryption.master_key_file}: set "
                "MEMORYCHAT_ENCRYPTION__MASTER_KEY_FILE to a file with a key in it."
            ) from None
    else:
        return None
    try:
        return MasterKeys(keys_in(text))
    except ValueError as error:
        raise StartRefused(f"{encryption.master_key_file}: {error}.") from None


def _key_engine(settings: Settings, folder: DataFolder) -> Engine:
    match settings.store:
        case EmbeddedDatabaseSettings():
            return open_key_file(folder.keys)
        case PostgresSettings(url=url, bounds=bounds):
            return open_key_schema(url.get_secret_value(), limits_of(bounds))
        case never:
            assert_never(never)


def _cipher(settings: Settings, folder: DataFolder, engines: Engines) -> Cipher:
    keys = user_keys(settings, folder)
    if keys is None:
        check_plain(engines.system)
        return PlainText()
    try:
        check_sealed(engines.system, keys)
    except StartRefused:
        keys.close()
        raise
    return EnvelopeCipher(keys)
