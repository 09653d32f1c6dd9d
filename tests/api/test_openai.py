"""Chat completions, by OpenAI's own SDK: conversations that their clients keep."""

from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai import OpenAI

from tests.support.hanging_up import sent_to
from tests.support.openai_client import assistant, collected, openai_of, user
from tests.support.person import Person, eventually
from tests.support.running_upstream import RunningUpstream
from tests.support.upstream import Reply

MODES = ("", ":pause_memories", ":incognito")


@pytest.fixture
def ada_sdk(ada: Person) -> Iterator[OpenAI]:
    with openai_of(ada) as client:
        yield client


@pytest.fixture
def zoe_sdk(zoe: Person) -> Iterator[OpenAI]:
    with openai_of(zoe) as client:
        yield client


def told(client: OpenAI, text: str, *, model: str = "memorychat", **options: Any) -> Any:
    return client.chat.completions.create(model=model, messages=[user(text)], **options)


def answer_of(completion: Any) -> str:
    return str(completion.choices[0].message.content)


def test_every_profile_is_a_model_in_every_mode(ada: Person, ada_sdk: OpenAI) -> None:
    ada.profile("Work: Oslo/7")

    names = [model.id for model in ada_sdk.models.list()]

    wanted = [
        f"{name}{mode}"
        for name in ("memorychat", "memorychat/personal", "memorychat/Work: Oslo/7")
        for mode in MODES
    ]
    assert names == [*wanted, "memorychat-task"]
    assert [ada_sdk.models.retrieve(name).id for name in names] == names
    for unknown in ("gpt-9", "memorychat/nobody"):
        with pytest.raises(openai.NotFoundError):
            ada_sdk.models.retrieve(unknown)


def test_what_is_told_to_one_model_is_remembered_by_it_and_by_no_other(
    ada: Person, ada_sdk: OpenAI
) -> None:
    work = ada.profile("work")
    told(ada_sdk, "My dog Rufus lives in Bergen.", model="memorychat/work")
    ada.settle(work)

    there = told(ada_sdk, "Where does Rufus live?", model="memorychat/work")
    elsewhere = told(ada_sdk, "Where does Rufus live?")

    assert "Bergen" in answer_of(there)
    used = {one["kind"]: one["content"] for one in there.memorychat["memories_used"]}
    assert used["episode"] == "My dog Rufus lives in Bergen."
    assert "Bergen" not in answer_of(elsewhere)
    assert elsewhere.memorychat["memories_used"] == []


@pytest.mark.parametrize("how", ["model", "header", "memorychat", "metadata", "store"])
def test_a_stricter_mode_is_taken_from_every_slot(ada: Person, ada_sdk: OpenAI, how: str) -> None:
    options: dict[str, dict[str, Any]] = {
        "model": {"model": "memorychat:incognito"},
        "header": {"extra_headers": {"X-Memory-Mode": "incognito"}},
        "memorychat": {"extra_body": {"memorychat": {"mode": "incognito"}}},
        "metadata": {"metadata": {"mode": "incognito"}},
        "store": {"store": False},
    }
    raw = ada_sdk.chat.completions.with_raw_response.create(
        **{"model": "memorychat", "messages": [user("I live in Bergen.")], **options[how]}
    )

    mode = "pause_memories" if how == "store" else "incognito"
    assert raw.headers["x-memory-mode"] == mode
    assert collected(ada) == []


def test_the_strictest_of_all_modes_wins(ada_sdk: OpenAI) -> None:
    raw = ada_sdk.chat.completions.with_raw_response.create(
        model="memorychat:pause_memories",
        messages=[user("Hello.")],
        extra_headers={"X-Memory-Mode": "normal"},
        extra_body={"memorychat": {"mode": "incognito"}},
    )

    assert raw.headers["x-memory-mode"] == "incognito"


def test_of_profiles_a_header_beats_the_body_and_the_body_the_model(
    ada: Person, ada_sdk: OpenAI
) -> None:
    ids = {name: ada.profile(name) for name in ("œuvre", "body", "model")}

    def chosen(headers: dict[str, str], body: dict[str, str]) -> str:
        raw = ada_sdk.chat.completions.with_raw_response.create(
            model="memorychat/model",
            messages=[user("Hello.")],
            extra_headers=headers,
            extra_body={"memorychat": body},
        )
        return str(raw.headers["x-memory-profile"])

    in_body = {"profile": "body"}
    assert chosen({"X-Memory-Profile": ids["œuvre"]}, in_body) == ids["œuvre"]
    assert chosen({"X-Memory-Profile": "%C5%93uvre"}, in_body) == ids["œuvre"]
    assert chosen({}, in_body) == ids["body"]
    assert chosen({}, {}) == ids["model"]


def test_nothing_of_it_is_a_session_and_what_was_learnt_from_can_be_seen_and_deleted(
    ada: Person, ada_sdk: OpenAI
) -> None:
    told(ada_sdk, "My dog Rufus lives in Bergen.")
    ada.settle(ada.default_profile())

    assert ada.get("/sessions")["data"] == []
    [thread] = ada.get("/sessions", of_other_applications=True)["data"]
    refused = ada.http.post(f"/api/v1/chat/{thread['id']}", json={"message": "Go on."})
    assert refused.json()["error"]["code"] == "not-a-conversation"
    ada.delete(f"/sessions/{thread['id']}")

    assert "Bergen" not in answer_of(told(ada_sdk, "Where does Rufus live?"))


def test_a_conversation_that_is_sent_again_is_learnt_from_once(
    ada: Person, ada_sdk: OpenAI
) -> None:
    talk = [user("I like tea.")]
    for _ in range(3):
        ada_sdk.chat.completions.create(model="memorychat", messages=talk)
    talk += [assistant("Good."), user("And I like coffee.")]
    for _ in range(2):
        ada_sdk.chat.completions.create(model="memorychat", messages=talk)

    assert [one["content"] for one in collected(ada)] == ["I like tea.", "And I like coffee."]
    assert len(ada.get("/sessions", of_other_applications=True)["data"]) == 1


def test_what_was_deleted_does_not_come_back_when_it_is_sent_again(
    ada: Person, ada_sdk: OpenAI
) -> None:
    told(ada_sdk, "I like tea.")
    [thread] = ada.get("/sessions", of_other_applications=True)["data"]
    ada.delete(f"/sessions/{thread['id']}")

    told(ada_sdk, "I like tea.")

    assert collected(ada) == []


@pytest.mark.parametrize("model", ["memorychat-task", "memorychat"])
def test_tasks_of_a_client_read_and_write_nothing(ada: Person, ada_sdk: OpenAI, model: str) -> None:
    told(ada_sdk, "My dog Rufus lives in Bergen.")
    ada.settle(ada.default_profile())
    before = collected(ada)

    completion = told(ada_sdk, "### Task:\nWrite a title: where does Rufus live?", model=model)

    assert completion.memorychat["memories_used"] == []
    assert collected(ada) == before


def test_a_stream_begins_with_the_role_and_ends_with_reason_and_usage(zoe_sdk: OpenAI) -> None:
    chunks = list(told(zoe_sdk, "Tell me.", stream=True, stream_options={"include_usage": True}))

    first, *middle, last, usage = chunks
    assert len({chunk.id for chunk in chunks}) == 1
    assert first.choices[0].delta.role == "assistant"
    assert first.memorychat["mode"] == "normal"
    assert all(len(chunk.choices) == 1 for chunk in (first, *middle, last))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in middle)
    assert last.choices[0].finish_reason == "stop"
    assert usage.choices == []
    assert usage.usage.total_tokens > 0


def test_the_model_gets_the_conversation_whole_with_options_and_instructions(
    zoe_sdk: OpenAI, upstream: RunningUpstream
) -> None:
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    asked = {"role": "user", "content": [{"type": "text", "text": "What is it?"}, picture]}
    zoe_sdk.chat.completions.create(
        model="memorychat",
        messages=[
            {"role": "system", "content": "Speak like a pirate."},
            user("Hello."),
            assistant("Ahoy!"),
            asked,  # type: ignore[list-item]
        ],
        temperature=0.25,
        max_tokens=77,
        stop=["END"],
        seed=5,
        user="somebody",
    )

    body = upstream.requests[-1].body
    system, *said = body["messages"]
    assert said == [user("Hello."), assistant("Ahoy!"), asked]
    assert system["role"] == "system"
    assert system["content"].endswith("Speak like a pirate.")
    assert (body["temperature"], body["max_tokens"]) == (0.25, 77)
    assert (body["stop"], body["seed"]) == (["END"], 5)
    assert (body["store"], "user" in body) == (False, False)


def test_in_a_session_its_own_history_is_the_context(
    zoe: Person, zoe_sdk: OpenAI, upstream: RunningUpstream
) -> None:
    session = zoe.session()
    zoe.say(session, "I am called Zoe.")

    raw = zoe_sdk.chat.completions.with_raw_response.create(
        model="memorychat",
        messages=[user("Invented."), assistant("Invented too."), user("What am I called?")],
        extra_headers={"X-Memory-Session": session},
    )

    assert raw.headers["x-memory-session"] == session
    said = [one["content"] for one in upstream.requests[-1].body["messages"][1:]]
    assert said[0] == "I am called Zoe."
    assert said[-1] == "What am I called?"
    assert "Invented." not in said
    kept = [one["content"] for one in zoe.messages(session)]
    assert kept[0::2] == ["I am called Zoe.", "What am I called?"]
    assert kept[3] == answer_of(raw.parse())


def test_what_is_refused_is_said_in_words_that_the_sdk_shows(
    ada: Person, bob: Person, ada_sdk: OpenAI
) -> None:
    theirs = {"profile": bob.profile("theirs"), "session": bob.session()}

    def refused(kind: type[openai.APIStatusError], words: str, **options: Any) -> None:
        with pytest.raises(kind) as caught:
            ada_sdk.chat.completions.create(
                **{"model": "memorychat", "messages": [user("Hello.")], **options}
            )
        assert words in caught.value.message

    bad, absent = openai.BadRequestError, openai.NotFoundError
    refused(absent, "no such model", model="gpt-9")
    refused(absent, "profile not found", model="memorychat/theirs")
    refused(absent, "profile not found", extra_headers={"X-Memory-Profile": theirs["profile"]})
    refused(absent, "Session not found", extra_headers={"X-Memory-Session": theirs["session"]})
    refused(bad, "privacy mode", model="memorychat:secret")
    refused(bad, "privacy mode", model="memorychat/work:secret")
    refused(bad, "privacy mode", extra_headers={"X-Memory-Mode": "Incognito"})
    refused(bad, "not a UUID", extra_body={"memorychat": {"session_id": "zebra"}})
    refused(bad, "none of them is the user's", messages=[assistant("Hello.")])
    refused(bad, "role", messages=[{"role": "zebra", "content": "Hello."}])
    refused(bad, "/n", n=2)
    assert collected(ada) == []


def test_a_wrong_key_is_refused(ada: Person) -> None:
    ada.credentials["access_token"] = "zebra"
    with openai_of(ada) as client, pytest.raises(openai.AuthenticationError):
        told(client, "Hello.")


def test_a_failure_before_the_first_word_is_a_status_also_of_a_stream(
    zoe_sdk: OpenAI, upstream: RunningUpstream
) -> None:
    for stream in (False, True):
        upstream.script(Reply(status=400, keep=True))
        with pytest.raises(openai.APIStatusError) as caught:
            told(zoe_sdk, "Hello.", stream=stream)
        assert "400" in caught.value.message


def test_a_failure_after_the_first_word_is_an_error_in_the_stream(
    zoe_sdk: OpenAI, upstream: RunningUpstream
) -> None:
    upstream.script(Reply(text="One two three four.", after=2, then="cut"))

    chunks = told(zoe_sdk, "Hello.", stream=True)
    heard = [next(chunks).choices[0].delta.content for _ in range(2)]

    with pytest.raises(openai.APIError) as caught:
        list(chunks)

    assert heard[-1].startswith("One")
    assert not isinstance(caught.value, openai.APIStatusError)


@pytest.mark.parametrize("stream", [False, True])
def test_who_hangs_up_ends_the_answer_also_in_a_session(
    zoe: Person, upstream: RunningUpstream, *, stream: bool
) -> None:
    session = zoe.session()
    upstream.script(Reply(text="One two three four.", after=2, then="stall", comments=1))
    body = {
        "model": "memorychat",
        "messages": [user("Count.")],
        "stream": stream,
        "memorychat": {"session_id": session},
    }

    with sent_to(zoe, "/v1/chat/completions", body):
        eventually(lambda: upstream.requests, bool)
    eventually(lambda: upstream.hung_up, bool)

    said = eventually(lambda: zoe.messages(session), lambda messages: len(messages) != 1)
    assert [one["finish_reason"] for one in said[1:]] == ["cancelled"]
