"""`ETag` is another one after every change that shows; who names an old one changes nothing."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.support.person import Person
from tests.support.problem import problem_of

MEMORY = {"kind": "fact", "content": "User plays the harp."}
Make = Callable[[Person], httpx.Response]


def a_session(person: Person) -> httpx.Response:
    return person.http.post("/api/v1/sessions", json={"title": "The garden"})


def a_secret_session(person: Person) -> httpx.Response:
    body = {"title": "The garden", "privacy_mode": "incognito"}
    return person.http.post("/api/v1/sessions", json=body)


def a_profile(person: Person) -> httpx.Response:
    return person.http.post("/api/v1/memory-profiles", json={"name": "work"})


def a_memory(person: Person) -> httpx.Response:
    profile = person.default_profile()
    return person.http.post(f"/api/v1/memory-profiles/{profile}/memories", json=MEMORY)


KINDS: Mapping[str, tuple[Make, str, Mapping[str, Any]]] = {
    "session": (a_session, "/api/v1/sessions", {"title": "The orchard"}),
    "secret session": (a_secret_session, "/api/v1/sessions", {"title": "The orchard"}),
    "profile": (a_profile, "/api/v1/memory-profiles", {"name": "home"}),
    "memory": (a_memory, "/api/v1/memories", {"content": "User plays the lute."}),
}
every_kind = pytest.mark.parametrize(("make", "where", "change"), KINDS.values(), ids=KINDS)


def tag_of(person: Person, path: str) -> str:
    return person.http.get(path).headers["ETag"]


@every_kind
def test_whoever_knows_the_version_is_not_told_it_again(
    ada: Person, make: Make, where: str, change: Mapping[str, Any]
) -> None:
    made = make(ada)
    path, tag = f"{where}/{made.json()['id']}", made.headers["ETag"]
    for known in (tag, f'"other", W/{tag}', "*"):
        unchanged = ada.http.get(path, headers={"If-None-Match": known})
        assert (unchanged.status_code, unchanged.content) == (304, b"")
        assert unchanged.headers["ETag"] == tag

    changed = ada.http.patch(path, json=change)

    assert changed.headers["ETag"] != tag
    seen = ada.http.get(path, headers={"If-None-Match": tag})
    assert (seen.status_code, seen.headers["ETag"]) == (200, changed.headers["ETag"])


@every_kind
def test_whoever_names_an_old_version_changes_nothing(
    ada: Person, make: Make, where: str, change: Mapping[str, Any]
) -> None:
    made = make(ada)
    path, old = f"{where}/{made.json()['id']}", made.headers["ETag"]
    now = ada.http.patch(path, json=change, headers={"If-Match": f'"other", {old}'})
    assert now.status_code == 200, now.text

    for stale in (old, f"W/{now.headers['ETag']}", "no tag"):
        headers = {"If-Match": stale}
        for refused in (
            ada.http.patch(path, json=change, headers=headers),
            ada.http.patch(path, json={}, headers=headers),
            ada.http.delete(path, headers=headers),
        ):
            problem_of(refused, 412, "precondition-failed")

    assert tag_of(ada, path) == now.headers["ETag"]
    for fitting in ({"If-Match": "*"}, {}):
        assert ada.http.patch(path, json={}, headers=fitting).status_code == 200
    assert ada.http.delete(path, headers={"If-Match": tag_of(ada, path)}).status_code == 200


def test_of_two_who_change_the_same_version_one_does(ada: Person) -> None:
    made = a_memory(ada)
    path, headers = f"/api/v1/memories/{made.json()['id']}", {"If-Match": made.headers["ETag"]}

    def change(number: int) -> int:
        body = {"content": f"User plays {number} harps."}
        return ada.http.patch(path, json=body, headers=headers).status_code

    with ThreadPoolExecutor(6) as threads:
        statuses = sorted(threads.map(change, range(6)))

    assert statuses == [200, *[412] * 5]
    assert len(ada.get(path.removeprefix("/api/v1") + "/history")["data"]) == 2


def test_every_change_that_shows_makes_another_version(ada: Person) -> None:
    session, first = a_session(ada).json()["id"], a_profile(ada).json()["id"]
    memory = a_memory(ada).json()["id"]
    paths = [f"/api/v1/sessions/{session}", f"/api/v1/memories/{memory}"]
    paths += [f"/api/v1/memory-profiles/{one}" for one in (first, ada.default_profile())]

    def changed(act: Callable[[], object]) -> set[str]:
        before = {path: ada.http.get(path) for path in paths}
        act()
        after = {path: ada.http.get(path) for path in paths}
        for path in paths:
            same = before[path].headers["ETag"] == after[path].headers["ETag"]
            assert same == (before[path].json() == after[path].json()), path
        return {path for path in paths if before[path].json() != after[path].json()}

    default = ada.default_profile()
    answer = {}
    assert changed(lambda: answer.update(ada.say(session, "I live in Bergen."))) == {paths[0]}
    gone = f"/sessions/{session}/messages/{answer['message_id']}"
    assert changed(lambda: ada.delete(gone)) == {paths[0]}
    reads = {"reads_memory_profile_ids": [first]}
    assert changed(lambda: ada.patch(f"/sessions/{session}", reads)) == {paths[0]}
    assert changed(lambda: ada.post(f"/memory-profiles/{first}/set-default")) == set(paths[2:])
    move = {"memory_ids": [memory], "to_profile_id": first}
    assert changed(lambda: ada.post(f"/memory-profiles/{default}/memories/move", move)) == {
        paths[1]
    }
    assert changed(lambda: ada.post(f"/memories/{memory}/reject")) == {paths[1]}
    assert changed(lambda: ada.delete(f"/sessions/{session}/messages")) == {paths[0]}


def test_what_is_said_in_incognito_makes_another_version(ada: Person) -> None:
    session = ada.session(mode="incognito")
    before = tag_of(ada, f"/api/v1/sessions/{session}")

    ada.say(session, "Hush.")

    assert tag_of(ada, f"/api/v1/sessions/{session}") != before


def test_a_tag_tells_nothing_of_the_words(ada: Person, bob: Person) -> None:
    tags = {a_memory(one).headers["ETag"] for one in (ada, bob)}

    assert len(tags) == 2
