"""Which revision of the protocol a request speaks, and whether its headers say what its body says."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any, Final

from starlette.datastructures import Headers

from app.api.mcp.messages import RpcCode, RpcError, RpcMessage

MODERN: Final = ("2026-07-28",)
"""Each request says by itself what it is; there is no handshake."""
WITH_HANDSHAKE: Final = ("2025-11-25", "2025-06-18")
"""A client begins with `initialize`, which nothing is kept of here."""
SUPPORTED: Final = (*MODERN, *WITH_HANDSHAKE)

VERSION_KEY: Final = "io.modelcontextprotocol/protocolVersion"
CAPABILITIES_KEY: Final = "io.modelcontextprotocol/clientCapabilities"
SERVER_KEY: Final = "io.modelcontextprotocol/serverInfo"

_VERSION: Final = "mcp-protocol-version"
_METHOD: Final = "mcp-method"
_NAME: Final = "mcp-name"
_NAMED_BY: Final = {"tools/call": "name", "resources/read": "uri", "prompts/get": "name"}
"""Methods whose subject stands in a header as well, and the parameter it is taken from."""


@dataclass(frozen=True, slots=True)
class Revision:
    """The revision that a request speaks."""

    name: str

    @property
    def is_modern(self) -> bool:
        """Whether it knows no handshake."""
        return self.name in MODERN


def revision_of(headers: Headers, message: RpcMessage) -> Revision:
    """The revision that a message speaks.

    Raises:
        RpcError: one that is not spoken here, none, or headers that say otherwise than the body.
    """
    _refuse_repeated(headers)
    named = headers.get(_VERSION)
    if named in MODERN or VERSION_KEY in message.meta:
        return _modern(headers, message)
    if message.method == "initialize":
        return Revision(negotiated(message.params.get("protocolVersion")))
    if named is None:
        raise RpcError(RpcCode.HEADER_MISMATCH, f"MCP-Protocol-Version is missing: {_spoken()}")
    if named not in WITH_HANDSHAKE:
        raise _unsupported(named)
    return Revision(named)


def negotiated(wanted: object) -> str:
    """What `initialize` agrees on: what the client wants, or else the newest that has a handshake."""
    return wanted if isinstance(wanted, str) and wanted in WITH_HANDSHAKE else WITH_HANDSHAKE[0]


def _modern(headers: Headers, message: RpcMessage) -> Revision:
    if message.id is None:
        return Revision(MODERN[0])
    if lacking := [key for key in (VERSION_KEY, CAPABILITIES_KEY) if key not in message.meta]:
        raise RpcError(RpcCode.INVALID_PARAMS, f"params._meta lacks {', '.join(lacking)}")
    wanted: Any = message.meta[VERSION_KEY]
    if headers.get(_VERSION) != wanted:
        raise _mismatch("MCP-Protocol-Version", "the version in params._meta")
    if headers.get(_METHOD) != message.method:
        raise _mismatch("Mcp-Method", "the method")
    if key := _NAMED_BY.get(message.method):
        name = message.params.get(key)
        if name is not None and _plain(headers.get(_NAME)) != name:
            raise _mismatch("Mcp-Name", f"params.{key}")
    if wanted not in MODERN:
        raise _unsupported(wanted)
    return Revision(wanted)


def _refuse_repeated(headers: Headers) -> None:
    for name in (_VERSION, _METHOD, _NAME):
        if len(headers.getlist(name)) > 1:
            raise RpcError(RpcCode.HEADER_MISMATCH, f"The header {name} is there twice")


def _plain(value: str | None) -> str | None:
    """What a header says: words that no header can hold come in base64 between marks."""
    if value is None or not (value.startswith("=?base64?") and value.endswith("?=")):
        return value
    try:
        return base64.b64decode(value[9:-2], validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None


def _mismatch(header: str, body: str) -> RpcError:
    told = f"The header {header} is missing, or does not say what the body does: {body}"
    return RpcError(RpcCode.HEADER_MISMATCH, told)


def _unsupported(wanted: str) -> RpcError:
    return RpcError(
        RpcCode.UNSUPPORTED_VERSION,
        f"Unsupported protocol version: {_spoken()}",
        details={"supported": list(SUPPORTED), "requested": wanted[:40]},
    )


def _spoken() -> str:
    return f"this server speaks {', '.join(SUPPORTED)}"
