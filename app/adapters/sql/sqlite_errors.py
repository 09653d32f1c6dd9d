import sqlite3
from collections.abc import Mapping
from typing import Final

from sqlalchemy.exc import DBAPIError

from app.adapters.sql.trouble import Trouble

_TROUBLES: Final[Mapping[int, Trouble]] = {
    sqlite3.SQLITE_FULL: Trouble.FULL,
    sqlite3.SQLITE_READONLY: Trouble.READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: Trouble.READ_ONLY,
    sqlite3.SQLITE_PERM: Trouble.READ_ONLY,
    sqlite3.SQLITE_CORRUPT: Trouble.DAMAGED,
    sqlite3.SQLITE_NOTADB: Trouble.DAMAGED,
    sqlite3.SQLITE_BUSY: Trouble.LOCKED,
    sqlite3.SQLITE_LOCKED: Trouble.LOCKED,
    sqlite3.SQLITE_IOERR: Trouble.UNREADABLE,
}
_SAID: Final[Mapping[str, Trouble]] = {
    "disk is full": Trouble.FULL,
    "readonly": Trouble.READ_ONLY,
    "malformed": Trouble.DAMAGED,
    "not a database": Trouble.DAMAGED,
    "is locked": Trouble.LOCKED,
    "disk I/O error": Trouble.UNREADABLE,
}
_PRIMARY: Final = 0xFF
"""Of a result code; the rest says more: https://sqlite.org/rescode.html"""


def trouble_of(error: sqlite3.Error | DBAPIError) -> Trouble:
    """What an error of the driver, or SQLAlchemy's around it, stands for."""
    of_driver = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(of_driver, "sqlite_errorcode", None)
    if code is None:  # SQLCipher's driver gives none
        said = str(of_driver)
        return next((one for text, one in _SAID.items() if text in said), Trouble.OTHER)
    return _TROUBLES.get(code & _PRIMARY, Trouble.OTHER)
