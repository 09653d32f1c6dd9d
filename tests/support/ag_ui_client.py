"""An AG-UI client: its inputs and events by the protocol's own package, in the order it allows."""

from collections.abc import Iterator
from typing import Any

import httpx
import orjson
from ag_ui.core import Event, EventType, RunAgentInput
from pydantic import TypeAdapter

from tests.support.person import Person

PATH = "/ag-ui"
_EVENTS: TypeAdapter[Any] = TypeAdapter(Event)
_BESIDE = {EventType.CUSTOM, EventType.MESSAGES_SNAPSHOT, EventType.STATE_SNAPSHOT}


def said(role: str, content: Any, **fields: Any) -> dict[str, Any]:
    """A message."""
    return {"id": f"m-{role}", "role": role, "content": content, **fields}


def asked(*messages: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """An input as the protocol's own classes write it down."""
    given = {
        "threadId": "thread-1",
        "runId": "run-1",
        "protocolVersion": "1.0",
        "state": {},
        "tools": [],
        "context": [],
        "forwardedProps": {},
        "messages": messages,
        **fields,
    }
    written: dict[str, Any] = orjson.loads(
        RunAgentInput.model_validate(given).model_dump_json(by_alias=True)
    )
    return written


def run_agent(person: Person, body: dict[str, Any], **headers: str) -> list[Any]:
    """The events of an answer."""
    answer = person.http.post(PATH, json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return events_of(answer)


def events_of(answer: httpx.Response) -> list[Any]:
    """Each event of a stream, which are in an order that clients accept."""
    assert answer.headers["content-type"].startswith("text/event-stream")
    told = [one for one in answer.text.split("\n\n") if one and not one.startswith(":")]
    events = [_parsed(one.removeprefix("data: ")) for one in told]
    _verify(events)
    return events


def kinds(events: list[Any]) -> list[str]:
    """The types of the events, without the pieces of texts and arguments."""
    pieces = {EventType.TEXT_MESSAGE_CONTENT, EventType.TOOL_CALL_ARGS}
    return [event.type.value for event in events if event.type not in pieces]


def text_of(events: list[Any]) -> str:
    """All that is said."""
    return "".join(one.delta for one in events if one.type is EventType.TEXT_MESSAGE_CONTENT)


def _parsed(data: str) -> Any:
    """The event, all of whose keys are known to the protocol."""
    event = _EVENTS.validate_json(data)
    assert not event.model_extra, event
    assert orjson.loads(event.model_dump_json(by_alias=True)) == orjson.loads(data)
    return event


def _verify(events: list[Any]) -> None:
    """One run that begins and ends, in which nothing is told of what is not open."""
    first, *inner, last = events
    assert first.type is EventType.RUN_STARTED
    assert last.type in {EventType.RUN_FINISHED, EventType.RUN_ERROR}
    texts: set[str] = set()
    calls: set[str] = set()
    for event in inner:
        if event.type in _BESIDE:
            continue
        is_text = event.type.value.startswith("TEXT_MESSAGE")
        name, open_ones = (event.message_id, texts) if is_text else (event.tool_call_id, calls)
        _open_or_close(event.type.value.rpartition("_")[2], name, open_ones)
        assert not (texts and calls), "older clients allow one at a time"
    if last.type is EventType.RUN_FINISHED:
        assert not texts | calls


def _open_or_close(verb: str, name: str, open_ones: set[str]) -> None:
    match verb:
        case "START":
            assert name not in open_ones
            open_ones.add(name)
        case "CONTENT" | "ARGS":
            assert name in open_ones
        case "END":
            open_ones.remove(name)
        case _:
            raise AssertionError(verb)


def opened(events: list[Any]) -> Iterator[str]:
    """The ids of the texts, in their order."""
    return (one.message_id for one in events if one.type is EventType.TEXT_MESSAGE_START)
