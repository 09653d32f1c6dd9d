"""Memories that move, profiles that merge, sessions that read several: with the real embedder."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.support.person import Person
from tests.support.problem import problem_of
from tests.support.round_trip import records_of
from tests.support.running_upstream import RunningUpstream
from tests.support.upstream import Reply

ASKED = "Where does my sister Anna live?"
ANNA = "My sister Anna lives in Bergen."


@pytest.fixture
def work(ada: Person) -> str:
    return ada.profile("work")


@pytest.fixture
def home(ada: Person) -> str:
    return ada.default_profile()


def told(person: Person, profile: str, text: str = ANNA) -> tuple[str, str]:
    """The session and the message in which something was said, learnt by now."""
    session = person.session(profile)
    person.say(session, text)
    person.settle(profile)
    return session, person.messages(session)[0]["id"]


def reading(person: Person, profile: str, *reads: str, **fields: Any) -> str:
    body = {"memory_profile_id": profile, "reads_memory_profile_ids": list(reads), **fields}
    return str(person.post("/sessions", body)["id"])


def known(person: Person, profile: str, word: str = "Bergen") -> Any:
    """The one memory that says the word."""
    [memory] = [one for one in person.memories(profile) if word in one["content"]]
    return memory


def found(person: Person, profile: str, query: str = ASKED) -> list[Any]:
    path = f"/memory-profiles/{profile}/memories/search"
    return list(person.post(path, {"query": query, "limit": 20})["data"])


def move(person: Person, profile: str, to: str, *memories: str) -> httpx.Response:
    body = {"memory_ids": memories, "to_profile_id": to}
    return person.http.post(f"/api/v1/memory-profiles/{profile}/memories/move", json=body)


def merge(person: Person, profile: str, source: str) -> httpx.Response:
    path = f"/api/v1/memory-profiles/{profile}/merge"
    return person.http.post(path, json={"from_profile_id": source})


def all_of(person: Person) -> list[Any]:
    """Everything that a person has, index included."""
    profiles = person.get("/memory-profiles", limit=100)["data"]
    return [
        profiles,
        person.get("/sessions", limit=100),
        [person.memories(one["id"]) for one in profiles],
        [[hit["id"] for hit in found(person, one["id"])] for one in profiles],
    ]


def test_a_moved_memory_is_found_there_and_its_words_stay(
    ada: Person, home: str, work: str
) -> None:
    _, message = told(ada, home)
    before = known(ada, home)

    answer = move(ada, home, work, before["id"]).json()

    assert answer == {
        "memory_profile_id": work,
        "memory_ids": [before["id"]],
        "superseded": [],
    }
    assert ada.get(f"/memories/{before['id']}") == {**before, "memory_profile_id": work}
    ada.settle(home)
    ada.settle(work)
    assert [one["id"] for one in found(ada, work)] == [before["id"]]
    here = {one["id"] for one in found(ada, home)}
    assert message in here
    assert before["id"] not in here
    used = ada.say(ada.session(work), ASKED)["memories_used"]
    assert [(one["id"], one["memory_profile_id"]) for one in used] == [(before["id"], work)]


def test_forgetting_reaches_from_either_profile(ada: Person, home: str, work: str) -> None:
    _, message = told(ada, home)
    moved = [one["id"] for one in ada.memories(home)]
    assert move(ada, home, work, *moved).status_code == 200

    receipt = ada.delete(f"/memories/{moved[0]}")

    assert receipt["unlearned_messages"] >= 1
    assert message not in {one["id"] for one in found(ada, home)}
    assert len(ada.memories(work)) == len(moved) - 1

    session, message = told(ada, home, "My brother Ben lives in Oslo.")
    move(ada, home, work, known(ada, home, "Oslo")["id"])
    ada.delete(f"/sessions/{session}/messages/{message}")
    assert "Oslo" not in str(ada.memories(work))
    assert "Oslo" not in str(found(ada, work, "Oslo"))


def test_moves_that_make_no_sense_change_nothing(
    ada: Person, bob: Person, home: str, work: str
) -> None:
    told(ada, home)
    told(bob, bob.default_profile())
    mine, his = known(ada, home), known(bob, bob.default_profile())
    before, bobs = all_of(ada), all_of(bob)

    problem_of(move(ada, home, home, mine["id"]), 422, "invalid-input")
    problem_of(move(ada, work, home, mine["id"]), 404, "memory-not-found")
    for stranger in (his["id"], str(uuid4())):
        problem_of(move(ada, home, work, mine["id"], stranger), 404, "memory-not-found")
    for elsewhere in (bob.default_profile(), str(uuid4())):
        problem_of(move(ada, home, elsewhere, mine["id"]), 404, "profile-not-found")
        problem_of(move(ada, elsewhere, home, his["id"]), 404, "profile-not-found")
    for bad in ([], ["x"], [mine["id"]] * 501, [None], "*"):
        body = {"memory_ids": bad, "to_profile_id": work}
        path = f"/api/v1/memory-profiles/{home}/memories/move"
        problem_of(ada.http.post(path, json=body), 422)

    assert all_of(ada) == before
    assert all_of(bob) == bobs


def test_a_profile_takes_over_everything_of_another(ada: Person, home: str, work: str) -> None:
    session, message = told(ada, work)
    told(ada, home, "My dog is called Rex.")
    told(ada, work, "My dog is called Rex.")
    files = ada.imported(work, b"I like figs.")
    ada.settle(work)

    answer = merge(ada, work, home)

    assert answer.status_code == 200
    body = answer.json()
    assert (body["profile"]["id"], body["profile"]["is_default"]) == (work, True)
    assert body["moved"] == {"memories": 1, "sessions": 1, "messages": 2, "documents": 0}
    assert (body["merged"], body["superseded"]) == (1, 0)
    [left] = ada.get("/memory-profiles")["data"]
    assert left == body["profile"]
    problem_of(ada.http.get(f"/api/v1/memory-profiles/{home}"), 404, "profile-not-found")
    [rex] = [one for one in ada.memories(work) if "Rex" in one["content"]]
    assert len(rex["source_message_ids"]) == 2
    ada.settle(work)
    assert message in {one["id"] for one in found(ada, work)}
    assert ada.get(f"/sessions/{session}")["memory_profile_id"] == work
    assert ada.get(f"/imports/{files['id']}")["status"] == "done"
    assert ada.say(session, ASKED)["memories_used"]


def test_merges_that_make_no_sense_change_nothing(
    ada: Person, bob: Person, home: str, work: str
) -> None:
    told(ada, home)
    told(bob, bob.default_profile())
    before, bobs = all_of(ada), all_of(bob)

    problem_of(merge(ada, home, home), 422, "invalid-input")
    for stranger in (bob.default_profile(), str(uuid4())):
        problem_of(merge(ada, home, stranger), 404, "profile-not-found")
        problem_of(merge(ada, stranger, work), 404, "profile-not-found")
    for bad in (None, "", "*", [work]):
        path = f"/api/v1/memory-profiles/{home}/merge"
        problem_of(ada.http.post(path, json={"from_profile_id": bad}), 422)

    assert all_of(ada) == before
    assert all_of(bob) == bobs


def test_of_ten_that_merge_at_once_each_profile_goes_once(ada: Person, home: str) -> None:
    others = [ada.profile(f"p{number}") for number in range(5)]
    for other in others:
        ada.post(f"/memory-profiles/{other}/memories", {"content": f"Ada knows {other}."})

    with ThreadPoolExecutor(10) as crowd:
        statuses = sorted(
            crowd.map(lambda other: merge(ada, home, other).status_code, [*others, *others])
        )

    assert statuses == [200] * 5 + [404] * 5
    assert len(ada.memories(home)) == 5
    assert len(ada.get("/memory-profiles")["data"]) == 1


def test_a_session_says_what_it_reads(ada: Person, home: str, work: str) -> None:
    session = reading(ada, home, work, home, work)
    assert ada.get(f"/sessions/{session}")["reads_memory_profile_ids"] == [work]
    assert ada.get("/sessions")["data"][0]["reads_memory_profile_ids"] == [work]
    assert ada.post("/sessions", {})["reads_memory_profile_ids"] == []

    more = [ada.profile(f"p{number}") for number in range(8)]
    changed = ada.patch(f"/sessions/{session}", {"reads_memory_profile_ids": more})
    assert changed["reads_memory_profile_ids"] == sorted(more)
    assert ada.patch(f"/sessions/{session}", {"title": "x"})["reads_memory_profile_ids"]
    assert not ada.patch(f"/sessions/{session}", {"reads_memory_profile_ids": []})[
        "reads_memory_profile_ids"
    ]
    for bad in ([*more, work], None, "*", ["*"], [None], work):
        body = {"reads_memory_profile_ids": bad}
        problem_of(ada.http.patch(f"/api/v1/sessions/{session}", json=body), 422)


def test_an_answer_reads_both_and_teaches_neither(ada: Person, home: str, work: str) -> None:
    told(ada, work)
    told(ada, home, "My brother Ben lives in Oslo.")
    session = reading(ada, home, work)

    with ada.stream(session, ASKED) as events:
        told_of = [event for event in events if event["type"] == "memory.used"]

    used = told_of[0]["memories"]
    assert work in {one["memory_profile_id"] for one in used}
    ada.settle(home)
    answer = ada.messages(session)[1]
    assert "Bergen" in answer["content"]
    assert {one["id"] for one in answer["memories_used"]} == {one["id"] for one in used}
    assert not [one for one in ada.memories(home) if "Bergen" in one["content"]]
    assert answer["id"] not in {one["id"] for one in found(ada, home)}
    exported = [one for one in records_of(ada.exported(home)) if one.get("id") == answer["id"]]
    assert (exported[0]["learnable"], exported[0]["searchable"]) == (False, False)
    again = ada.post(f"/chat/{session}/regenerate", {})
    assert work in {one["memory_profile_id"] for one in again["memories_used"]}
    run = ada.get(f"/runs/{again['run_id']}")
    assert run["memories_used"] == again["memories_used"]


@pytest.mark.parametrize(("mode", "reads"), [("pause_memories", True), ("incognito", False)])
def test_modes_hold_for_what_is_read(
    ada: Person, home: str, work: str, mode: str, *, reads: bool
) -> None:
    told(ada, work)

    answer = ada.say(reading(ada, home, work, privacy_mode=mode), ASKED)

    assert bool(answer["memories_used"]) is reads
    turned = ada.say(reading(ada, home, work), ASKED, privacy_mode=mode)
    assert bool(turned["memories_used"]) is reads


def test_a_preview_reads_what_the_session_reads_or_what_it_is_told(
    ada: Person, bob: Person, home: str, work: str
) -> None:
    told(ada, work)
    path = f"/memory-profiles/{home}/memories/preview"
    session = reading(ada, home, work)

    def previewed(**body: Any) -> set[str]:
        preview = ada.post(path, {"message": ASKED, **body})
        return {one["memory"]["memory_profile_id"] for one in preview["memories"]}

    assert previewed() == set()
    assert previewed(session_id=session) == {work}
    assert previewed(reads_memory_profile_ids=[work, home]) == {work}
    assert previewed(session_id=session, reads_memory_profile_ids=[]) == set()
    for stranger in (bob.default_profile(), str(uuid4())):
        body = {"message": ASKED, "reads_memory_profile_ids": [work, stranger]}
        problem_of(ada.http.post(f"/api/v1{path}", json=body), 404, "profile-not-found")


def test_nobody_reads_the_profile_of_another(
    ada: Person, bob: Person, home: str, work: str
) -> None:
    his = bob.default_profile()
    told(bob, his)
    session = reading(ada, home, work)
    before = all_of(ada)

    for stranger in (his, str(uuid4())):
        body: dict[str, Any] = {"reads_memory_profile_ids": [work, stranger]}
        problem_of(ada.http.post("/api/v1/sessions", json=body), 404, "profile-not-found")
        changed = ada.http.patch(f"/api/v1/sessions/{session}", json={**body, "title": "x"})
        problem_of(changed, 404, "profile-not-found")

    assert all_of(ada) == before
    assert ada.say(session, ASKED)["memories_used"] == []


def test_a_profile_that_goes_is_read_by_nobody_and_one_that_merges_in_its_new_home(
    ada: Person, home: str, work: str
) -> None:
    third = ada.profile("third")
    told(ada, third)
    session = reading(ada, home, work, third)

    merge(ada, work, third)
    ada.settle(work)
    assert ada.get(f"/sessions/{session}")["reads_memory_profile_ids"] == [work]
    used = ada.say(session, ASKED)["memories_used"]
    assert {one["memory_profile_id"] for one in used} == {work}

    receipt = ada.delete(f"/memory-profiles/{work}")
    assert receipt["deleted"]["chat_session_reads"] == 1
    assert ada.get(f"/sessions/{session}")["reads_memory_profile_ids"] == []
    assert ada.messages(session)[1]["memories_used"] == []


def test_what_is_read_travels_with_an_account_and_not_with_a_profile(
    ada: Person, bob: Person, home: str, work: str
) -> None:
    session = reading(ada, home, work)
    told(ada, home)
    account, alone = ada.exported(), ada.exported(home)

    [line] = [one for one in records_of(account) if one.get("id") == session]
    assert line["reads_memory_profile_ids"] == [work]
    assert "reads_memory_profile_ids" not in alone.decode()
    bob.imported(None, account)
    profiles = {one["name"]: one["id"] for one in bob.get("/memory-profiles")["data"]}
    reads = [one["reads_memory_profile_ids"] for one in bob.get("/sessions")["data"]]
    assert sorted(reads) == [[], [profiles["work"]]]
    into_one = bob.profile("one")
    problem_of(bob.http.post(f"/api/v1/memory-profiles/{into_one}/import", content=account), 422)


def test_an_answer_under_way_on_either_profile_keeps_them_apart(
    zoe: Person, upstream: RunningUpstream
) -> None:
    upstream.script(Reply(text="one two three", after=2, then="stall", comments=1, keep=True))
    home, work = zoe.default_profile(), zoe.profile("work")
    for profile in (home, work):
        with zoe.stream(zoe.session(profile), "Count to three.") as events:
            run = next(events)["run_id"]
            refused = merge(zoe, home, work)
            problem_of(refused, 409, "run-in-progress")
            assert refused.headers["x-should-retry"] == "false"
            zoe.post(f"/runs/{run}/cancel")
            assert list(events)[-1]["type"] == "run.cancelled"

    assert merge(zoe, home, work).status_code == 200
    assert len(zoe.get("/memory-profiles")["data"]) == 1
