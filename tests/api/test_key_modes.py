"""A key with a mode: no turn with it is less private, whatever session and request say."""

import pytest

from tests.api.test_modes import MODES, POLICIES
from tests.support.keys import Keyring
from tests.support.person import Person
from tests.support.problem import problem_of

MEMORY = {"content": "User likes figs.", "kind": "preference"}


@pytest.mark.parametrize("key_mode", MODES)
@pytest.mark.parametrize("session_mode", MODES)
def test_the_stricter_of_session_and_key_wins(
    keys: Keyring, ada: Person, session_mode: str, key_mode: str
) -> None:
    session = ada.session(mode=session_mode)
    program = keys.new(ada, privacy_mode=key_mode)

    answer = program.say(session, "My sister is called Anna.")

    strictest = max(session_mode, key_mode, key=MODES.index)
    modes = {"session": session_mode, "key": key_mode}
    tightened_by = [layer for layer, mode in modes.items() if mode != "normal"]
    told = {"mode": strictest, **POLICIES[strictest], "tightened_by": tightened_by}
    assert answer["privacy"] == told
    assert program.get(f"/runs/{answer['run_id']}")["privacy"] == told
    assert (answer["memory_job_id"] is not None) is POLICIES[strictest]["learn"]


def test_a_request_may_be_stricter_than_the_key_and_never_looser(
    keys: Keyring, ada: Person
) -> None:
    session = ada.session()
    program = keys.new(ada, privacy_mode="pause_memories")

    looser = program.say(session, "I like figs.", privacy_mode="normal")["privacy"]
    stricter = program.say(session, "I like plums.", privacy_mode="incognito")["privacy"]
    alone = ada.say(session, "I like pears.")["privacy"]

    assert (looser["mode"], looser["tightened_by"]) == ("pause_memories", ["key"])
    assert (stricter["mode"], stricter["tightened_by"]) == ("incognito", ["request", "key"])
    assert (alone["mode"], alone["tightened_by"]) == ("normal", [])


def test_an_answer_written_anew_with_the_key_obeys_it(keys: Keyring, ada: Person) -> None:
    session = ada.session()
    ada.say(session, "My sister is called Anna.")
    program = keys.new(ada, privacy_mode="pause_memories")

    anew = program.post(f"/chat/{session}/regenerate")

    assert anew["privacy"]["mode"] == "pause_memories"
    assert anew["privacy"]["tightened_by"] == ["key"]


def test_messages_that_are_appended_with_the_key_are_not_learnt_from(
    keys: Keyring, ada: Person
) -> None:
    profile = ada.profile("family")
    session = ada.session(profile)
    program = keys.new(ada, privacy_mode="pause_memories")

    said = [{"role": "user", "content": "My sister is called Anna."}]
    program.post(f"/sessions/{session}/messages", {"messages": said})

    ada.settle(profile)
    assert ada.memories(profile) == []


def test_a_session_that_is_made_or_changed_with_the_key_is_no_looser(
    keys: Keyring, ada: Person
) -> None:
    program = keys.new(ada, privacy_mode="pause_memories")

    made = program.post("/sessions", {"privacy_mode": "normal"})
    assert made["privacy_mode"] == "pause_memories"
    theirs = ada.session(mode="incognito")
    loosened = program.patch(f"/sessions/{theirs}", {"privacy_mode": "normal"})
    assert loosened["privacy_mode"] == "pause_memories"
    open_session = ada.session()
    named = program.patch(f"/sessions/{open_session}", {"title": "Figs"})
    assert (named["title"], named["privacy_mode"]) == ("Figs", "normal")


def test_a_preview_shows_what_the_key_permits(keys: Keyring, ada: Person) -> None:
    profile = ada.profile("family")
    ada.post(f"/memory-profiles/{profile}/memories", {"content": "Anna lives in Bergen."})
    ada.settle(profile)
    path, question = f"/memory-profiles/{profile}/memories/preview", "Where does Anna live?"
    program = keys.new(ada, privacy_mode="incognito")

    seen, unseen = (one.post(path, {"message": question}) for one in (ada, program))

    assert "Bergen" in str(seen["messages"])
    assert "Bergen" not in str(unseen)
    assert unseen["privacy"]["tightened_by"] == ["key"]


def test_a_paused_key_reads_memories_and_forgets_them_and_writes_none(
    keys: Keyring, ada: Person
) -> None:
    path = f"/api/v1/memory-profiles/{ada.default_profile()}/memories"
    kept = ada.http.post(path, json=MEMORY).json()["id"]
    program = keys.new(ada, privacy_mode="pause_memories").http

    problem_of(program.post(path, json=MEMORY), 403, "mode-forbids")
    changed = program.patch(f"/api/v1/memories/{kept}", json={"content": "User likes plums."})
    problem_of(changed, 403, "mode-forbids")
    assert [one["id"] for one in program.get(path).json()["data"]] == [kept]
    assert program.delete(f"/api/v1/memories/{kept}").status_code == 200


def test_an_incognito_key_reads_no_memory(keys: Keyring, ada: Person) -> None:
    path = f"/api/v1/memory-profiles/{ada.default_profile()}/memories"
    kept = ada.http.post(path, json=MEMORY).json()["id"]
    program = keys.new(ada, privacy_mode="incognito").http

    for answer in (
        program.get(path),
        program.get(f"/api/v1/memories/{kept}"),
        program.post(f"{path}/search", json={"query": "figs"}),
        program.get("/v1/memories", params={"query": "figs"}),
        program.post(path, json=MEMORY),
    ):
        problem_of(answer, 403, "mode-forbids")
