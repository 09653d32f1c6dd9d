from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import orjson

from app.ports.chat_model import ToolCallDelta


@dataclass(slots=True)
class _Call:
    index: int
    id: str | None
    """As the endpoint gave it."""
    is_named: bool = False


class ToolCalls:
    """The calls of tools in one answer, numbered from 0 in the order in which they begin.

    Endpoints tell calls apart by `index`. Some leave it out, or number every call 0: there a name
    with another id begins a call (ollama/ollama#7881 and #15457). An id alone does not, since
    others invent a new one for every piece.
    """

    def __init__(self) -> None:
        self._calls: list[_Call] = []
        self._by_index: dict[int, _Call] = {}

    def __len__(self) -> int:
        return len(self._calls)

    def read(self, pieces: object) -> Iterator[ToolCallDelta]:
        """What `delta.tool_calls` adds; nothing for what cannot be read as calls of functions."""
        for piece in pieces if isinstance(pieces, list) else ():
            function = piece.get("function") if isinstance(piece, dict) else None
            if isinstance(function, dict):
                yield from self._read(piece, function)

    def _read(self, piece: dict[str, Any], function: dict[str, Any]) -> Iterator[ToolCallDelta]:
        call_id, name = _word(piece.get("id")), _word(function.get("name"))
        call = self._continued(piece.get("index"), call_id, name)
        begins = call is None
        if call is None:
            call = self._begun(piece.get("index"), call_id)
        news = name if not call.is_named else None
        call.is_named |= news is not None
        arguments = _json_text(function.get("arguments"))
        if begins or news or arguments:
            # An endpoint that gives no ids is given one back with the tool's result.
            told = (call_id or f"call_{uuid4().hex}") if begins else None
            yield ToolCallDelta(call.index, told, news, arguments)

    def _continued(self, index: object, call_id: str | None, name: str | None) -> _Call | None:
        """The call that a piece goes on with; None when it begins one."""
        if isinstance(index, int):
            call = self._by_index.get(index)
        else:
            same = (call for call in self._calls if call_id and call.id == call_id)
            call = next(same, self._calls[-1] if self._calls else None)
        if call is None or name is None:
            return call
        if call_id and call.id:
            return call if call_id == call.id else None
        return call if isinstance(index, int) else None

    def _begun(self, index: object, call_id: str | None) -> _Call:
        call = _Call(len(self._calls), call_id)
        self._calls.append(call)
        if isinstance(index, int):
            self._by_index[index] = call
        return call


def _word(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _json_text(arguments: object) -> str:
    """Arguments as the JSON text that they should be; some endpoints send the object itself."""
    if isinstance(arguments, str):
        return arguments
    return "" if arguments is None else orjson.dumps(arguments).decode()
