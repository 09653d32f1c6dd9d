"""What has become of a response, event by event of its run."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from app.core.privacy import PrivacyMode
from app.models.ids import RunId
from app.models.message import FinishReason, Role
from app.schemas.openai_answers import CompletionMemory
from app.schemas.openai_ids import Kind, call_item, named
from app.schemas.openai_response_answers import (
    CallItem,
    ConversationName,
    Incompleteness,
    ItemStatus,
    MessageItem,
    ResponseAnswer,
    ResponseFailure,
    ResponseStatus,
    ResponseUsage,
    TextPart,
    seconds_of,
    told_of,
)
from app.services.run_events import TERMINAL, RunEvent, RunState

INCOMPLETE: Final[Mapping[str, Incompleteness]] = {
    FinishReason.LENGTH: Incompleteness(reason="max_output_tokens"),
    FinishReason.CONTENT_FILTER: Incompleteness(reason="content_filter"),
}
"""Reasons for which an answer is not whole."""
STATUSES: Final[Mapping[RunState, ResponseStatus]] = {
    RunState.RUNNING: "in_progress",
    RunState.COMPLETED: "completed",
    RunState.FAILED: "failed",
    RunState.CANCELLED: "cancelled",
    RunState.INTERRUPTED: "failed",
}


@dataclass(slots=True, eq=False)
class Text:
    """The message of a response, as far as it is written."""

    id: str
    written: str = ""

    def item(self, status: ItemStatus) -> MessageItem:
        """The item; one that was just begun is empty."""
        part = TextPart(type="output_text", text=self.written)
        content = [] if status == "in_progress" else [part]
        return MessageItem(id=self.id, status=status, role=Role.ASSISTANT, content=content)


@dataclass(slots=True, eq=False)
class Call:
    """A call that a response asks for, as far as it is written."""

    id: str
    call_id: str
    name: str
    arguments: str = ""

    def item(self, status: ItemStatus) -> CallItem:
        """The item; one that was just begun has no arguments."""
        return CallItem(
            id=self.id,
            status=status,
            call_id=self.call_id,
            name=self.name,
            arguments="" if status == "in_progress" else self.arguments,
        )


@dataclass(slots=True)
class ResponseState:
    """A response under way, or ended."""

    run_id: RunId
    repeated: Mapping[str, object]
    in_session: bool
    """False where the client keeps the conversation."""
    status: ResponseStatus = "in_progress"
    output: list[Text | Call] = field(default_factory=list)
    _text: Text | None = None
    _calls: dict[int, Call] = field(default_factory=dict)
    _message_id: str = ""
    _session: str | None = None
    _mode: PrivacyMode = PrivacyMode.NORMAL
    _memories: list[Any] = field(default_factory=list)
    _incomplete: Incompleteness | None = None
    _usage: Mapping[str, int] | None = None
    _failure: ResponseFailure | None = None

    @property
    def item_status(self) -> ItemStatus:
        """Of its items, now that it has ended."""
        return "completed" if self.status == "completed" else "incomplete"

    def take(self, event: RunEvent) -> Text | Call | None:
        """What was written to by the event, if anything was."""
        fields: Mapping[str, Any] = event.fields
        match event.type:
            case "run.started":
                self._start(fields)
            case "memory.used":
                self._memories = list(fields["memories"])
            case "message.delta":
                return self._write(fields["delta"])
            case "tool.call":
                return self._call(fields)
            case "message.completed":
                self._incomplete = INCOMPLETE.get(fields["finish_reason"])
            case "usage":
                self._usage = fields
            case kind if kind in TERMINAL:
                self._end(event)
        return None

    def take_all(self, events: Iterable[RunEvent]) -> "ResponseState":
        """The state after these."""
        for event in events:
            self.take(event)
        return self

    def answer(self) -> ResponseAnswer:
        """The response as it is now."""
        usage = self._usage
        over = self.status != "in_progress"
        told = told_of(self.repeated)
        return ResponseAnswer(
            **{**told, "store": self.in_session and told.get("store") is not False},
            id=named(Kind.RESPONSE, self.run_id),
            created_at=seconds_of(self.run_id),
            status=self.status,
            error=self._failure,
            incomplete_details=self._incomplete,
            conversation=ConversationName(id=self._session) if self._session else None,
            output=[one.item(self.item_status) for one in self.output] if over else [],
            usage=_usage(usage) if usage else None,
            memorychat=CompletionMemory(
                run_id=str(self.run_id), mode=self._mode, memories_used=self._memories
            ),
        )

    def _end(self, event: RunEvent) -> None:
        state = TERMINAL[event.type]
        self.status = STATUSES[state]
        if state is RunState.COMPLETED and self._incomplete:
            self.status = "incomplete"
        if state is RunState.FAILED:
            failure: Any = event.fields["error"]
            self._failure = ResponseFailure(code="server_error", message=failure["message"])

    def _start(self, fields: Mapping[str, Any]) -> None:
        self._message_id = named(Kind.ITEM, fields["message_id"])
        self._mode = PrivacyMode(fields["privacy"]["mode"])
        if self.in_session:
            self._session = named(Kind.CONVERSATION, fields["session_id"])

    def _write(self, delta: str) -> Text:
        if self._text is None:
            self._text = Text(self._message_id)
            self.output.append(self._text)
        self._text.written += delta
        return self._text

    def _call(self, fields: Mapping[str, Any]) -> Call:
        index = fields["index"]
        if index not in self._calls:
            item_id = call_item(self.run_id, index)
            self._calls[index] = Call(item_id, fields["call_id"] or item_id, fields["name"] or "")
            self.output.append(self._calls[index])
        self._calls[index].arguments += fields["arguments"]
        return self._calls[index]


def _usage(fields: Mapping[str, int]) -> ResponseUsage:
    return ResponseUsage(
        input_tokens=fields["input_tokens"],
        output_tokens=fields["output_tokens"],
        total_tokens=fields["total_tokens"],
    )
