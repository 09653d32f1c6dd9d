"""Anthropic's messages, by its own SDK: conversations that their clients keep."""

from collections.abc import Iterator
from typing import Any

import anthropic
import pytest
from anthropic import Anthropic

from tests.support.anthropic_client import anthropic_of
from tests.support.keys import a_key
from tests.support.openai_client import assistant, collected, user
from tests.support.person import Person, eventually
from tests.support.running_upstream import RunningUpstream
from tests.support.server import Server
from tests.support.settings import asks
from tests.support.upstream import Reply

STALLED = Reply(text="One two three four.", after=2, then="stall", comments=1)


@pytest.fixture(scope="module")
def upstream() -> Iterator[RunningUpstream]:
    with RunningUpstream() as running:
        yield running


@pytest.fixture(scope="module")
def asking(upstream: RunningUpstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that asks the scripted model, and learns from nothing meanwhile."""
    never = {"MEMORYCHAT_LEARNING__IDLE_S": "3600", "MEMORYCHAT_LEARNING__MAX_WAIT_S": "3600"}
    with Server(tmp_path_factory.mktemp("asking"), {**asks(upstream.url), **never}) as running:
        yield running


@pytest.fixture
def zoe(asking: Server, upstream: RunningUpstream) -> Iterator[Person]:
    upstream.script()
    with Person(asking, "zoe") as person:
        yield person


@pytest.fixture
def ada_sdk(ada: Person) -> Iterator[Anthropic]:
    with anthropic_of(ada) as client:
        yield client


@pytest.fixture
def zoe_sdk(zoe: Person) -> Iterator[Anthropic]:
    with anthropic_of(zoe) as client:
        yield client


def told(client: Anthropic, text: str, **options: Any) -> Any:
    asked: Any = {"model": "memorychat", "max_tokens": 500, "messages": [user(text)], **options}
    return client.messages.create(**asked)


def text_of(message: Any) -> str:
    return "".join(block.text for block in message.content if block.type == "text")


def test_what_is_told_to_one_model_is_remembered_by_it_and_by_no_other(
    ada: Person, ada_sdk: Anthropic
) -> None:
    work = ada.profile("work")
    told(ada_sdk, "My dog Rufus lives in Bergen.", model="memorychat/work")
    ada.settle(work)

    there = told(ada_sdk, "Where does Rufus live?", model="memorychat/work")
    elsewhere = told(ada_sdk, "Where does Rufus live?")

    assert "Bergen" in text_of(there)
    assert (there.type, there.role, there.stop_reason) == ("message", "assistant", "end_turn")
    assert there.model == "memorychat/work"
    assert there.usage.input_tokens > 0
    used = {one["kind"]: one["content"] for one in there.memorychat["memories_used"]}
    assert used["episode"] == "My dog Rufus lives in Bergen."
    assert "Bergen" not in text_of(elsewhere)
    assert ada.get("/sessions")["data"] == []


def test_a_stream_is_put_together_by_the_helper(ada: Person, ada_sdk: Anthropic) -> None:
    told(ada_sdk, "My dog Rufus lives in Bergen.")
    ada.settle(ada.default_profile())

    with ada_sdk.messages.stream(
        model="memorychat", max_tokens=500, messages=[user("Where does Rufus live?")]
    ) as stream:
        heard = "".join(stream.text_stream)
        message: Any = stream.get_final_message()

    assert heard == text_of(message)
    assert "Bergen" in heard
    assert message.stop_reason == "end_turn"
    assert message.usage.input_tokens > 0
    assert message.usage.output_tokens > 0
    assert "Bergen" in str(message.memorychat["memories_used"])


def test_the_events_come_in_their_order(zoe_sdk: Anthropic, upstream: RunningUpstream) -> None:
    upstream.script(Reply(text="One two."))

    events = list(told(zoe_sdk, "Count.", stream=True))

    assert [event.type for event in events] == [
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]
