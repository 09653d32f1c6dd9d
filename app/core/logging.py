"""JSON logs with request ids: ids, counts and durations, never a user's words."""

import logging
import sys
import traceback
from contextvars import ContextVar
from types import TracebackType
from typing import Final

from pythonjsonlogger.json import JsonFormatter

request_id: Final[ContextVar[str | None]] = ContextVar("request_id", default=None)
"""The id of the request that this task works for."""

_FIELDS: Final = "%(asctime)s %(levelname)s %(name)s %(message)s"
_QUIET: Final = (
    "alembic",
    "uvicorn",
    "websockets",
    "httpx",
    "httpx2",
    "httpcore",
    "openai",
    "aiohttp",
    "mem0",
)

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class WordlessFormatter(JsonFormatter):
    """One JSON object a line. Of an exception: its class and where it was, not what it says.

    Messages of exceptions quote values, and values are what users said.
    """

    def formatException(self, ei: ExcInfo) -> str:  # noqa: N802 - the library's name
        """The classes of the chain and the innermost frames."""
        error = ei[1]
        if error is None:
            return ""
        frames = traceback.extract_tb(error.__traceback__)[-12:]
        where = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        causes = []
        while error is not None:
            causes.append(type(error).__qualname__)
            error = error.__cause__ or error.__context__
        return " <- ".join(causes) + " | " + " > ".join(where)


class _WithRequestId(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        if (current := request_id.get()) is not None:
            record.request_id = current
        return True


def configure_logging(level: str) -> None:
    """Everything goes to standard error as JSON; libraries speak up from warnings on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_WithRequestId())
    handler.setFormatter(
        WordlessFormatter(_FIELDS, rename_fields={"asctime": "time", "levelname": "level"})
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
