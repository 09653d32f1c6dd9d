from tests.support.person import Person
from tests.support.problem import problem_of


def titles(person: Person, **query: object) -> list[str | None]:
    return [session["title"] for session in person.get("/sessions", **query)["data"]]


def entitled(person: Person, title: str, **body: object) -> str:
    return str(person.post("/sessions", {"title": title, **body})["id"])


def test_a_session_is_what_was_asked_for(ada: Person) -> None:
    profile = ada.profile("family")
    asked = {"memory_profile_id": profile, "privacy_mode": "pause_memories", "title": "Holidays"}

    made = ada.post("/sessions", asked)

    assert made.items() >= asked.items()
    assert made["message_count"] == 0
    assert made["privacy"].items() >= {"recall": True, "learn": False, "retain": True}.items()
    assert "nothing said here is ever learnt" in made["privacy"]["note"]
    assert ada.get(f"/sessions/{made['id']}") == made


def test_a_session_is_on_no_foreign_profile(ada: Person, bob: Person) -> None:
    answer = ada.http.post("/api/v1/sessions", json={"memory_profile_id": bob.default_profile()})

    problem_of(answer, 404, "profile-not-found")
    assert titles(ada) == []


def test_the_first_message_gives_a_title_and_later_ones_do_not(ada: Person) -> None:
    session = ada.session()
    ada.say(session, "Which  tea\nis best?")
    ada.say(session, "And which coffee?")

    assert ada.get(f"/sessions/{session}")["title"] == "Which tea is best?"


def test_a_long_first_message_is_cut_between_words(ada: Person) -> None:
    session = ada.session()
    ada.say(session, "tea " * 100)

    title = ada.get(f"/sessions/{session}")["title"]
    assert len(title) <= 60
    assert title.endswith("tea…")


def test_a_title_that_was_given_stays(ada: Person) -> None:
    session = entitled(ada, "Mine")
    ada.say(session, "Which tea is best?")

    assert ada.get(f"/sessions/{session}")["title"] == "Mine"


def test_a_title_can_be_changed_and_taken_away(ada: Person) -> None:
    session = entitled(ada, "Old")

    assert ada.patch(f"/sessions/{session}", {"title": " New "})["title"] == "New"
    assert ada.patch(f"/sessions/{session}", {"title": None})["title"] is None


def test_deleting_a_session_forgets_what_came_from_it_alone(ada: Person) -> None:
    profile = ada.profile("family")
    session = ada.session(profile)
    ada.say(session, "My sister Anna lives in Bergen.")
    ada.settle(profile)

    receipt = ada.delete(f"/sessions/{session}")

    assert receipt["deleted"]["chat_sessions"] == 1
    assert receipt["deleted"]["chat_messages"] == 2
    assert ada.memories(profile) == []
    found = ada.post(f"/memory-profiles/{profile}/memories/search", {"query": "Anna Bergen"})
    assert found["data"] == []
    problem_of(ada.http.delete(f"/api/v1/sessions/{session}"), 404, "session-not-found")


def test_the_latest_active_session_comes_first(ada: Person) -> None:
    first, second = entitled(ada, "first"), entitled(ada, "second")
    assert titles(ada) == ["second", "first"]

    ada.say(first, "Hello.")
    assert titles(ada) == ["first", "second"]

    ada.patch(f"/sessions/{second}", {"title": "second!"})
    assert titles(ada) == ["second!", "first"]


def test_a_change_that_changes_nothing_is_no_activity(ada: Person) -> None:
    first = entitled(ada, "first")
    entitled(ada, "second")

    ada.patch(f"/sessions/{first}", {})

    assert titles(ada) == ["second", "first"]


def test_sessions_can_be_listed_by_profile(ada: Person, bob: Person) -> None:
    family = ada.profile("family")
    entitled(ada, "on default")
    entitled(ada, "on family", memory_profile_id=family)

    assert titles(ada, memory_profile_id=family) == ["on family"]
    foreign = ada.http.get("/api/v1/sessions", params={"memory_profile_id": bob.default_profile()})
    problem_of(foreign, 404, "profile-not-found")


def test_pages_of_sessions_are_complete_and_without_repeats(ada: Person) -> None:
    made = [entitled(ada, f"s{number}") for number in range(7)]

    seen: list[str] = []
    page = ada.get("/sessions", limit=3)
    while True:
        seen += [session["id"] for session in page["data"]]
        if page["next_cursor"] is None:
            break
        page = ada.get("/sessions", limit=3, cursor=page["next_cursor"])

    assert seen == made[::-1]


def test_a_session_that_moves_up_while_paging_hides_no_other(ada: Person) -> None:
    made = [entitled(ada, f"s{number}") for number in range(6)]
    page = ada.get("/sessions", limit=3)
    ada.say(made[0], "Hello.")

    rest = ada.get("/sessions", limit=3, cursor=page["next_cursor"])

    assert [session["id"] for session in rest["data"]] == [made[2], made[1]]


def test_a_summary_tells_what_was_said(ada: Person) -> None:
    session = ada.session()
    empty = ada.get(f"/sessions/{session}/summary")
    assert empty == {"session_id": session, "summary": None, "message_count": 0}

    ada.say(session, "My sister Anna lives in Bergen.")
    summary = ada.get(f"/sessions/{session}/summary")
    assert summary["summary"]
    assert summary["message_count"] == 2

    ada.delete(f"/sessions/{session}/messages")
    assert ada.get(f"/sessions/{session}/summary") == empty
