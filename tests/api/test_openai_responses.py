"""Responses, by OpenAI's own SDK."""

from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai import OpenAI
from pydantic import BaseModel

from tests.support.hanging_up import sent_to
from tests.support.openai_client import assistant, collected, openai_of, user
from tests.support.person import Person, eventually
from tests.support.problem import problem_of
from tests.support.running_upstream import RunningUpstream
from tests.support.upstream import Reply

STALLED = Reply(text="One two three four.", after=2, then="stall", comments=1)
EVENTS = [
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


@pytest.fixture
def ada_sdk(ada: Person) -> Iterator[OpenAI]:
    with openai_of(ada) as client:
        yield client


@pytest.fixture
def zoe_sdk(zoe: Person) -> Iterator[OpenAI]:
    with openai_of(zoe) as client:
        yield client


@pytest.fixture
def bob_sdk(asking_bob: Person) -> Iterator[OpenAI]:
    with openai_of(asking_bob) as client:
        yield client


def shown(upstream: RunningUpstream) -> list[str]:
    """What the model was told last, but for the system's message."""
    return [one["content"] for one in upstream.requests[-1].body["messages"][1:]]


def contents(person: Person) -> list[list[str]]:
    """What is kept, session by session, the latest first."""
    sessions = person.get("/sessions")["data"]
    return [[one["content"] for one in person.messages(two["id"])] for two in sessions]


def test_a_response_goes_on_from_the_one_before_it(
    zoe: Person, zoe_sdk: OpenAI, upstream: RunningUpstream
) -> None:
    upstream.script(Reply(text="Hello Zoe."), Reply(text="You are Zoe."))
    first = zoe_sdk.responses.create(model="memorychat", input="I am Zoe.")
    second = zoe_sdk.responses.create(
        model="memorychat", input="Who am I?", previous_response_id=first.id
    )

    assert (first.output_text, second.output_text) == ("Hello Zoe.", "You are Zoe.")
    assert (first.status, second.previous_response_id) == ("completed", first.id)
    assert shown(upstream) == ["I am Zoe.", "Hello Zoe.", "Who am I?"]
    assert first.conversation is not None
    assert first.conversation == second.conversation
    assert contents(zoe) == [["I am Zoe.", "Hello Zoe.", "Who am I?", "You are Zoe."]]


def test_from_an_older_response_no_copy_goes_on(
    zoe: Person, zoe_sdk: OpenAI, upstream: RunningUpstream
) -> None:
    upstream.script(Reply(text="A."), Reply(text="B."), Reply(text="C."))
    first = zoe_sdk.responses.create(input="1")
    second = zoe_sdk.responses.create(input="2", previous_response_id=first.id)
    with pytest.raises(openai.ConflictError) as refused:
        zoe_sdk.responses.create(input="3", previous_response_id=first.id)
    zoe_sdk.responses.create(input="4", previous_response_id=second.id)

    assert refused.value.code == "gone-on"
    assert refused.value.response.headers["x-should-retry"] == "false"
    assert contents(zoe) == [["1", "A.", "2", "B.", "4", "C."]]


def test_a_request_that_fails_leaves_no_session(
    zoe: Person, zoe_sdk: OpenAI, upstream: RunningUpstream
) -> None:
    upstream.script(Reply(status=500, keep=True))
    for stream in (False, True):
        with pytest.raises(openai.InternalServerError):
            zoe_sdk.responses.create(input="Hello.", stream=stream)
    conversation = zoe_sdk.conversations.create()
    with pytest.raises(openai.InternalServerError):
        zoe_sdk.responses.create(input="Hello.", conversation=conversation.id)

    assert contents(zoe) == [["Hello."]]


def test_what_repeats_a_forgotten_memory_is_referred_to_without_its_words(
    zoe: Person, zoe_sdk: OpenAI, upstream: RunningUpstream
) -> None:
    path = f"/memory-profiles/{zoe.default_profile()}/memories"
    memory = zoe.post(path, {"content": "Zoe's sister lives in Zyrianka."})["id"]
    upstream.script(Reply(text="She lives in Zyrianka."), Reply())
    answer = zoe_sdk.responses.create(input="Where does my sister live?")
    zoe.delete(f"/memories/{memory}")
    reference: Any = {"type": "item_reference", "id": answer.output[0].id}
    zoe_sdk.responses.create(input=[reference, {"role": "user", "content": "Why?"}], store=False)

    assert "Zyrianka" not in str(upstream.requests[-1].body)


def test_what_was_read_by_a_response_that_is_not_kept_is_forgotten_with_it(
    zoe: Person, zoe_sdk: OpenAI, upstream: RunningUpstream
) -> None:
    path = f"/memory-profiles/{zoe.default_profile()}/memories"
    memory = zoe.post(path, {"content": "Zoe's sister lives in Zyrianka."})["id"]
    upstream.script(Reply(text="She lives in Zyrianka."), Reply(), Reply())
    answer = zoe_sdk.responses.create(input="Where does my sister live?", store=False)
    zoe_sdk.responses.create(input="Why?", previous_response_id=answer.id)
    zoe.delete(f"/memories/{memory}")

    with pytest.raises(openai.NotFoundError):
        zoe_sdk.responses.create(input="Why?", previous_response_id=answer.id)


def test_what_a_response_has_learnt_is_remembered_by_the_next(ada: Person, ada_sdk: OpenAI) -> None:
    work = ada.profile("work")
    ada_sdk.responses.create(model="memorychat/work", input="My dog Rufus lives in Bergen.")
    ada.settle(work)

    there = ada_sdk.responses.create(model="memorychat/work", input="Where does Rufus live?")
    elsewhere = ada_sdk.responses.create(input="Where does Rufus live?")

    assert "Bergen" in there.output_text
    told: Any = there
    assert "Bergen" in str(told.memorychat["memories_used"])
    assert "Bergen" not in elsewhere.output_text


def test_a_stream_has_the_events_that_the_sdk_knows_and_is_taken_up_at_any_of_them(
    zoe_sdk: OpenAI, upstream: RunningUpstream
) -> None:
    upstream.script(Reply(text="Hello there."))
    events: list[Any] = list(zoe_sdk.responses.create(input="Hello.", stream=True))

    assert [one.type for one in events] == EVENTS
    assert [one.sequence_number for one in events] == list(range(len(events)))
    assert events[-1].response.output_text == "Hello there."
    assert events[-1].response.usage.total_tokens == 12
    name = events[0].response.id
    for after in range(-1, len(events)):
        again: list[Any] = list(zoe_sdk.responses.retrieve(name, stream=True, starting_after=after))
        assert again == events[after + 1 :]


def test_the_sdks_own_helpers_understand_it(zoe_sdk: OpenAI, upstream: RunningUpstream) -> None:
    class Pet(BaseModel):
        name: str

    upstream.script(Reply(text="Hello there."), Reply(text='{"name": "Rufus"}'))
    with zoe_sdk.responses.stream(model="memorychat", input="Hello.") as stream:
        deltas = [one.delta for one in stream if one.type == "response.output_text.delta"]
        assert stream.get_final_response().output_text == "Hello there."
    parsed = zoe_sdk.responses.parse(model="memorychat", input="My pet?", text_format=Pet)

    assert "".join(deltas) == "Hello there."
    assert parsed.output_parsed == Pet(name="Rufus")
    sent = upstream.requests[-1].body["response_format"]
    assert (sent["type"], sent["json_schema"]["name"]) == ("json_schema", "Pet")


def test_what_is_asked_of_the_model_reaches_it_and_is_repeated(
    zoe_sdk: OpenAI, upstream: RunningUpstream
) -> None:
    picture = "data:image/png;base64,AAAA"
    response = zoe_sdk.responses.create(
        instructions="Speak Latin.",
        input=[
            {"role": "developer", "content": "Be short."},
            {
                "role": "user",
                "content": [
                    {"type": "input_text", "text": "What is this?"},
                    {"type": "input_image", "image_url": picture, "detail": "low"},
                ],
            },
        ],
        temperature=0.5,
        top_p=0.9,
        max_output_tokens=77,
        reasoning={"effort": "low"},
        text={"verbosity": "low"},
        metadata={"topic": "art"},
    )

    body = upstream.requests[-1].body
    wanted = ("temperature", "top_p", "reasoning_effort", "verbosity")
    assert [body[name] for name in wanted] == [0.5, 0.9, "low", "low"]
    assert 77 in (body.get("max_tokens"), body.get("max_completion_tokens"))
    system = body["messages"][0]["content"]
    assert system.index("Speak Latin.") < system.index("Be short.")
    assert body["messages"][-1]["content"][1]["image_url"] == {"url": picture, "detail": "low"}
    again = zoe_sdk.responses.retrieve(response.id)
    assert again == response
    assert (again.instructions, again.temperature, again.metadata) == (
        "Speak Latin.",
        0.5,
        {"topic": "art"},
    )


@pytest.mark.parametrize(
    ("reason", "why"), [("length", "max_output_tokens"), ("content_filter",) * 2]
)
def test_an_answer_that_is_cut_short_says_why(
    zoe_sdk: OpenAI, upstream: RunningUpstream, reason: str, why: str
) -> None:
    upstream.script(*[Reply(text="Half of", finish_reason=reason)] * 2)
    whole: Any = zoe_sdk.responses.create(input="Tell me.")
    events: list[Any] = list(zoe_sdk.responses.create(input="Tell me.", stream=True))

    assert events[-1].type == "response.incomplete"
    for response in (whole, events[-1].response):
        assert (response.status, response.incomplete_details.reason) == ("incomplete", why)
        assert response.output[0].status == "incomplete"


def test_a_conversation_of_the_clients_own_is_learnt_from_once_and_kept_nowhere(
    ada: Person, ada_sdk: OpenAI
) -> None:
    talk = [user("I like tea."), assistant("Good."), user("And I like coffee.")]
    for _ in range(2):
        response = ada_sdk.responses.create(input=talk)

    assert contents(ada) == []
    assert [one["content"] for one in collected(ada)] == ["And I like coffee."]
    assert response.conversation is None
    assert ada_sdk.responses.retrieve(response.id).output_text == response.output_text


def test_a_history_with_our_last_answer_in_it_goes_on_where_that_stands(
    zoe: Person, zoe_sdk: OpenAI, upstream: RunningUpstream
) -> None:
    upstream.script(*[Reply(text=text) for text in "ABCD"])
    first = zoe_sdk.responses.create(input="1")
    talk: Any = [user("1"), *[one.model_dump() for one in first.output], user("2")]
    second: Any = zoe_sdk.responses.create(input=talk)
    by_name: list[Any] = [
        *talk,
        {"type": "item_reference", "id": second.output[0].id},
        user("3"),
    ]
    zoe_sdk.responses.create(input=by_name)
    assert contents(zoe) == [["1", "A", "2", "B", "3", "C"]]

    zoe_sdk.responses.create(input=[user("not 1"), *talk[1:]])
    assert shown(upstream) == ["not 1", "A", "2"], "what the client changed is the client's"
    assert contents(zoe) == [["1", "A", "2", "B", "3", "C"]]


def test_store_false_keeps_nothing(ada: Person, ada_sdk: OpenAI) -> None:
    raw = ada_sdk.responses.with_raw_response.create(input="I live in Bergen.", store=False)

    assert raw.headers["x-memory-mode"] == "pause_memories"
    told: Any = raw.parse()
    assert told.store is False
    assert (contents(ada), collected(ada)) == ([], [])

    kept = ada_sdk.responses.create(input="Hello.")
    unkept = ada_sdk.responses.create(
        input="I live in Bergen.", previous_response_id=kept.id, store=False
    )
    assert len(contents(ada)[0]) == 2
    assert ada_sdk.responses.retrieve(unkept.id).output_text == unkept.output_text


def test_an_incognito_response_is_gone_on_from_and_nothing_of_it_is_kept(
    zoe: Person, zoe_sdk: OpenAI, upstream: RunningUpstream
) -> None:
    private: Any = {"model": "memorychat:incognito"}
    upstream.script(Reply(text="A."), Reply(text="B."))
    first = zoe_sdk.responses.create(input="1", **private)
    second = zoe_sdk.responses.create(input="2", previous_response_id=first.id)

    assert shown(upstream) == ["1", "A.", "2"]
    told: Any = second
    assert told.memorychat["mode"] == "incognito", "never looser than what it goes on from"
    with pytest.raises(openai.ConflictError):
        zoe_sdk.responses.create(input="3", previous_response_id=first.id)
    [session] = zoe.get("/sessions")["data"]
    zoe.delete(f"/sessions/{session['id']}")
    with pytest.raises(openai.NotFoundError):
        zoe_sdk.responses.retrieve(second.id)


def test_a_turn_that_was_stricter_is_not_gone_on_from_more_loosely(ada_sdk: OpenAI) -> None:
    paused = ada_sdk.responses.create(model="memorychat:pause_memories", input="Hello.")
    raw = ada_sdk.responses.with_raw_response.create(
        input="I live in Bergen.", previous_response_id=paused.id
    )

    assert raw.headers["x-memory-mode"] == "pause_memories"


def test_a_kept_stream_goes_on_without_its_client_and_an_unkept_one_ends(
    zoe: Person, zoe_sdk: OpenAI, upstream: RunningUpstream
) -> None:
    for model, ends in (("memorychat", False), ("memorychat:incognito", True)):
        upstream.script(STALLED)
        with sent_to(zoe, "/v1/responses", {"input": "Hi.", "model": model, "stream": True}):
            eventually(lambda: upstream.requests, bool)
        if ends:
            eventually(lambda: upstream.hung_up, bool)
            continue
        assert not upstream.hung_up
        [session] = zoe.get("/sessions")["data"]
        running = zoe_sdk.conversations.retrieve(f"conv_{session['id'].replace('-', '')}")
        zoe_sdk.conversations.delete(running.id)
        eventually(lambda: upstream.hung_up, bool)


def test_a_response_is_stopped_and_what_there_is_of_it_stays(
    zoe_sdk: OpenAI, upstream: RunningUpstream
) -> None:
    upstream.script(STALLED)
    running = zoe_sdk.responses.create(input="Count.", background=True)
    assert running.status == "in_progress"
    with zoe_sdk.responses.retrieve(running.id, stream=True) as stream:
        events = iter(stream)
        assert [next(events).type for _ in range(6)] == EVENTS[:6]
        stopped = zoe_sdk.responses.cancel(running.id)
        last: Any = list(events)[-1]

    assert (stopped.status, stopped.output_text) == ("cancelled", "One two ")
    assert (last.type, last.response.status) == ("response.incomplete", "cancelled")
    assert zoe_sdk.responses.cancel(running.id) == stopped
    assert zoe_sdk.responses.retrieve(running.id) == stopped


def test_a_response_that_is_deleted_is_forgotten(ada: Person, ada_sdk: OpenAI) -> None:
    for options in ({}, {"model": "memorychat:incognito"}, {"store": False}):
        response = ada_sdk.responses.create(input="My dog Rufus lives in Bergen.", **options)
        ada_sdk.responses.delete(response.id)
        with pytest.raises(openai.NotFoundError):
            ada_sdk.responses.retrieve(response.id)
        with pytest.raises(openai.NotFoundError):
            ada_sdk.responses.create(input="Go on.", previous_response_id=response.id)
    ada.settle(ada.default_profile())

    assert all(said == [] for said in contents(ada))
    assert "Bergen" not in ada_sdk.responses.create(input="Where does Rufus live?").output_text


def test_the_response_of_a_session_that_is_deleted_is_gone(ada: Person, ada_sdk: OpenAI) -> None:
    response = ada_sdk.responses.create(input="Hello.")
    [session] = ada.get("/sessions")["data"]
    ada.delete(f"/sessions/{session['id']}")

    with pytest.raises(openai.NotFoundError):
        ada_sdk.responses.retrieve(response.id)


def test_what_was_said_before_an_answer_is_listed_page_by_page(
    zoe_sdk: OpenAI, upstream: RunningUpstream
) -> None:
    upstream.script(Reply(text="A."), Reply(text="B."), Reply(text="C."))
    first = zoe_sdk.responses.create(input="1")
    second = zoe_sdk.responses.create(input="2", previous_response_id=first.id)
    zoe_sdk.responses.create(input="3", previous_response_id=second.id)

    def listed(**options: Any) -> list[str]:
        page: Any = zoe_sdk.responses.input_items.list(second.id, **options)
        return [one.content[0].text for one in page]

    assert listed(limit=1) == ["2", "A.", "1"]
    assert listed(limit=2, order="asc") == ["1", "A.", "2"]


def test_failures_before_the_first_word_are_statuses_and_later_ones_events(
    zoe_sdk: OpenAI, upstream: RunningUpstream
) -> None:
    for stream in (False, True):
        upstream.script(Reply(status=400, error={"code": "context_length_exceeded"}))
        with pytest.raises(openai.BadRequestError) as refused:
            zoe_sdk.responses.create(input="Hi.", stream=stream)
        assert refused.value.code == "context_length_exceeded"
    upstream.script(Reply(text="Half of it all.", after=2, then="cut"))
    events: list[Any] = list(zoe_sdk.responses.create(input="Hi.", stream=True))

    assert [one.type for one in events[-3:]] == [
        "response.output_item.done",
        "error",
        "response.failed",
    ]
    assert (events[-2].code, events[-1].response.error.code) == (
        "model-interrupted",
        "server_error",
    )
    failed = zoe_sdk.responses.retrieve(events[0].response.id)
    assert (failed.status, failed.output_text) == ("failed", "Half of ")


BAD: dict[str, Any] = {
    "no input": {},
    "empty": {"input": ""},
    "hosted": {"input": "Hi.", "tools": [{"type": "web_search"}]},
    "hosted choice": {"input": "Hi.", "tool_choice": {"type": "file_search"}},
    "kind": {"input": [{"type": "computer_call", "call_id": "1"}]},
    "role": {"input": [{"role": "zebra", "content": "Hi."}]},
    "file": {"input": [{"role": "user", "content": [{"type": "input_file", "file_id": "f"}]}]},
    "unasked": {"input": [{"role": "assistant", "content": "Hi."}]},
    "both": {"input": "Hi.", "conversation": "conv_1", "previous_response_id": "resp_1"},
    "prompt": {"input": "Hi.", "prompt": {"id": "pmpt_1"}},
    "logprobs": {"input": "Hi.", "include": ["message.output_text.logprobs"]},
    "format": {"input": "Hi.", "text": {"format": {"type": "grammar"}}},
    "mode": {"input": "Hi.", "metadata": {"mode": "secret"}},
    "types": {"input": "Hi.", "temperature": "hot"},
    "background": {"input": "Hi.", "background": True, "store": False},
    "background incognito": {
        "input": "Hi.",
        "background": True,
        "model": "memorychat:incognito",
    },
    "blank": {"input": "  "},
    "long": {"input": "x" * 32_001},
}


@pytest.mark.parametrize("how", BAD)
def test_what_cannot_be_answered_is_refused(ada: Person, how: str) -> None:
    problem_of(ada.http.post("/v1/responses", json=BAD[how]), 400)

    assert contents(ada) in ([], [[]])


def test_what_is_not_known_is_ignored(ada: Person) -> None:
    body = {
        "input": [{"type": "reasoning", "id": "rs_1", "summary": []}, user("Hi.")],
        "truncation": "auto",
        "service_tier": "flex",
        "include": ["reasoning.encrypted_content"],
        "prompt_cache_key": "1",
        "user": "ada",
        "zebra": 1,
    }
    assert ada.http.post("/v1/responses", json=body).status_code == 200


def test_what_is_foreign_is_absent(zoe_sdk: OpenAI, bob_sdk: OpenAI, asking_bob: Person) -> None:
    for options in ({}, {"model": "memorychat:incognito"}, {"store": False}):
        response = zoe_sdk.responses.create(input="Hello.", **options)
        item: Any = {"type": "item_reference", "id": response.output[0].id}
        tries: list[Any] = [
            lambda name=response.id: bob_sdk.responses.retrieve(name),
            lambda name=response.id: list(bob_sdk.responses.retrieve(name, stream=True)),
            lambda name=response.id: bob_sdk.responses.cancel(name),
            lambda name=response.id: bob_sdk.responses.delete(name),
            lambda name=response.id: bob_sdk.responses.input_items.list(name),
            lambda name=response.id: bob_sdk.responses.create(
                input="Hi.", previous_response_id=name
            ),
            lambda one=item: bob_sdk.responses.create(input=[one, user("Hi.")]),
        ]
        for attempt in tries:
            with pytest.raises(openai.NotFoundError):
                attempt()
        assert zoe_sdk.responses.retrieve(response.id) == response
    assert contents(asking_bob) == []
