"""Conversations and their items, by OpenAI's own SDK."""

from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai import OpenAI

from tests.support.openai_client import assistant, openai_of, user
from tests.support.person import Person
from tests.support.problem import problem_of
from tests.support.running_upstream import RunningUpstream
from tests.support.upstream import Reply


@pytest.fixture
def ada_sdk(ada: Person) -> Iterator[OpenAI]:
    with openai_of(ada) as client:
        yield client


@pytest.fixture
def bob_sdk(bob: Person) -> Iterator[OpenAI]:
    with openai_of(bob) as client:
        yield client


def texts(items: Any) -> list[str]:
    return [one.content[0].text for one in items]


def test_a_conversation_is_a_session(ada: Person, ada_sdk: OpenAI) -> None:
    ada.profile("work")
    talk = ada_sdk.conversations.create(
        items=[user("I am Ada."), assistant("Hello Ada.")],
        metadata={"topic": "demo", "profile": "work", "mode": "pause_memories", "title": "Hi"},
    )

    [session] = ada.get("/sessions")["data"]
    metadata = {
        "profile": session["memory_profile_id"],
        "mode": "pause_memories",
        "title": "Hi",
    }
    assert (session["title"], session["privacy_mode"]) == ("Hi", "pause_memories")
    assert talk.id == f"conv_{session['id'].replace('-', '')}"
    assert (talk.metadata, talk.object) == (metadata, "conversation")
    assert ada_sdk.conversations.retrieve(talk.id) == talk
    changed = ada_sdk.conversations.update(talk.id, metadata={"title": "Ho", "mode": "normal"})
    assert changed.metadata == {**metadata, "title": "Ho", "mode": "normal"}
    assert ada_sdk.conversations.update(talk.id, metadata={}).metadata == changed.metadata
    deleted = ada_sdk.conversations.delete(talk.id)
    assert (deleted.deleted, deleted.object) == (True, "conversation.deleted")
    assert ada.get("/sessions")["data"] == []
    with pytest.raises(openai.NotFoundError):
        ada_sdk.conversations.retrieve(talk.id)


@pytest.mark.parametrize("mode", ["normal", "incognito"])
def test_items_are_listed_page_by_page_read_and_deleted(ada_sdk: OpenAI, mode: str) -> None:
    talk = ada_sdk.conversations.create(metadata={"mode": mode}).id
    said = [user("1"), assistant("2"), user("3"), assistant("4"), user("5")]
    added: Any = ada_sdk.conversations.items.create(talk, items=said)

    assert texts(added.data) == ["1", "2", "3", "4", "5"]
    assert [one.role for one in added.data][:2] == ["user", "assistant"]
    for limit in (1, 2, 3, 5, 20):
        forth = ada_sdk.conversations.items.list(talk, limit=limit, order="asc")
        back = ada_sdk.conversations.items.list(talk, limit=limit)
        assert texts(forth) == ["1", "2", "3", "4", "5"]
        assert texts(back) == ["5", "4", "3", "2", "1"]
    third: Any = added.data[2]
    assert ada_sdk.conversations.items.retrieve(third.id, conversation_id=talk) == third
    assert ada_sdk.conversations.items.delete(third.id, conversation_id=talk).id == talk
    assert texts(ada_sdk.conversations.items.list(talk, order="asc")) == ["1", "2", "4", "5"]
    with pytest.raises(openai.NotFoundError):
        ada_sdk.conversations.items.retrieve(third.id, conversation_id=talk)


def test_responses_are_added_to_their_conversation(zoe: Person, upstream: RunningUpstream) -> None:
    upstream.script(Reply(text="B"), Reply(text="E"))
    with openai_of(zoe) as client:
        talk = client.conversations.create()
        first = client.responses.create(conversation=talk.id, input="A")
        client.responses.create(
            conversation={"id": talk.id}, input=[user("C"), user("D")], store=True
        )

        assert first.conversation is not None
        assert first.conversation.id == talk.id
        items = list(client.conversations.items.list(talk.id, order="asc"))
        assert texts(items) == ["A", "B", "C", "D", "E"]
        assert items[1].id == first.output[0].id
        sent = [one["content"] for one in upstream.requests[-1].body["messages"][1:]]
        assert sent == ["A", "B", "C", "D"]
        again: Any = [user("D"), {**items[4].model_dump(), "content": "E"}]
        client.conversations.items.create(talk.id, items=again)
        assert len(list(client.conversations.items.list(talk.id))) == 5, "they are there already"


def test_what_comes_before_an_incognito_question_is_as_private(
    ada: Person, ada_sdk: OpenAI
) -> None:
    talk = ada_sdk.conversations.create()
    ada_sdk.responses.create(
        conversation=talk.id,
        model="memorychat:incognito",
        input=[user("I live in Bergen."), user("I like figs.")],
    )

    [session] = ada.get("/sessions")["data"]
    assert ada.messages(session["id"]) == []
    assert session["title"] is None


def test_calls_of_tools_are_no_items(ada_sdk: OpenAI) -> None:
    call: Any = {"type": "function_call", "call_id": "1", "name": "f", "arguments": "{}"}
    output: Any = {"type": "function_call_output", "call_id": "1", "output": "Rain."}
    talk = ada_sdk.conversations.create()
    added = ada_sdk.conversations.items.create(talk.id, items=[user("1"), call, output])

    assert texts(added.data) == ["1"]


@pytest.mark.parametrize(
    "items",
    [
        [],
        "Hello.",
        [{"role": "system", "content": "Hello."}],
        [{"role": "user", "content": " "}],
        [{"type": "item_reference", "id": "msg_1"}],
        [{"role": "user", "content": "Hello."}] * 501,
    ],
    ids=lambda items: str(items)[:40],
)
def test_what_cannot_be_an_item_is_refused(ada: Person, ada_sdk: OpenAI, items: Any) -> None:
    talk = ada_sdk.conversations.create().id
    problem_of(ada.http.post(f"/v1/conversations/{talk}/items", json={"items": items}), 400)

    assert list(ada_sdk.conversations.items.list(talk)) == []


def test_unknown_modes_and_profiles_are_refused(ada: Person, ada_sdk: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError):
        ada_sdk.conversations.create(metadata={"mode": "secret"})
    with pytest.raises(openai.BadRequestError):
        ada_sdk.conversations.create(metadata={"title": "x" * 201})
    with pytest.raises(openai.NotFoundError):
        ada_sdk.conversations.create(metadata={"profile": "nobody"})
    assert ada.get("/sessions")["data"] == []


def test_what_was_learnt_from_others_conversations_is_none(ada: Person, ada_sdk: OpenAI) -> None:
    ada_sdk.responses.create(input=[user("1"), assistant("2"), user("I like figs.")])
    [thread] = ada.get("/sessions", of_other_applications=True)["data"]
    talk = f"conv_{thread['id'].replace('-', '')}"

    with pytest.raises(openai.NotFoundError):
        ada_sdk.conversations.retrieve(talk)
    with pytest.raises(openai.ConflictError):
        ada_sdk.responses.create(conversation=talk, input="Hi.")


def test_an_item_of_another_conversation_or_person_is_absent(
    ada_sdk: OpenAI, bob_sdk: OpenAI
) -> None:
    here = ada_sdk.conversations.create(items=[user("1")])
    [item] = ada_sdk.conversations.items.list(here.id)
    there = ada_sdk.conversations.create()
    theirs = bob_sdk.conversations.create()

    for client, talk in ((ada_sdk, there), (bob_sdk, theirs), (bob_sdk, here)):
        with pytest.raises(openai.NotFoundError):
            client.conversations.items.retrieve(str(item.id), conversation_id=talk.id)
        with pytest.raises(openai.NotFoundError):
            client.conversations.items.list(talk.id, after=str(item.id))
        with pytest.raises(openai.NotFoundError):
            client.conversations.items.delete(str(item.id), conversation_id=talk.id)
    with pytest.raises(openai.NotFoundError):
        bob_sdk.responses.create(conversation=here.id, input="Hi.")
    assert texts(ada_sdk.conversations.items.list(here.id)) == ["1"]
