"""Runs as the events of a streamed response."""

from typing import Any, Final

import orjson
from pydantic import BaseModel

from app.api.openai.response_state import Call, ResponseState, Text
from app.schemas.openai_response_answers import TextPart
from app.services.run_events import TERMINAL, RunEvent

_LAST: Final = {
    "completed": "response.completed",
    "failed": "response.failed",
    "incomplete": "response.incomplete",
    "cancelled": "response.incomplete",
}


class ResponseEvents:
    """A run's events as a response's, numbered from 0.

    The numbers follow from the run's log alone, so that a stream can be taken up at any of them. Items
    stay open until the end, since endpoints may write several calls at the same time.

    Args:
        state: of the response before the run's first event.
        after: the number of the last event that is known already; -1 for none.
    """

    def __init__(self, state: ResponseState, *, after: int = -1) -> None:
        self._state = state
        self._after = after
        self._next = 0
        self._is_told = False
        self._begun: list[Text | Call] = []

    def encode(self, event: RunEvent) -> bytes:
        """What the client is sent for an event of the run."""
        written = self._state.take(event)
        if event.type == "run.started":
            return self._response("response.created")
        told = b"" if self._is_told or event.type == "memory.used" else self._in_progress()
        if isinstance(written, Text):
            return told + self._text(written, str(event.fields["delta"]))
        if isinstance(written, Call):
            return told + self._call(written, str(event.fields["arguments"]))
        return told + (self._end(event) if event.type in TERMINAL else b"")

    def _in_progress(self) -> bytes:
        """Once it is known what was remembered."""
        self._is_told = True
        return self._response("response.in_progress")

    def _text(self, text: Text, delta: str) -> bytes:
        begin = b""
        if text not in self._begun:
            part = TextPart(type="output_text", text="")
            begin = self._begin(text) + self._of_part(
                "response.content_part.added", text, part=part
            )
        return begin + self._of_part("response.output_text.delta", text, delta=delta, logprobs=[])

    def _call(self, call: Call, arguments: str) -> bytes:
        begin = b"" if call in self._begun else self._begin(call)
        if not arguments:
            return begin
        return begin + self._of_item(
            "response.function_call_arguments.delta", call, delta=arguments
        )

    def _begin(self, item: Text | Call) -> bytes:
        self._begun.append(item)
        return self._event(
            "response.output_item.added",
            output_index=self._place(item),
            item=item.item("in_progress"),
        )

    def _end(self, event: RunEvent) -> bytes:
        items = b"".join(map(self._finish, self._state.output))
        error = b""
        if event.type == "run.failed":
            failure: Any = event.fields["error"]
            error = self._event(
                "error", code=failure["code"], message=failure["message"], param=None
            )
        return items + error + self._response(_LAST[self._state.status])

    def _finish(self, item: Text | Call) -> bytes:
        status = self._state.item_status
        if isinstance(item, Text):
            part = TextPart(type="output_text", text=item.written)
            done = self._of_part(
                "response.output_text.done", item, text=item.written, logprobs=[]
            ) + self._of_part("response.content_part.done", item, part=part)
        else:
            done = self._of_item(
                "response.function_call_arguments.done",
                item,
                name=item.name,
                arguments=item.arguments,
            )
        return done + self._event(
            "response.output_item.done", output_index=self._place(item), item=item.item(status)
        )

    def _of_part(self, kind: str, text: Text, /, **fields: object) -> bytes:
        return self._of_item(kind, text, content_index=0, **fields)

    def _of_item(self, kind: str, item: Text | Call, /, **fields: object) -> bytes:
        return self._event(kind, item_id=item.id, output_index=self._place(item), **fields)

    def _response(self, name: str) -> bytes:
        return self._event(name, response=self._state.answer())

    def _place(self, item: Text | Call) -> int:
        return self._state.output.index(item)

    def _event(self, kind: str, /, **fields: object) -> bytes:
        number, self._next = self._next, self._next + 1
        if number <= self._after:
            return b""
        told = {"type": kind, "sequence_number": number, **fields}
        return b"event: %s\ndata: %s\n\n" % (kind.encode(), orjson.dumps(told, default=_plain))


def _plain(value: object) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    raise TypeError
