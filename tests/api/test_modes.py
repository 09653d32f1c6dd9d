from typing import Any

import pytest

from tests.support.person import Person
from tests.support.server import Server

MODES = ("normal", "pause_memories", "incognito")
POLICIES = {
    "normal": {"recall": True, "learn": True, "retain": True},
    "pause_memories": {"recall": True, "learn": False, "retain": True},
    "incognito": {"recall": False, "learn": False, "retain": False},
}


@pytest.fixture
def family(ada: Person) -> str:
    """A profile that knows where Anna lives."""
    profile = ada.profile("family")
    ada.post(f"/memory-profiles/{profile}/memories", {"content": "Anna lives in Bergen."})
    ada.settle(profile)
    return profile


def switch(person: Person, session: str, mode: str) -> Any:
    return person.patch(f"/sessions/{session}", {"privacy_mode": mode})


@pytest.mark.parametrize("session_mode", MODES)
@pytest.mark.parametrize("request_mode", MODES)
def test_the_stricter_of_session_and_request_wins(
    ada: Person, family: str, session_mode: str, request_mode: str
) -> None:
    session = ada.session(family, mode=session_mode)

    answer = ada.say(session, "Where does Anna live?", privacy_mode=request_mode)

    strictest = max(session_mode, request_mode, key=MODES.index)
    modes = {"session": session_mode, "request": request_mode}
    tightened_by = [layer for layer, mode in modes.items() if mode != "normal"]
    told = {"mode": strictest, **POLICIES[strictest], "tightened_by": tightened_by}
    assert answer["privacy"] == told
    assert ada.get(f"/runs/{answer['run_id']}")["privacy"] == told
    assert bool(answer["memories_used"]) is POLICIES[strictest]["recall"]
    assert (answer["memory_job_id"] is not None) is POLICIES[strictest]["learn"]
    kept = ada.get(f"/sessions/{session}")["message_count"] > 0
    assert kept is (session_mode == "incognito" or POLICIES[strictest]["retain"])


def test_one_stricter_turn_leaves_the_session_as_it_was(ada: Person, family: str) -> None:
    session = ada.session(family)
    ada.say(session, "I like zebras.", privacy_mode="incognito")

    assert (
        ada.get(f"/sessions/{session}").items()
        >= {
            "privacy_mode": "normal",
            "message_count": 0,
            "title": None,
        }.items()
    )
    assert ada.messages(session) == []
    assert "zebra" not in ada.say(session, "What do I like?")["content"]


@pytest.mark.parametrize("mode", MODES)
def test_a_session_says_what_its_mode_permits(ada: Person, mode: str) -> None:
    session = ada.session()

    changed = switch(ada, session, mode)

    assert changed["privacy_mode"] == mode
    assert changed["privacy"].items() >= POLICIES[mode].items()
    assert "provider of the model" in changed["privacy"]["note"]


def test_a_paused_turn_is_never_learnt_from_afterwards(ada: Person, family: str) -> None:
    session = ada.session(family, mode="pause_memories")
    ada.say(session, "My brother Karl lives in Turku.")
    switch(ada, session, "normal")
    ada.say(session, "My cousin Ida lives in Oslo.")
    ada.settle(family)

    known = " ".join(memory["content"] for memory in ada.memories(family))
    assert "Oslo" in known
    assert "Turku" not in known
    found = ada.post(f"/memory-profiles/{family}/memories/search", {"query": "Karl Turku"})
    assert "Turku" not in str(found)


@pytest.mark.parametrize("later", ["normal", "pause_memories"])
def test_incognito_words_end_with_the_mode(ada: Person, family: str, later: str) -> None:
    session = ada.session(family)
    ada.say(session, "Hello there.")
    switch(ada, session, "incognito")
    ada.patch(f"/sessions/{session}", {"title": "Secret"})
    ada.say(session, "My brother Karl lives in Turku.")
    assert (
        ada.get(f"/sessions/{session}").items() >= {"title": "Secret", "message_count": 4}.items()
    )

    changed = switch(ada, session, later)

    assert changed.items() >= {"title": "Hello there.", "message_count": 2}.items()
    assert ada.messages(session)[0]["content"] == "Hello there."
    switch(ada, session, "incognito")
    assert len(ada.messages(session)) == 2, "coming back brings nothing back"
    assert ada.get(f"/sessions/{session}")["title"] == "Hello there."


def test_incognito_again_does_not_end_incognito(ada: Person) -> None:
    session = ada.session(mode="incognito")
    ada.say(session, "Hello there.")

    switch(ada, session, "incognito")

    assert len(ada.messages(session)) == 2


def test_a_title_from_before_can_be_taken_away_in_incognito(ada: Person) -> None:
    session = ada.post("/sessions", {"title": "Before"})["id"]
    switch(ada, session, "incognito")

    assert ada.patch(f"/sessions/{session}", {"title": None})["title"] is None
    assert switch(ada, session, "normal")["title"] is None


def test_deleting_an_incognito_session_counts_what_was_only_in_memory(ada: Person) -> None:
    session = ada.session(mode="incognito")
    ada.say(session, "Hello there.")

    assert (
        ada.delete(f"/sessions/{session}")["deleted"].items()
        >= {
            "chat_sessions": 1,
            "incognito_messages": 2,
        }.items()
    )


def test_summaries_of_incognito_are_made_and_not_kept(ada: Person) -> None:
    session = ada.session(mode="incognito")
    ada.say(session, "I like zebras.")

    assert ada.get(f"/sessions/{session}/summary")["summary"]
    switch(ada, session, "normal")
    assert ada.get(f"/sessions/{session}/summary")["summary"] is None


def test_who_made_a_turn_stricter_is_told_also_after_a_restart(own_server: Server) -> None:
    own_server.start()
    with Person(own_server) as ada:
        quiet = ada.post("/memory-profiles", {"name": "quiet", "learning": "off"})["id"]
        session = ada.session(quiet, mode="pause_memories")
        told = ada.say(session, "I like figs.")
        ada.patch(f"/sessions/{session}", {"privacy_mode": "normal"})
        again = ada.post(f"/chat/{session}/regenerate", {})
        own_server.stop()
        own_server.start()
        ada.http.base_url = own_server.url

        assert told["privacy"]["tightened_by"] == ["session", "profile"]
        assert again["privacy"]["tightened_by"] == ["profile", "message"]
        assert ada.get(f"/runs/{again['run_id']}")["privacy"] == again["privacy"]
