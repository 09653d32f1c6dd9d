"""Runs as AG-UI's stream of events."""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from uuid import uuid4

import orjson

from app.api.call_pieces import CallPieces
from app.services.run_events import RunEvent

VERSION: Final = "1.0"
"""Of the protocol that is spoken."""
MEMORY_USED: Final = "memory.used"
"""The name of the custom event that tells what was remembered."""


class AgUiEncoder:
    """One run's events in the order that the protocol's clients verify.

    At most one text is open, and no call begins beside it. A call ends where the next one begins, or
    with the run if its arguments are not whole by then.
    """

    def __init__(self, *, thread_id: str, run_id: str, model: str) -> None:
        self._run = {"threadId": thread_id, "runId": run_id}
        self._model = model
        self._message_id = ""
        self._is_speaking = False
        self._calls = CallPieces()
        self._called: list[str] = []
        self._open: dict[str, str] = {}
        self._usage: Mapping[str, Any] = {}

    def encode(self, event: RunEvent) -> bytes:
        """What the client is sent for an event; nothing for some."""
        return b"".join(b"data: %s\n\n" % orjson.dumps(one) for one in self._told(event))

    def _told(self, event: RunEvent) -> Iterator[Mapping[str, Any]]:
        fields = event.fields
        match event.type:
            case "run.started":
                self._message_id = str(fields["message_id"])
                yield {"type": "RUN_STARTED", **self._run, "protocolVersion": VERSION}
            case "memory.used":
                value = {"memories": fields["memories"]}
                yield {"type": "CUSTOM", "name": MEMORY_USED, "value": value}
            case "message.delta":
                yield from self._text(fields["delta"])
            case "tool.call":
                yield from self._call(fields)
            case "usage":
                self._usage = fields
            case "run.completed" | "run.cancelled" | "run.failed":
                yield from self._silence()
                yield from self._end_calls(only_whole=False)
                yield self._end(event)

    def _text(self, delta: object) -> Iterator[Mapping[str, Any]]:
        if not self._is_speaking:
            self._is_speaking = True
            if self._called:
                self._message_id = str(uuid4())
            yield self._message("TEXT_MESSAGE_START", role="assistant")
        yield self._message("TEXT_MESSAGE_CONTENT", delta=delta)

    def _silence(self) -> Iterator[Mapping[str, Any]]:
        if self._is_speaking:
            self._is_speaking = False
            yield self._message("TEXT_MESSAGE_END")

    def _message(self, kind: str, **fields: Any) -> Mapping[str, Any]:
        return {"type": kind, "messageId": self._message_id, **fields}

    def _call(self, fields: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        piece = self._calls.read(fields)
        if piece is None:
            return
        this = {"toolCallId": piece.call_id}
        if piece.name is not None:
            yield from self._silence()
            yield from self._end_calls(only_whole=True)
            self._called.append(piece.call_id)
            self._open[piece.call_id] = ""
            parent = {"parentMessageId": self._message_id}
            yield {"type": "TOOL_CALL_START", **this, "toolCallName": piece.name, **parent}
        if piece.arguments and piece.call_id in self._open:
            self._open[piece.call_id] += piece.arguments
            yield {"type": "TOOL_CALL_ARGS", **this, "delta": piece.arguments}

    def _end_calls(self, *, only_whole: bool) -> Iterator[Mapping[str, Any]]:
        for call_id, arguments in list(self._open.items()):
            if not only_whole or _is_json(arguments):
                del self._open[call_id]
                yield {"type": "TOOL_CALL_END", "toolCallId": call_id}

    def _end(self, event: RunEvent) -> Mapping[str, Any]:
        usage = {"usage": [_tokens(self._usage, self._model)]} if self._usage else {}
        if event.type == "run.failed":
            error: Any = event.fields["error"]
            return {"type": "RUN_ERROR", "message": error["message"], "code": error["code"]}
        outcome: dict[str, Any] = {}
        if event.type == "run.cancelled":
            outcome = {"outcome": {"type": "cancelled"}}
        elif self._called:
            outcome = {"outcome": {"type": "success", "pendingToolCallIds": self._called}}
        return {"type": "RUN_FINISHED", **self._run, **outcome, **usage}


def _is_json(text: str) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


def _tokens(usage: Mapping[str, Any], model: str) -> Mapping[str, Any]:
    return {
        "model": model,
        "inputTokens": usage["input_tokens"],
        "outputTokens": usage["output_tokens"],
        "totalTokens": usage["total_tokens"],
    }
