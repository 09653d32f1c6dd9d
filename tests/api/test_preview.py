from tests.support.person import Person


def test_a_preview_shows_the_prompt_and_why_each_memory_is_in_it(ada: Person) -> None:
    profile = ada.default_profile()
    ada.say(ada.session(), "My sister Anna lives in Bergen.")
    ada.settle(profile)
    path = f"/memory-profiles/{profile}/memories/preview"

    preview = ada.post(path, {"message": "Where does my sister live?"})

    system, *_, question = preview["messages"]
    assert (system["role"], question["role"]) == ("system", "user")
    assert question["content"] == "Where does my sister live?"
    assert "Bergen" in system["content"]
    for previewed in preview["memories"]:
        memory = previewed["memory"]
        assert memory["content"] in system["content"]
        assert abs(sum(memory["terms"].values()) - memory["score"]) < 0.001
    budget = preview["budget"]
    assert budget["prompt"] == sum(one["tokens"] for one in preview["messages"])
    assert budget["memories"] == sum(one["tokens"] for one in preview["memories"])
    assert budget["prompt"] + budget["answer_reserve"] <= budget["window"]


def test_a_turn_recalls_what_its_preview_showed_and_explains_it_later(ada: Person) -> None:
    profile = ada.default_profile()
    ada.say(ada.session(), "My sister Anna lives in Bergen.")
    ada.settle(profile)
    question = {"message": "Where does my sister live?"}
    preview = ada.post(f"/memory-profiles/{profile}/memories/preview", question)
    session = ada.session(mode="pause_memories")

    answer = ada.say(session, question["message"])

    shown = [one["memory"] for one in preview["memories"]]
    assert answer["memories_used"] == shown
    assert ada.get(f"/runs/{answer['run_id']}")["memories_used"] == shown
    assert ada.messages(session)[-1]["memories_used"] == shown


def test_a_preview_in_incognito_shows_no_memory(ada: Person) -> None:
    profile = ada.default_profile()
    ada.say(ada.session(), "My sister Anna lives in Bergen.")
    ada.settle(profile)
    secret = ada.session(mode="incognito")

    preview = ada.post(
        f"/memory-profiles/{profile}/memories/preview",
        {"message": "Where does my sister live?", "session_id": secret},
    )

    assert preview["memories"] == []
    assert "Bergen" not in str(preview)
    assert ada.messages(secret) == []


def test_a_preview_leaves_nothing_behind_and_is_nobody_elses(ada: Person, bob: Person) -> None:
    profile, session = ada.default_profile(), ada.session()
    path = f"/memory-profiles/{profile}/memories/preview"

    ada.post(path, {"message": "I live in Oslo.", "session_id": session})

    assert ada.messages(session) == []
    assert ada.memories(profile) == []
    assert bob.http.post(f"/api/v1{path}", json={"message": "Hi"}).status_code == 404
    other = {"message": "Hi", "session_id": bob.session()}
    assert ada.http.post(f"/api/v1{path}", json=other).status_code == 404
