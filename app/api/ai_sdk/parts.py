"""Runs as the AI SDK's stream of parts of a message."""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from app.services.run_events import RunEvent

HEADERS: Final = {"x-vercel-ai-ui-message-stream": "v1"}
_TEXT: Final = "text-1"
_DONE: Final = b"data: [DONE]\n\n"


class PartEncoder:
    """One run's events as parts: its memories first, then one text, and an end of one kind.

    Clients of the protocol refuse keys that they do not know, so parts have no others.
    """

    def __init__(self) -> None:
        self._is_speaking = False

    def encode(self, event: RunEvent) -> bytes:
        """What the client is sent for an event; nothing for some."""
        fields = event.fields
        match event.type:
            case "run.started":
                start = _part("start", messageId=fields["message_id"])
                return start + _part("start-step")
            case "memory.used":
                return _part("data-memory-used", data={"memories": fields["memories"]})
            case "message.delta":
                return self._speaking() + _part("text-delta", id=_TEXT, delta=fields["delta"])
            case "run.completed":
                return self._silent() + _part("finish-step") + _part("finish") + _DONE
            case "run.cancelled":
                return self._silent() + _part("abort") + _DONE
            case "run.failed":
                return self._silent() + _part("error", errorText=_sentence(fields)) + _DONE
        return b""

    def _speaking(self) -> bytes:
        if self._is_speaking:
            return b""
        self._is_speaking = True
        return _part("text-start", id=_TEXT)

    def _silent(self) -> bytes:
        if not self._is_speaking:
            return b""
        self._is_speaking = False
        return _part("text-end", id=_TEXT)


def _part(kind: str, **fields: Any) -> bytes:
    return b"data: %s\n\n" % orjson.dumps({"type": kind, **fields})


def _sentence(fields: Mapping[str, Any]) -> str:
    return str(fields["error"]["message"])
