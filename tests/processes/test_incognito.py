"""Incognito conversations belong to one process: others say so, and forget them when told."""

import httpx
import pytest

from tests.support.person import Person, eventually
from tests.support.problem import problem_of
from tests.support.running_upstream import RunningUpstream
from tests.support.server import Server
from tests.support.upstream import Reply


@pytest.fixture
def session(upstream: RunningUpstream, ada: Person) -> str:
    """An incognito conversation that the first process holds."""
    upstream.script(Reply(text="I see.", keep=True))
    session = ada.session(mode="incognito")
    ada.say(session, "My name is Quetzal.")
    return session


def test_other_processes_answer_409_and_lose_nothing(
    ada: Person, away: Person, session: str
) -> None:
    [question, _] = ada.messages(session)
    at = f"/api/v1/sessions/{session}"
    answers: list[httpx.Response] = [
        away.http.post(f"/api/v1/chat/{session}", json={"message": "What is my name?"}),
        away.http.post(f"/api/v1/chat/{session}/stream", json={"message": "Hello?"}),
        away.http.post(f"/api/v1/chat/{session}/regenerate"),
        away.http.get(at),
        away.http.get(f"{at}/messages"),
        away.http.get(f"{at}/summary"),
        away.http.patch(at, json={"title": "Elsewhere"}),
        away.http.delete(f"{at}/messages/{question['id']}"),
        away.http.post(f"{at}/messages", json={"messages": [{"role": "user", "content": "Hi."}]}),
    ]

    for answer in answers:
        problem_of(answer, 409, "wrong-process")
        assert answer.headers["x-should-retry"] == "false"
    assert len(ada.messages(session)) == 2
    assert session in {one["id"] for one in away.get("/sessions")["data"]}


def test_deleting_it_anywhere_forgets_it_where_it_is(
    ada: Person, away: Person, session: str
) -> None:
    receipt = away.delete(f"/sessions/{session}")

    assert receipt["deleted"]["incognito_messages"] == 2
    assert receipt["deleted"]["runs"] == 1
    assert "processes" not in receipt["bytes_pending"]
    problem_of(ada.http.get(f"/api/v1/sessions/{session}/messages"), 404, "session-not-found")


def test_emptying_it_anywhere_forgets_it_where_it_is_and_it_begins_anew(
    ada: Person, away: Person, session: str
) -> None:
    receipt = away.delete(f"/sessions/{session}/messages")
    away.say(session, "Hello again.")

    assert receipt["deleted"]["incognito_messages"] == 2
    assert [message["content"] for message in away.messages(session)] == ["Hello again.", "I see."]
    problem_of(ada.http.get(f"/api/v1/sessions/{session}/messages"), 409, "wrong-process")


def test_another_mode_set_anywhere_forgets_it_where_it_is(
    ada: Person, away: Person, session: str
) -> None:
    away.patch(f"/sessions/{session}", {"privacy_mode": "normal"})
    back = ada.patch(f"/sessions/{session}", {"privacy_mode": "incognito"})

    assert (back["title"], back["message_count"]) == (None, 0)
    assert ada.messages(session) == away.messages(session) == []


def test_a_single_turn_in_incognito_is_held_as_well(
    upstream: RunningUpstream, ada: Person, away: Person
) -> None:
    upstream.script(Reply(text="I see.", keep=True))
    session = ada.session()
    ada.say(session, "Between us.", privacy_mode="incognito")

    refused = away.http.post(
        f"/api/v1/chat/{session}", json={"message": "And more.", "privacy_mode": "incognito"}
    )
    away.say(session, "In the open.")

    problem_of(refused, 409, "wrong-process")
    assert [one["content"] for one in away.messages(session)] == ["In the open.", "I see."]


def test_it_begins_anew_elsewhere_when_its_process_has_ended(
    upstream: RunningUpstream, ada: Person, third: Server
) -> None:
    upstream.script(Reply(text="I see.", keep=True))
    session = ada.session(mode="incognito")
    third.start()
    with ada.at(third) as there:
        there.say(session, "My name is Quetzal.")
        held = ada.http.post(f"/api/v1/chat/{session}", json={"message": "What is my name?"})
        third.kill()
        answer = eventually(
            lambda: ada.http.post(f"/api/v1/chat/{session}", json={"message": "Who am I?"}),
            lambda answer: answer.status_code != 409,
        )

    problem_of(held, 409, "wrong-process")
    assert answer.status_code == 200
    assert [one["content"] for one in ada.messages(session)] == ["Who am I?", "I see."]


def test_a_process_that_ends_as_it_should_lets_go_at_once(
    upstream: RunningUpstream, ada: Person, third: Server
) -> None:
    upstream.script(Reply(text="I see.", keep=True))
    session = ada.session(mode="incognito")
    third.start()
    with ada.at(third) as there:
        there.say(session, "My name is Quetzal.")
    third.stop()

    ada.say(session, "Who am I?")

    assert len(ada.messages(session)) == 2
