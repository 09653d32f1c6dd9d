"""Responses, by OpenAI's own SDK."""

from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai import OpenAI

from tests.support.openai_client import collected, openai_of
from tests.support.person import Person, eventually
from tests.support.running_upstream import RunningUpstream
from tests.support.upstream import Reply


@pytest.fixture
def ada_sdk(ada: Person) -> Iterator[OpenAI]:
    with openai_of(ada) as client:
        yield client


@pytest.fixture
def zoe_sdk(zoe: Person) -> Iterator[OpenAI]:
    with openai_of(zoe) as client:
        yield client


def test_a_response_goes_on_from_the_one_before_it(
    zoe: Person, zoe_sdk: OpenAI, upstream: RunningUpstream
) -> None:
    upstream.script(Reply(text="Hello Zoe."), Reply(text="You are Zoe."))
    first = zoe_sdk.responses.create(model="memorychat", input="I am Zoe.")
    second = zoe_sdk.responses.create(
        model="memorychat", input="Who am I?", previous_response_id=first.id
    )

    assert (first.output_text, second.output_text) == ("Hello Zoe.", "You are Zoe.")
    assert (first.status, first.object, second.previous_response_id) == (
        "completed",
        "response",
        first.id,
    )
    said = [one["content"] for one in upstream.requests[-1].body["messages"][1:]]
    assert said == ["I am Zoe.", "Hello Zoe.", "Who am I?"]
    assert first.conversation is not None
    assert first.conversation == second.conversation
    [session] = zoe.get("/sessions")["data"]
    assert first.conversation.id == f"conv_{session['id'].replace('-', '')}"
    assert zoe_sdk.responses.retrieve(first.id).output_text == "Hello Zoe."


def test_a_stream_has_the_events_that_the_sdk_knows(
    zoe_sdk: OpenAI, upstream: RunningUpstream
) -> None:
    upstream.script(Reply(text="Hello there."))
    events: list[Any] = list(zoe_sdk.responses.create(input="Hello.", stream=True))

    assert [one.type for one in events] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    assert [one.sequence_number for one in events] == list(range(len(events)))
    assert events[-1].response.output_text == "Hello there."
    assert events[-1].response.usage.total_tokens == 12
