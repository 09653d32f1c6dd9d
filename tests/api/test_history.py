from collections.abc import Sequence
from datetime import datetime

import pytest

from app.models.clock import utc_now
from tests.support.person import Person
from tests.support.problem import problem_of


def past(*contents: str) -> dict[str, object]:
    return {"messages": [{"role": "user", "content": content} for content in contents]}


def read_backwards(person: Person, session: str, *, limit: int) -> list[str]:
    """All of a session's messages, oldest first, read page by page from the newest."""
    pages: list[Sequence[str]] = []
    cursor: dict[str, str] = {}
    while True:
        page = person.get(f"/sessions/{session}/messages", limit=limit, **cursor)
        pages.insert(0, [message["content"] for message in page["data"]])
        if page["next_cursor"] is None:
            return [content for contents in pages for content in contents]
        cursor = {"cursor": page["next_cursor"]}


def test_past_messages_are_kept_as_they_were_said(ada: Person) -> None:
    session = ada.session()
    said = [
        {
            "role": "user",
            "content": "  I moved to Bergen.\n",
            "name": "Anna",
            "created_at": "2023-05-08T13:56:00+02:00",
        },
        {"role": "assistant", "content": "Congratulations!", "name": "Karl"},
    ]

    appended = ada.post(f"/sessions/{session}/messages", {"messages": said})["data"]

    assert appended == ada.messages(session)
    assert [(m["role"], m["content"], m["name"]) for m in appended] == [
        ("user", "  I moved to Bergen.\n", "Anna"),
        ("assistant", "Congratulations!", "Karl"),
    ]
    assert appended[0]["created_at"] == "2023-05-08T11:56:00Z"
    assert appended[0]["finish_reason"] is None
    assert ada.get(f"/sessions/{session}")["message_count"] == 2


def test_what_was_said_later_than_now_was_said_now(ada: Person) -> None:
    body = {"role": "user", "content": "Hello.", "created_at": "9999-12-31T23:59:59Z"}
    session = ada.session()

    [message] = ada.post(f"/sessions/{session}/messages", {"messages": [body]})["data"]

    assert datetime.fromisoformat(message["created_at"]) <= utc_now()
    assert ada.get(f"/sessions/{session}")["updated_at"] < "2999"


def test_the_answer_knows_what_was_said_before(ada: Person) -> None:
    session = ada.session()
    ada.post(f"/sessions/{session}/messages", past("My sister Anna lives in Bergen."))

    assert ada.say(session, "Where does my sister live?")["content"]
    assert len(ada.messages(session)) == 3


def test_appended_messages_are_learnt_from_and_found(ada: Person) -> None:
    profile = ada.profile("family")
    session = ada.session(profile)
    ada.post(f"/sessions/{session}/messages", past("My sister Anna lives in Bergen."))
    [message] = ada.messages(session)

    found = ada.post(f"/memory-profiles/{profile}/memories/search", {"query": "Anna"})["data"]

    assert [one["id"] for one in found if one["kind"] == "episode"] == [message["id"]]


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 100])
def test_history_is_read_backwards_complete_and_without_repeats(ada: Person, limit: int) -> None:
    session = ada.session()
    said = [f"message {number}" for number in range(7)]
    ada.post(f"/sessions/{session}/messages", past(*said))

    assert read_backwards(ada, session, limit=limit) == said


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 100])
def test_history_of_kept_and_unkept_messages_is_one_list(ada: Person, limit: int) -> None:
    session = ada.session()
    ada.post(f"/sessions/{session}/messages", past("kept 1", "kept 2"))
    ada.patch(f"/sessions/{session}", {"privacy_mode": "incognito"})
    ada.post(f"/sessions/{session}/messages", past("unkept 1", "unkept 2"))

    assert read_backwards(ada, session, limit=limit) == [
        "kept 1",
        "kept 2",
        "unkept 1",
        "unkept 2",
    ]


def test_messages_that_come_while_paging_do_not_shift_the_rest(ada: Person) -> None:
    session = ada.session()
    ada.post(f"/sessions/{session}/messages", past("1", "2", "3", "4"))
    newest = ada.get(f"/sessions/{session}/messages", limit=2)
    ada.post(f"/sessions/{session}/messages", past("5", "6"))

    rest = ada.get(f"/sessions/{session}/messages", limit=2, cursor=newest["next_cursor"])

    assert [message["content"] for message in rest["data"]] == ["1", "2"]


def test_a_message_can_be_deleted_alone(ada: Person) -> None:
    session = ada.session()
    ada.post(f"/sessions/{session}/messages", past("1", "2", "3"))
    second = ada.messages(session)[1]["id"]

    receipt = ada.delete(f"/sessions/{session}/messages/{second}")

    assert receipt["deleted"]["chat_messages"] == 1
    assert [message["content"] for message in ada.messages(session)] == ["1", "3"]
    assert ada.get(f"/sessions/{session}")["message_count"] == 2
    again = ada.http.delete(f"/api/v1/sessions/{session}/messages/{second}")
    problem_of(again, 404, "message-not-found")


def test_a_message_is_not_found_in_another_session(ada: Person) -> None:
    session, other = ada.session(), ada.session()
    ada.post(f"/sessions/{session}/messages", past("1"))
    [message] = ada.messages(session)

    answer = ada.http.delete(f"/api/v1/sessions/{other}/messages/{message['id']}")

    problem_of(answer, 404, "message-not-found")
    assert len(ada.messages(session)) == 1


def test_emptying_a_session_keeps_it(ada: Person) -> None:
    session = ada.session()
    ada.say(session, "Hello.")

    receipt = ada.delete(f"/sessions/{session}/messages")

    assert receipt["deleted"]["chat_messages"] == 2
    assert ada.messages(session) == []
    assert ada.get(f"/sessions/{session}")["message_count"] == 0
    assert ada.get(f"/sessions/{session}")["title"] is None, "it was made of the words"
