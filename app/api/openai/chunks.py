"""Runs as chat completion chunks."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import orjson

from app.schemas.openai_answers import finish_word
from app.services.run_events import RunEvent

_DONE: Final = b"data: [DONE]\n\n"


class ChunkEncoder:
    """One run's events as chunks: the role first, one id, a finish always, and `[DONE]`.

    What was remembered stands beside the first choice, under the key `memorychat`: the one place that
    no client stumbles over.
    """

    def __init__(
        self, *, run_id: str, model: str, at: datetime, told: Mapping[str, Any], with_usage: bool
    ) -> None:
        self._frame = {
            "id": f"chatcmpl-{run_id}",
            "object": "chat.completion.chunk",
            "created": int(at.timestamp()),
            "model": model,
        }
        self._told = dict(told)
        self._with_usage = with_usage
        self._has_begun = False
        self._reason: str | None = None
        self._usage: Mapping[str, int] | None = None

    def encode(self, event: RunEvent) -> bytes:
        """What the client is sent for an event; nothing for most."""
        fields = event.fields
        match event.type:
            case "memory.used":
                self._told["memories_used"] = fields["memories"]
            case "message.delta":
                return self._delta({"content": fields["delta"]})
            case "tool.call":
                return self._delta({"tool_calls": [_call(fields)]})
            case "message.completed":
                self._reason = str(fields["finish_reason"])
            case "usage":
                self._usage = _usage(fields)
            case "run.completed" | "run.cancelled":
                return self._end()
            case "run.failed":
                return b"data: %s\n\n" % orjson.dumps({"error": _error(fields)}) + _DONE
        return b""

    def _delta(self, delta: Mapping[str, Any]) -> bytes:
        return self._begin() + self._choice(delta)

    def _begin(self) -> bytes:
        if self._has_begun:
            return b""
        self._has_begun = True
        return self._choice({"role": "assistant", "content": ""}, memorychat=self._told)

    def _end(self) -> bytes:
        end = self._choice({}, reason=finish_word(self._reason))
        usage = self._chunk([], usage=self._usage) if self._with_usage else b""
        return self._begin() + end + usage + _DONE

    def _choice(
        self, delta: Mapping[str, Any], *, reason: str | None = None, **beside: Any
    ) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        if self._with_usage:
            beside["usage"] = None
        return self._chunk([choice], **beside)

    def _chunk(self, choices: list[Mapping[str, Any]], **beside: Any) -> bytes:
        return b"data: %s\n\n" % orjson.dumps({**self._frame, "choices": choices, **beside})


def _call(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """A piece of a call; its id and name come with the first piece only."""
    function = {"arguments": fields["arguments"]}
    if fields["call_id"] is None:
        return {"index": fields["index"], "function": function}
    function["name"] = fields["name"]
    return {
        "index": fields["index"],
        "id": fields["call_id"],
        "type": "function",
        "function": function,
    }


def _usage(fields: Mapping[str, Any]) -> Mapping[str, int]:
    return {
        "prompt_tokens": fields["input_tokens"],
        "completion_tokens": fields["output_tokens"],
        "total_tokens": fields["total_tokens"],
    }


def _error(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**fields["error"], "param": None}
