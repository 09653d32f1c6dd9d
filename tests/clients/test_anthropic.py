"""Anthropic's messages, by its own SDK: conversations that their clients keep."""

from collections.abc import Iterator
from typing import Any

import anthropic
import pytest
from anthropic import Anthropic
from pydantic import BaseModel

from tests.support.anthropic_client import anthropic_of
from tests.support.keys import a_key
from tests.support.openai_client import assistant, collected, user
from tests.support.person import Person, eventually
from tests.support.running_upstream import RunningUpstream
from tests.support.server import Server
from tests.support.upstream import Reply

STALLED = Reply(text="One two three four.", after=2, then="stall", comments=1)


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


@pytest.mark.parametrize("how", ["model", "header", "memorychat", "metadata", "store"])
def test_a_stricter_mode_is_taken_from_every_slot(
    ada: Person, ada_sdk: Anthropic, how: str
) -> None:
    options: dict[str, dict[str, Any]] = {
        "model": {"model": "memorychat:incognito"},
        "header": {"extra_headers": {"X-Memory-Mode": "incognito"}},
        "memorychat": {"extra_body": {"memorychat": {"mode": "incognito"}}},
        "metadata": {"metadata": {"mode": "incognito"}},
        "store": {"extra_body": {"store": False}},
    }
    asked: Any = {"model": "memorychat", "max_tokens": 500, **options[how]}
    raw = ada_sdk.messages.with_raw_response.create(messages=[user("I live in Bergen.")], **asked)

    mode = "pause_memories" if how == "store" else "incognito"
    assert raw.headers["x-memory-mode"] == mode
    assert raw.parse().model_dump()["memorychat"]["mode"] == mode
    assert collected(ada) == []


def test_of_profiles_a_header_beats_the_body_and_the_body_the_model(
    ada: Person, ada_sdk: Anthropic
) -> None:
    ids = {name: ada.profile(name) for name in ("header", "body", "model")}

    def chosen(headers: dict[str, str], body: dict[str, Any]) -> str:
        raw = ada_sdk.messages.with_raw_response.create(
            model="memorychat/model",
            max_tokens=500,
            messages=[user("Hello.")],
            extra_headers=headers,
            extra_body=body,
        )
        return str(raw.headers["x-memory-profile"])

    in_body = {"metadata": {"profile": "body", "user_id": "somebody"}}
    assert chosen({"X-Memory-Profile": "header"}, in_body) == ids["header"]
    assert chosen({}, in_body) == ids["body"]
    assert chosen({}, {}) == ids["model"]


def test_an_api_key_is_taken_as_the_sdk_sends_it_and_as_older_ones_did(
    server: Server, ada: Person
) -> None:
    secret = a_key(ada, "chat")["key"]
    with Anthropic(base_url=server.url, api_key=secret, max_retries=0) as client:
        assert told(client, "Hello.").stop_reason == "end_turn"
    header = {"X-Api-Key": secret}
    with Anthropic(base_url=server.url, credentials=None, api_key="x", max_retries=0) as client:
        without = {**header, "Authorization": anthropic.Omit()}
        assert told(client, "Hello.", extra_headers=without).stop_reason == "end_turn"


def test_the_model_gets_the_conversation_whole_with_options_and_instructions(
    zoe_sdk: Anthropic, upstream: RunningUpstream
) -> None:
    picture = {"type": "base64", "media_type": "image/png", "data": "AAAA"}
    asked: Any = {
        "role": "user",
        "content": [
            {"type": "text", "text": "What is it?", "cache_control": {"type": "ephemeral"}},
            {"type": "image", "source": picture},
            {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}},
        ],
    }
    thought: Any = {"type": "thinking", "thinking": "Hm.", "signature": "x"}
    answered: Any = {"role": "assistant", "content": [thought, {"type": "text", "text": "Ahoy!"}]}
    zoe_sdk.messages.create(
        model="memorychat",
        system=[{"type": "text", "text": "Speak like a pirate."}],
        messages=[user("Hello."), answered, asked],
        extra_body={"temperature": 0.25, "top_p": 0.5, "top_k": 7},
        max_tokens=77,
        stop_sequences=["END"],
        thinking={"type": "enabled", "budget_tokens": 1024},
        metadata={"user_id": "somebody"},
    )

    body = upstream.requests[-1].body
    system, *said = body["messages"]
    urls = ["data:image/png;base64,AAAA", "https://example.com/a.png"]
    assert said == [
        user("Hello."),
        assistant("Ahoy!"),
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "What is it?"},
                *({"type": "image_url", "image_url": {"url": url}} for url in urls),
            ],
        },
    ]
    assert system["content"].endswith("Speak like a pirate.")
    assert (body["temperature"], body["top_p"], body["top_k"]) == (0.25, 0.5, 7)
    assert (body["max_tokens"], body["stop"], body["store"]) == (77, ["END"], False)
    assert not {"thinking", "metadata", "user", "stop_sequences"} & body.keys()


def test_an_answer_of_a_schema_is_asked_for_and_parsed(
    zoe_sdk: Anthropic, upstream: RunningUpstream
) -> None:
    class Weather(BaseModel):
        city: str

    upstream.script(Reply(text='{"city": "Bergen"}'))
    message = zoe_sdk.messages.parse(
        model="memorychat", max_tokens=99, messages=[user("Where?")], output_format=Weather
    )

    assert message.parsed_output == Weather(city="Bergen")
    wanted = upstream.requests[-1].body["response_format"]
    assert wanted["json_schema"]["schema"]["properties"].keys() == {"city"}


def test_in_a_session_its_own_history_is_the_context(
    zoe: Person, zoe_sdk: Anthropic, upstream: RunningUpstream
) -> None:
    session = zoe.session()
    zoe.say(session, "I am called Zoe.")

    raw = zoe_sdk.messages.with_raw_response.create(
        model="memorychat",
        max_tokens=500,
        messages=[user("Invented."), assistant("Invented too."), user("What am I called?")],
        extra_headers={"X-Memory-Session": session},
    )

    assert raw.headers["x-memory-session"] == session
    said = [one["content"] for one in upstream.requests[-1].body["messages"][1:]]
    assert (said[0], said[-1]) == ("I am called Zoe.", "What am I called?")
    assert "Invented." not in said
    assert zoe.messages(session)[3]["content"] == text_of(raw.parse())


def test_a_count_of_tokens_grows_with_what_is_sent_and_asks_no_model(
    zoe_sdk: Anthropic, upstream: RunningUpstream, zoe: Person
) -> None:
    def count(**options: Any) -> int:
        asked: Any = {"model": "memorychat", "messages": [user("How is the weather?")], **options}
        return zoe_sdk.messages.count_tokens(**asked).input_tokens

    plain = count()
    assert 4 <= plain < 20
    assert count(system="Speak like a pirate.") > plain
    schema = {"type": "object", "properties": {"city": {"type": "string"}}}
    assert count(tools=[{"name": "weather", "input_schema": schema}]) > plain + 5
    assert upstream.requests == []
    assert collected(zoe) == []


def test_models_are_listed_as_this_protocol_has_them(ada: Person, ada_sdk: Anthropic) -> None:
    ada.profile("Work: Oslo/7")

    models = {model.id: model for model in ada_sdk.models.list(limit=3)}

    assert {"memorychat", "memorychat/Work: Oslo/7:incognito", "memorychat-task"} <= models.keys()
    one = ada_sdk.models.retrieve("memorychat/Work: Oslo/7:incognito")
    assert one == models[one.id]
    assert (one.type, one.display_name) == ("model", one.id)
    assert one.created_at.tzinfo is not None
    with pytest.raises(anthropic.NotFoundError):
        ada_sdk.models.retrieve("memorychat/nobody")


def test_who_closes_a_stream_ends_the_answer(
    zoe: Person, zoe_sdk: Anthropic, upstream: RunningUpstream
) -> None:
    session = zoe.session()
    upstream.script(STALLED)
    with zoe_sdk.messages.stream(
        model="memorychat",
        max_tokens=500,
        messages=[user("Count.")],
        extra_headers={"X-Memory-Session": session},
    ) as stream:
        assert next(iter(stream.text_stream)).startswith("One")

    eventually(lambda: upstream.hung_up, bool)
    said = eventually(lambda: zoe.messages(session), lambda messages: len(messages) != 1)
    assert [one["finish_reason"] for one in said[1:]] == ["cancelled"]
