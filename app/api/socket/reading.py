"""What a client's frame asks for."""

from collections.abc import Mapping
from typing import Any

import orjson
from pydantic import ValidationError

from app.api.errors import MAX_ERRORS, in_short, pointed
from app.core.errors import InvalidInput
from app.schemas.socket import SOCKET_REQUEST, SocketRequest


class Misread(InvalidInput):
    """The frame's text is not a message that is known here; its input is never repeated."""

    def __init__(
        self, detail: str, found: list[Mapping[str, str]], *, request_id: str | None
    ) -> None:
        super().__init__(detail)
        self._found = found
        self.request_id = request_id

    def errors(self) -> list[Mapping[str, str]]:
        """What is wrong with which part of it."""
        return self._found


def request_in(text: str) -> SocketRequest:
    """The request that the text is.

    Raises:
        Misread: it is none.
    """
    try:
        return SOCKET_REQUEST.validate_json(text)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)[:MAX_ERRORS]
        found = [pointed({**one, "loc": ("message", *one["loc"][1:])}) for one in wrong]
        raise Misread(in_short(found), found, request_id=_request_id_in(text)) from None


def _request_id_in(text: str) -> str | None:
    """The client's own number of it, if that much can be read."""
    try:
        read: Any = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    given = read.get("request_id") if isinstance(read, dict) else None
    return given if isinstance(given, str) and len(given) <= 100 else None
