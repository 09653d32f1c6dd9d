"""Runs as the stream of events of Anthropic's messages."""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from app.api.anthropic.failures import failure_body
from app.api.call_pieces import CallPieces
from app.schemas.anthropic_answers import stop_reason
from app.services.run_events import RunEvent

_NOTHING_YET: Final = {"input_tokens": 0, "output_tokens": 0}


class MessageEncoder:
    """One run's events as one message: its blocks one after the other, and an end of one kind.

    What was remembered stands in the message that begins it, under the key `memorychat`.
    """

    def __init__(self, *, run_id: str, model: str, told: Mapping[str, Any]) -> None:
        self._id = f"msg_{run_id}"
        self._model = model
        self._told = dict(told)
        self._has_begun = False
        self._calls = CallPieces()
        self._blocks: dict[int, int] = {}
        self._block = -1
        self._is_open = self._is_speaking = False
        self._reason: str | None = None
        self._usage: Mapping[str, object] = _NOTHING_YET

    def encode(self, event: RunEvent) -> bytes:
        """What the client is sent for an event; nothing for most."""
        fields = event.fields
        match event.type:
            case "memory.used":
                self._told["memories_used"] = fields["memories"]
            case "message.delta":
                return self._begin() + self._text(str(fields["delta"]))
            case "tool.call":
                return self._begin() + self._call(fields)
            case "message.completed":
                self._reason = str(fields["finish_reason"])
            case "usage":
                self._usage = {name: fields[name] for name in _NOTHING_YET}
            case "run.completed" | "run.cancelled":
                return self._begin() + self._close() + self._end()
            case "run.failed":
                return _failure(fields)
        return b""

    def _begin(self) -> bytes:
        if self._has_begun:
            return b""
        self._has_begun = True
        message: dict[str, Any] = {
            "id": self._id,
            "type": "message",
            "role": "assistant",
            "model": self._model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": _NOTHING_YET,
            "memorychat": self._told,
        }
        return _event("message_start", message=message) + _event("ping")

    def _text(self, text: str) -> bytes:
        start = b"" if self._is_speaking else self._open({"type": "text", "text": ""})
        self._is_speaking = True
        return start + self._delta(self._block, {"type": "text_delta", "text": text})

    def _call(self, fields: Mapping[str, Any]) -> bytes:
        piece = self._calls.read(fields)
        if piece is None:
            return b""
        start = b""
        if piece.name is not None:
            block = {"type": "tool_use", "id": piece.call_id, "name": piece.name, "input": {}}
            start = self._open(block)
            self._blocks[piece.index] = self._block
        if not piece.arguments:
            return start
        delta = {"type": "input_json_delta", "partial_json": piece.arguments}
        return start + self._delta(self._blocks[piece.index], delta)

    def _open(self, block: Mapping[str, Any]) -> bytes:
        """The end of the block before, and the beginning of this one."""
        end = self._close()
        self._block += 1
        self._is_open = True
        return end + _event("content_block_start", index=self._block, content_block=block)

    def _close(self) -> bytes:
        if not self._is_open:
            return b""
        self._is_open = self._is_speaking = False
        return _event("content_block_stop", index=self._block)

    def _delta(self, block: int, delta: Mapping[str, Any]) -> bytes:
        return _event("content_block_delta", index=block, delta=delta)

    def _end(self) -> bytes:
        delta = {"stop_reason": stop_reason(self._reason), "stop_sequence": None}
        end = _event("message_delta", delta=delta, usage=self._usage)
        return end + _event("message_stop")


def _event(kind: str, **fields: Any) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (kind.encode(), orjson.dumps({"type": kind, **fields}))


def _failure(fields: Mapping[str, Any]) -> bytes:
    error, status = fields["error"], 503 if fields["retryable"] else 500
    body = failure_body(status, message=error["message"], code=error["code"])
    return b"event: error\ndata: %s\n\n" % orjson.dumps(body)
