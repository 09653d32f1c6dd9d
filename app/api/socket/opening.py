"""Who may open a WebSocket, and with which credential."""

from collections.abc import Collection
from typing import Final
from urllib.parse import urlsplit

from fastapi.security.utils import get_authorization_scheme_param
from starlette.websockets import WebSocket

BEARER: Final = "bearer"
"""The subprotocol after which a browser gives its token, since it can set no header."""


def is_welcome(websocket: WebSocket, allowed: Collection[str]) -> bool:
    """Whether it is opened by a program, by a page of this host, or by one of an allowed origin."""
    origin = websocket.headers.get("origin")
    if origin is None or "*" in allowed or origin in allowed:
        return True
    return urlsplit(origin).netloc.lower() == websocket.headers.get("host", "").lower()


def offered_token(websocket: WebSocket) -> str | None:
    """The credential that came with the opening; None when it is still to come."""
    scheme, token = get_authorization_scheme_param(websocket.headers.get("authorization"))
    if scheme.lower() == BEARER and token:
        return token
    if key := websocket.headers.get("x-api-key"):
        return key
    match websocket.scope["subprotocols"]:
        case [named, token, *_] if named == BEARER:
            return str(token)
    return None


def chosen_subprotocol(websocket: WebSocket) -> str | None:
    """What the opening is answered with: never the token."""
    return BEARER if BEARER in websocket.scope["subprotocols"] else None
