from tests.support.person import Person


def test_what_was_told_in_one_session_is_recalled_in_the_next_with_its_source(ada: Person) -> None:
    family = ada.profile("family")
    told = ada.session(family)
    ada.say(told, "My sister Anna lives in Bergen.")
    ada.settle(family)

    answer = ada.say(ada.session(family), "Where does my sister live?")

    assert "Bergen" in answer["content"]
    source = ada.messages(told)[0]["id"]
    assert any(source in used["source_message_ids"] for used in answer["memories_used"])


def test_what_was_told_on_one_profile_is_unknown_on_another(ada: Person) -> None:
    family, work = ada.profile("family"), ada.profile("work")
    ada.say(ada.session(family), "My sister Anna lives in Bergen.")
    ada.settle(family)

    answer = ada.say(ada.session(work), "Where does my sister live?")

    assert answer["memories_used"] == []
    assert "Bergen" not in answer["content"]


def test_a_paused_session_recalls_and_learns_nothing(ada: Person) -> None:
    family = ada.profile("family")
    ada.say(ada.session(family), "My sister Anna lives in Bergen.")
    ada.settle(family)
    known = ada.memories(family)

    paused = ada.session(family, mode="pause_memories")
    answer = ada.say(paused, "Where does my sister live? My brother Karl lives in Turku.")
    ada.settle(family)

    assert "Bergen" in answer["content"]
    assert answer["privacy"] == {
        "mode": "pause_memories",
        "recall": True,
        "learn": False,
        "retain": True,
        "tightened_by": ["session"],
    }
    assert answer["memory_job_id"] is None
    assert ada.memories(family) == known
    assert "Turku" not in ada.say(ada.session(family), "Where does Karl live?")["content"]


def test_an_incognito_session_knows_nothing_and_keeps_nothing(ada: Person) -> None:
    family = ada.profile("family")
    ada.say(ada.session(family), "My sister Anna lives in Bergen.")
    ada.settle(family)

    secret = ada.session(family, mode="incognito")
    answer = ada.say(secret, "Where does my sister live? My brother Karl lives in Turku.")
    ada.settle(family)

    assert answer["memories_used"] == []
    assert "Bergen" not in answer["content"]
    assert len(ada.messages(secret)) == 2
    ada.patch(f"/sessions/{secret}", {"privacy_mode": "normal"})
    assert ada.messages(secret) == []
    assert "Turku" not in ada.say(ada.session(family), "Where does Karl live?")["content"]
