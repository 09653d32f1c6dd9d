"""Programs that speak other protocols, with an API key in the place of theirs."""

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from tests.support.keys import Keyring, a_key
from tests.support.person import Person
from tests.support.problem import problem_of
from tests.support.server import Server


def complete(program: Person, model: str = "memorychat", **options: Any) -> httpx.Response:
    said = {"role": "user", "content": "Where does Anna live?"}
    body = {"model": model, "messages": [said], **options}
    return program.http.post("/v1/chat/completions", json=body)


def test_a_key_answers_as_the_header_of_either_protocol(server: Server, ada: Person) -> None:
    secret = a_key(ada, "chat")["key"]
    for headers in ({"X-Api-Key": secret}, {"Authorization": f"Bearer {secret}"}):
        with server.client() as client:
            assert client.get("/v1/models", headers=headers).status_code == 200


def test_a_bound_key_answers_from_its_profile_and_knows_no_other(
    keys: Keyring, ada: Person
) -> None:
    ada.post(f"/memory-profiles/{ada.default_profile()}/memories", {"content": "Anna is in Rome."})
    bound = ada.profile("work")
    ada.profile("family")
    ada.post(f"/memory-profiles/{bound}/memories", {"content": "Anna lives in Bergen."})
    ada.settle(bound)
    program = keys.new(ada, "chat", memory_profile_id=bound)

    models = {one["id"] for one in program.http.get("/v1/models").json()["data"]}
    answer = complete(program)

    assert "memorychat/work" in models
    assert not [one for one in models if "family" in one]
    assert answer.headers["x-memory-profile"] == bound
    assert "Bergen" in answer.text
    assert "Rome" not in answer.text
    foreign = complete(program, model="memorychat/family")
    unknown = complete(program, model="memorychat/nobodys")
    assert problem_of(foreign, 404)["error"]["code"] == problem_of(unknown, 404)["error"]["code"]


def test_a_key_with_a_mode_is_obeyed_there_too(keys: Keyring, ada: Person) -> None:
    profile = ada.default_profile()
    program = keys.new(ada, "chat", privacy_mode="pause_memories")

    plain, stricter = complete(program), complete(program, model="memorychat:incognito")

    assert plain.headers["x-memory-mode"] == "pause_memories"
    assert stricter.headers["x-memory-mode"] == "incognito"
    ada.settle(profile)
    assert ada.memories(profile) == []
    assert ada.get("/sessions", of_other_applications=True)["data"] == []


SAID = {"id": "1", "role": "user", "content": "I live in Bergen."}
ASKED: Mapping[str, Mapping[str, Any]] = {
    "/v1/messages": {"model": "memorychat", "max_tokens": 100, "messages": [SAID]},
    "/ag-ui": {"threadId": "1", "runId": "1", "messages": [SAID]},
}


@pytest.mark.parametrize("path", ASKED)
def test_a_bound_and_strict_key_is_so_in_further_protocols(
    keys: Keyring, ada: Person, path: str
) -> None:
    bound, other = ada.profile("work"), ada.profile("family")
    program = keys.new(ada, "chat", memory_profile_id=bound, privacy_mode="incognito")

    answer = program.http.post(path, json=ASKED[path])
    foreign = program.http.post(path, json=ASKED[path], headers={"X-Memory-Profile": other})

    assert answer.status_code == 200
    assert answer.headers["x-memory-profile"] == bound
    assert answer.headers["x-memory-mode"] == "incognito"
    problem_of(foreign, 404, "profile-not-found")
    assert ada.get("/sessions", of_other_applications=True)["data"] == []
    unable = keys.new(ada, "memories:read")
    problem_of(unable.http.post(path, json=ASKED[path]), 403)


def test_models_and_counts_of_tokens_are_told_as_documented(ada: Person) -> None:
    body = {"model": "memorychat", "messages": [SAID], "system": "Speak like a pirate."}

    counted = ada.http.post("/v1/messages/count_tokens", json=body)
    listed = ada.http.get("/v1/models", headers={"anthropic-version": "2023-06-01"})

    assert counted.json()["input_tokens"] > 5
    assert listed.json()["has_more"] is False
    assert listed.json()["last_id"] == listed.json()["data"][-1]["id"]
