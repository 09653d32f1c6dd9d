"""What held when: a person moves house, and is asked about it later."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.person import Person
from tests.support.problem import problem_of
from tests.support.server import Server

BERLIN, MUNICH = "User lives in Berlin.", "User lives in Munich."
BEFORE_ALL, IN_BERLIN, MOVED, NEXT_CENTURY = (
    "2019-12-31T23:59:59Z",
    "2021-06-01T00:00:00+02:00",
    "2023-01-10T12:00:00Z",
    "2126-01-01T00:00:00Z",
)
QUESTION = "Where does the user live?"


@dataclass(frozen=True, slots=True)
class Mover:
    """Somebody who lived in Berlin from 2020, and in Munich from 10 January 2023 at noon."""

    person: Person
    profile: str
    berlin: dict[str, Any]
    munich: dict[str, Any]

    def listed(self, **query: Any) -> list[str]:
        page = self.person.get(f"/memory-profiles/{self.profile}/memories", **query)
        return [memory["content"] for memory in page["data"]]

    def found(self, **fields: Any) -> list[dict[str, Any]]:
        body = {"query": QUESTION, **fields}
        path = f"/memory-profiles/{self.profile}/memories/search"
        return list(self.person.post(path, body)["data"])

    def known(self, **fields: Any) -> list[str]:
        """The memories that a search finds, without what was said."""
        return [one["content"] for one in self.found(**fields) if one["memory"]]


@pytest.fixture(scope="module")
def mover(server: Server) -> Iterator[Mover]:
    with Person(server, "mia") as person:
        profile = person.default_profile()
        live_in_two_places(person, profile)
        homes = {memory["content"]: memory for memory in person.memories(profile)}
        yield Mover(person, profile, homes[BERLIN], homes[MUNICH])


def live_in_two_places(person: Person, profile: str) -> None:
    said = (("I live in Berlin.", "2020-01-01T00:00:00Z"), ("I moved to Munich.", MOVED))
    past = [{"role": "user", "content": text, "created_at": at} for text, at in said]
    person.post(f"/sessions/{person.session(profile)}/messages", {"messages": past})
    person.settle(profile)


@pytest.mark.parametrize(
    ("as_of", "memories"),
    [
        (BEFORE_ALL, []),
        ("2020-01-01T00:00:00Z", [BERLIN]),
        (IN_BERLIN, [BERLIN]),
        ("2023-01-10T11:59:59.999999Z", [BERLIN]),
        (MOVED, [MUNICH]),
        ("2023-01-10T13:00:00+01:00", [MUNICH]),
        (NEXT_CENTURY, [MUNICH]),
        ("0001-01-01T00:00:00Z", []),
        ("9999-12-31T23:59:59.999999Z", [MUNICH]),
    ],
)
def test_search_and_list_tell_what_held(mover: Mover, as_of: str, memories: list[str]) -> None:
    assert mover.listed(as_of=as_of) == memories
    assert mover.known(as_of=as_of) == memories


def test_without_a_time_search_tells_what_holds_and_list_all_there_is(mover: Mover) -> None:
    assert mover.known() == [MUNICH]
    assert mover.listed() == [MUNICH, BERLIN]


@pytest.mark.parametrize(
    ("as_of", "said"),
    [
        (BEFORE_ALL, set()),
        (IN_BERLIN, {"I live in Berlin."}),
        (MOVED, {"I live in Berlin.", "I moved to Munich."}),
        (NEXT_CENTURY, {"I live in Berlin.", "I moved to Munich."}),
    ],
)
def test_of_what_was_said_a_search_finds_what_had_been_said_by_then(
    mover: Mover, as_of: str, said: set[str]
) -> None:
    episodes = mover.found(as_of=as_of, kinds=["episode"])

    assert {one["content"] for one in episodes} == said


def test_a_memory_that_was_found_of_the_past_says_so(mover: Mover) -> None:
    [found] = mover.found(as_of=IN_BERLIN, kinds=["fact"])

    assert found["memory"] == mover.berlin
    assert found["memory"]["status"] == "superseded"
    assert found["memory"]["valid_until"] == MOVED


@pytest.mark.parametrize(
    ("status", "memories"),
    [("superseded", [BERLIN]), ("active", []), ("pending", []), ("rejected", [])],
)
def test_the_status_that_is_listed_by_is_that_of_now(
    mover: Mover, status: str, memories: list[str]
) -> None:
    assert mover.listed(as_of=IN_BERLIN, status=status) == memories


def test_pages_of_a_time_are_of_that_time(ada: Person) -> None:
    profile = ada.default_profile()
    path = f"/memory-profiles/{profile}/memories"
    for number in range(9):
        began = f"20{10 + number % 2}-01-01T00:00:00Z"
        ada.post(path, {"content": f"fact {number}", "valid_from": began})
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = ada.get(path, as_of="2010-06-01T00:00:00Z", limit=2, **cursor)
        seen += [memory["content"] for memory in page["data"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}

    assert seen == [f"fact {number}" for number in (8, 6, 4, 2, 0)]


def test_history_tells_what_superseded_a_memory_and_since_when(mover: Mover) -> None:
    added, superseded = mover.person.get(f"/memories/{mover.berlin['id']}/history")["data"]

    assert (added["change"], superseded["change"]) == ("added", "superseded")
    assert (added["superseded_by"], added["valid_until"]) == (None, None)
    assert superseded["superseded_by"] == mover.munich["id"]
    assert superseded["valid_until"] == MOVED
    [only] = mover.person.get(f"/memories/{mover.munich['id']}/history")["data"]
    assert (only["superseded_by"], only["valid_until"]) == (None, None)


def test_no_turn_is_told_what_holds_no_longer(mover: Mover) -> None:
    path = f"/memory-profiles/{mover.profile}/memories/preview"

    for question in (QUESTION, "Do I live in Berlin?", "Where did I live?"):
        preview = mover.person.post(path, {"message": question})
        shown = {one["memory"]["id"] for one in preview["memories"]}
        assert mover.berlin["id"] not in shown
        assert BERLIN not in str(preview)
    stats = mover.person.get(f"/memory-profiles/{mover.profile}/memories/stats")
    assert (stats["total"], stats["by_status"]["superseded"], stats["by_status"]["active"]) == (
        2,
        1,
        1,
    )


def test_what_held_until_a_time_that_has_come_is_listed_and_told_to_nobody(ada: Person) -> None:
    profile = ada.default_profile()
    path = f"/memory-profiles/{profile}/memories"
    began, over = "2021-01-01T00:00:00Z", "2022-01-01T00:00:00Z"
    body = {"content": "The user is on parental leave.", "valid_from": began}
    memory = ada.post(path, {**body, "valid_until": over})
    question = {"query": "Who is on parental leave?"}
    preview = {"message": question["query"]}

    assert ada.post(f"{path}/search", question)["data"] == []
    assert ada.post(f"{path}/preview", preview)["memories"] == []
    assert ada.get(path)["data"] == [memory]
    assert [
        len(ada.post(f"{path}/search", {**question, "as_of": at})["data"])
        for at in ("2020-12-31T00:00:00Z", began, "2021-12-31T23:59:59Z", over)
    ] == [0, 1, 1, 0]

    ada.patch(f"/memories/{memory['id']}", {"valid_until": "2999-01-01T00:00:00Z"})
    assert len(ada.post(f"{path}/search", question)["data"]) == 1
    assert len(ada.post(f"{path}/preview", preview)["memories"]) == 1


def test_a_forgotten_memory_is_not_found_of_any_time(ada: Person) -> None:
    profile = ada.default_profile()
    live_in_two_places(ada, profile)
    [berlin] = [one for one in ada.memories(profile) if one["content"] == BERLIN]

    ada.delete(f"/memories/{berlin['id']}")

    path = f"/memory-profiles/{profile}/memories"
    then = ada.post(f"{path}/search", {"query": "Berlin", "as_of": IN_BERLIN})["data"]
    assert then == []
    assert ada.get(path, as_of=IN_BERLIN)["data"] == []


def test_the_past_moves_with_a_profiles_file(mover: Mover, ada: Person) -> None:
    home = ada.profile("moved here")

    done = ada.imported(home, mover.person.exported(mover.profile))

    assert done["status"] == "done"
    ada.settle(home)
    path = f"/memory-profiles/{home}/memories"
    question = {"query": QUESTION, "kinds": ["fact"]}
    [now] = ada.post(f"{path}/search", question)["data"]
    [then] = ada.post(f"{path}/search", {**question, "as_of": IN_BERLIN})["data"]
    assert (now["content"], then["content"]) == (MUNICH, BERLIN)
    assert then["memory"]["superseded_by"] == now["id"]
    assert [one["content"] for one in ada.get(path, as_of=IN_BERLIN)["data"]] == [BERLIN]
    *_, superseded = ada.get(f"/memories/{then['id']}/history")["data"]
    assert (superseded["superseded_by"], superseded["valid_until"]) == (now["id"], MOVED)


@pytest.mark.parametrize(
    "as_of",
    [
        "2023-01-10T12:00:00",
        "2023-01-10",
        "2023-01-10T12:00:00 01:00",
        "2023-02-30T00:00:00Z",
        "10000-01-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "20230110",
        "1673352000",
        "yesterday",
        "now",
        "*",
        "",
        "\x00",
        "2023-01-10T12:00:00Z" + "0" * 4_000,
        "\uff12\uff10\uff12\uff13-01-10T12:00:00Z",
    ],
    ids=lambda text: text[:30],
)
def test_a_time_that_nobody_can_place_is_refused(mover: Mover, as_of: str) -> None:
    path = f"/api/v1/memory-profiles/{mover.profile}/memories"
    http = mover.person.http

    problem_of(http.get(path, params={"as_of": as_of}), 422, "invalid-input")
    problem_of(
        http.post(f"{path}/search", json={"query": QUESTION, "as_of": as_of}), 422, "invalid-input"
    )


@pytest.mark.parametrize("as_of", [1673352000, 1e300, True, ["2023-01-10T12:00:00Z"], {}])
def test_a_time_is_text(mover: Mover, as_of: object) -> None:
    path = f"/api/v1/memory-profiles/{mover.profile}/memories/search"
    body = {"query": QUESTION, "as_of": as_of}

    problem_of(mover.person.http.post(path, json=body), 422, "invalid-input")


def test_nobody_sees_what_held_for_others(mover: Mover, ada: Person) -> None:
    path = f"/api/v1/memory-profiles/{mover.profile}/memories"
    body = {"query": QUESTION, "as_of": IN_BERLIN}

    problem_of(ada.http.get(path, params={"as_of": IN_BERLIN}), 404, "profile-not-found")
    problem_of(ada.http.post(f"{path}/search", json=body), 404, "profile-not-found")
