from collections.abc import Mapping
from typing import Final

import psycopg
from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError

from app.adapters.sql.postgres_patience import Unanswered
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

POOLER_REFUSES: Final = "POOLR"
"""No SQLSTATE: a pooler is not set up for transactions, or for what an address asks of Postgres."""
_PROTOCOL: Final = "08P01"
_SAID: Final[Mapping[str, str]] = {
    "password authentication failed": "28P01",
    "sasl authentication failed": "28P01",  # PgBouncer
    "no password supplied": "28P01",
    "no pg_hba.conf entry": "28000",
    "tenant or user not found": "28000",  # Supabase's pooler
    "is not permitted to log in": "28000",
    "connection slots": "53300",
    "too many": "53300",
    "no more connections allowed": "53300",  # PgBouncer
    "max client": "53300",  # Supabase's pooler
    "starting up": "57P03",
    "shutting down": "57P03",
    "recovery": "57P03",
    "unsupported startup parameter": POOLER_REFUSES,  # PgBouncer
    "database": "3D000",
    "role": "28000",
}
"""What a server says that takes no connection, for which libpq has no SQLSTATE; the first that it says."""


def state_of(error: DBAPIError) -> str | None:
    """The SQLSTATE of an error; None when it never came to a conversation, or it broke off."""
    state: str | None = getattr(error.orig, "sqlstate", None)
    if state == _PROTOCOL and "not allowed in statement pooling" in _primary(error):
        return POOLER_REFUSES
    said = str(error.orig)
    if state is None and "FATAL" in said:
        refused = said.split("FATAL", 1)[1].lower()
        return next((code for text, code in _SAID.items() if text in refused), None)
    return state


def _primary(error: DBAPIError) -> str:
    """What a pooler or Postgres said first: to be looked at, and never told."""
    return error.orig.diag.message_primary or "" if isinstance(error.orig, psycopg.Error) else ""


def trouble_of(error: DBAPIError) -> Trouble:
    """What an error of the driver stands for."""
    if isinstance(error.orig, Unanswered):
        return Trouble.SLOW
    state = state_of(error)
    if state is None:
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
