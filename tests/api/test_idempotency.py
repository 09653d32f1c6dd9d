"""A request that is sent again under its `Idempotency-Key` is answered again, and not carried out again."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.support.keys import Keyring, a_key
from tests.support.person import Person
from tests.support.problem import problem_of
from tests.support.repeating import a_name, is_replayed, once, twice

MEMORY = {"kind": "fact", "content": "User plays the harp."}
SAID = {"messages": [{"role": "user", "content": content} for content in ("One.", "Two.")]}
TAKES = """
create_session append_messages create_memory create_memory_profile create_api_key upload_document
send_message stream_message regenerate_answer create_chat_completion answer_ui_chat store_memory
store_memory_by_older_name
"""
REFUSES = """
copy_memory_profile import_into_memory_profile import_into_account
create_response create_conversation create_conversation_items
create_message run_ag_ui_agent
"""
IGNORES = """
sign_up log_in refresh_tokens log_out
merge_memory_profiles set_default_memory_profile move_memories approve_memory reject_memory cancel_run
stop_ui_chat ensure_memory_user search_memories preview_prompt retrieve_memories
update_conversation cancel_response create_embeddings
count_message_tokens
"""
"""Nothing is changed, or the same whether it is done once or twice."""


def test_a_session_is_created_once(ada: Person) -> None:
    twice(ada, "/sessions", {"title": "The garden"})

    assert len(ada.get("/sessions")["data"]) == 1


def test_a_memory_is_added_once(ada: Person) -> None:
    profile = ada.default_profile()

    twice(ada, f"/memory-profiles/{profile}/memories", MEMORY)

    assert len(ada.memories(profile)) == 1


def test_a_profile_is_created_once(ada: Person) -> None:
    twice(ada, "/memory-profiles", {"name": "work"})

    assert len(ada.get("/memory-profiles")["data"]) == 2


def test_past_messages_are_appended_once(ada: Person) -> None:
    session = ada.session()

    twice(ada, f"/sessions/{session}/messages", SAID)

    assert [one["content"] for one in ada.messages(session)] == ["One.", "Two."]


def test_a_message_is_said_and_answered_once(ada: Person) -> None:
    session = ada.session()

    twice(ada, f"/chat/{session}", {"message": "I live in Bergen."})

    assert len(ada.messages(session)) == 2


def test_an_answer_is_given_anew_once(ada: Person) -> None:
    session = ada.session()
    ada.say(session, "I live in Bergen.")

    twice(ada, f"/chat/{session}/regenerate", None)

    assert len(ada.messages(session)) == 2


def test_a_document_is_brought_once_and_told_again_however_its_form_is_written(ada: Person) -> None:
    path, headers = f"/api/v1/memory-profiles/{ada.default_profile()}/documents", {}
    headers["Idempotency-Key"] = a_name()

    def bring(text: bytes) -> httpx.Response:
        return ada.http.post(path, files={"file": ("a.txt", text)}, headers=headers)

    first, second = bring(b"The well is deep."), bring(b"The well is deep.")

    assert (first.status_code, second.status_code) == (201, 201), second.text
    assert (is_replayed(first), is_replayed(second)) == (False, True)
    assert second.json()["id"] == first.json()["id"]
    problem_of(bring(b"The well is dry."), 422, "idempotency-key-reused")


def test_the_secret_of_an_api_key_is_not_shown_again(ada: Person) -> None:
    name, wish = a_name(), {"name": "program", "scopes": ["chat"]}
    first = once(ada, "/api-keys", wish, name)

    problem_of(once(ada, "/api-keys", wish, name), 409, "secret-was-shown")

    assert first.status_code == 201
    assert len(ada.get("/api-keys")["data"]) == 1


def test_a_name_stands_for_one_request_of_one_caller(
    ada: Person, bob: Person, keys: Keyring
) -> None:
    name = a_name()
    first = once(ada, "/sessions", {"title": "mine"}, name)

    problem_of(once(ada, "/sessions", {"title": "other"}, name), 422, "idempotency-key-reused")
    problem_of(once(ada, "/memory-profiles", {"name": "x"}, name), 422, "idempotency-key-reused")
    for other in (bob, keys.new(ada, "chat")):
        made = once(other, "/sessions", {"title": "mine"}, name)
        assert made.status_code == 201
        assert not is_replayed(made)
        assert made.json()["id"] != first.json()["id"]


def test_the_order_of_fields_makes_no_other_request(ada: Person) -> None:
    name, fields = a_name(), {"title": "mine", "privacy_mode": "normal"}

    once(ada, "/sessions", fields, name)

    assert is_replayed(once(ada, "/sessions", dict(reversed(fields.items())), name))


@pytest.mark.parametrize("bad", ["", "x" * 256, "ä".encode("latin-1")])
def test_a_name_is_printable_and_not_too_long(ada: Person, bad: Any) -> None:
    headers = {"Idempotency-Key": bad}

    problem_of(ada.http.post("/api/v1/sessions", json={}, headers=headers), 422, "invalid-input")

    assert ada.get("/sessions")["data"] == []


def test_what_failed_leaves_nothing_and_may_be_sent_again(ada: Person) -> None:
    name, body = a_name(), {"name": "work"}
    ada.profile("work")
    problem_of(once(ada, "/memory-profiles", body, name), 409, "profile-name-taken")
    [taken] = [one["id"] for one in ada.get("/memory-profiles")["data"] if one["name"] == "work"]
    ada.delete(f"/memory-profiles/{taken}")

    again = once(ada, "/memory-profiles", body, name)

    assert again.status_code == 201
    assert not is_replayed(again)


def test_of_many_at_once_one_is_carried_out(ada: Person) -> None:
    session = ada.session()
    requests = [
        ("/memory-profiles", {"name": "work"}),
        ("/sessions", {"title": "once"}),
        (f"/sessions/{session}/messages", SAID),
    ]
    for path, body in requests:
        name = a_name()
        with ThreadPoolExecutor(6) as threads:
            answers = list(threads.map(lambda _, to=(path, body, name): once(ada, *to), range(6)))
        assert {one.status_code for one in answers} == {201}, [one.text for one in answers]
        assert sum(not is_replayed(one) for one in answers) == 1
        assert len({one.text for one in answers}) == 1
    assert len(ada.messages(session)) == 2
    assert len(ada.get("/sessions")["data"]) == 2


def test_what_was_deleted_is_not_told_again_and_not_made_again(ada: Person) -> None:
    profile, session = ada.default_profile(), ada.session()
    requests = {
        "session-not-found": ("/sessions", {"title": "gone"}, "/sessions/{id}"),
        "memory-not-found": (f"/memory-profiles/{profile}/memories", MEMORY, "/memories/{id}"),
        "profile-not-found": ("/memory-profiles", {"name": "gone"}, "/memory-profiles/{id}"),
    }
    for slug, (path, body, where) in requests.items():
        name = a_name()
        made = once(ada, path, body, name).json()
        ada.delete(where.format(**made))
        problem_of(once(ada, path, body, name), 404, slug)
    name, said = a_name(), {"message": "I live in Bergen."}
    answer = once(ada, f"/chat/{session}", said, name).json()
    ada.delete(f"/sessions/{session}/messages/{answer['message_id']}")
    problem_of(once(ada, f"/chat/{session}", said, name), 404, "run-not-found")
    assert len(ada.messages(session)) == 1
    assert len(ada.get("/sessions")["data"]) == 1
    assert MEMORY["content"] not in [one["content"] for one in ada.memories(profile)]


def test_what_is_edited_since_is_told_as_it_is_now(ada: Person) -> None:
    name, body = a_name(), {"title": "The garden"}
    made = once(ada, "/sessions", body, name).json()
    ada.patch(f"/sessions/{made['id']}", {"title": "The orchard"})

    assert once(ada, "/sessions", body, name).json()["title"] == "The orchard"


def test_in_incognito_nothing_is_known_of_it(ada: Person) -> None:
    session, kept = ada.session(mode="incognito"), ada.session()
    for path, body in (
        ("/sessions", {"privacy_mode": "incognito"}),
        (f"/chat/{session}", {"message": "Hush."}),
        (f"/sessions/{session}/messages", SAID),
        (f"/chat/{kept}", {"message": "Hush.", "privacy_mode": "incognito"}),
    ):
        name = a_name()
        for _ in range(2):
            answer = once(ada, path, body, name)
            assert answer.is_success, answer.text
            assert not is_replayed(answer)


def test_what_could_do_harm_twice_takes_no_name(ada: Person) -> None:
    profile = ada.default_profile()
    for path in (f"/memory-profiles/{profile}/copy", "/me/import"):
        problem_of(once(ada, path, {"name": "copy"}), 400, "idempotency-key-unsupported")
    assert len(ada.get("/memory-profiles")["data"]) == 1


def test_a_bound_key_is_told_nothing_of_what_a_login_made(ada: Person, keys: Keyring) -> None:
    bound = keys.showing(ada, a_key(ada, memory_profile_id=ada.profile("work"))["key"])
    name, path = a_name(), f"/memory-profiles/{ada.default_profile()}/memories"
    once(ada, path, MEMORY, name)

    problem_of(once(bound, path, MEMORY, name), 404, "profile-not-found")


def test_of_every_operation_that_posts_it_is_decided(ada: Person) -> None:
    paths = ada.http.get("/openapi.json").json()["paths"]
    posts = [one["post"] for one in paths.values() if "post" in one]
    asked = {
        one["operationId"]: {parameter["name"].lower() for parameter in one.get("parameters", ())}
        for one in posts
    }

    takes = {name for name, names in asked.items() if "idempotency-key" in names}
    assert takes == {*TAKES.split(), *REFUSES.split()}
    assert asked.keys() - takes == set(IGNORES.split())
