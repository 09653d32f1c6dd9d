from collections.abc import Mapping
from typing import Final

import psycopg
from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError

from app.adapters.sql.trouble import Trouble

_TROUBLES: Final[Mapping[str, Trouble]] = {
    "08": Trouble.GONE,  # connection exceptions
    "57P": Trouble.GONE,  # shut down, crashed, or starting up
    "53300": Trouble.CROWDED,
    "53100": Trouble.FULL,
    "53": Trouble.CROWDED,  # out of memory, and of what else is configured
    "57014": Trouble.SLOW,  # cancelled by a timeout
    "55P03": Trouble.SLOW,  # a lock was not to be had in time
    "25006": Trouble.READ_ONLY,  # a standby, or a server that was made so
    "40": Trouble.CONTESTED,  # deadlocks, and transactions that cannot be put in an order
    "58": Trouble.UNREADABLE,
    "XX": Trouble.DAMAGED,
}
"""By the beginning of an SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html"""


def trouble_of(error: DBAPIError) -> Trouble:
    """What an error of the driver stands for."""
    state = getattr(error.orig, "sqlstate", None)
    if state is None:  # it never came to a conversation, or it broke off
        lost = isinstance(error.orig, psycopg.OperationalError) or error.connection_invalidated
        return Trouble.GONE if lost else Trouble.OTHER
    known = [start for start in _TROUBLES if state.startswith(start)]
    return _TROUBLES[max(known, key=len)] if known else Trouble.OTHER


def keep_words_out_of_errors(engine: Engine) -> None:
    """No error of this engine says anything but its SQLSTATE and the constraint that it is about.

    What Postgres says quotes values: "Key (user_id, name_key)=(…, my divorce) already exists."
    """

    @event.listens_for(engine, "handle_error")
    def wordless(context: ExceptionContext) -> None:
        error = context.original_exception
        if isinstance(error, psycopg.Error) and error.sqlstate is not None:
            said = f"SQLSTATE {error.sqlstate} {error.diag.constraint_name or ''}".strip()
            error.args = (said,)
            if context.sqlalchemy_exception is not None:
                context.sqlalchemy_exception.args = (said,)
