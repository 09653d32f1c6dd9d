import base64
from typing import Any

import orjson
import pytest

from tests.support.person import Person
from tests.support.problem import problem_of

ID = "00000000-0000-7000-8000-000000000000"


def cursor(*parts: object) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(parts)).decode()


FORGED = {
    "no cursor": "zebra",
    "empty": "",
    "not ascii": "zyrafę",
    "not json": base64.urlsafe_b64encode(b"{").decode(),
    "no list": base64.urlsafe_b64encode(b"7").decode(),
    "too short": cursor("id"),
    "too long": cursor("id", ID, None, None),
    "of another time": cursor(ID, None, None),
    "of nothing": cursor(None, None, None),
    "no uuid": cursor("id", "zebra", None),
    "a naive time": cursor("time", ID, "2020-01-01T00:00:00"),
    "no time": cursor("time", ID, "zebra"),
    "no time at all": cursor("time", ID, None),
    "before time": cursor("time", ID, "0001-01-01T00:00:00+14:00"),
    "after time": cursor("time", ID, "9999-12-31T23:59:59-14:00"),
    "no position": cursor("position", ID, "zebra"),
    "no position at all": cursor("position", ID, None),
    "a true position": base64.urlsafe_b64encode(b'["position", "%b", true]' % ID.encode()).decode(),
    "half a position": cursor("position", ID, 1.5),
    "a position too far": cursor("position", ID, 2**63),
    "a position too low": cursor("position", ID, -(2**62)),
    "very long": "x" * 401,
}


@pytest.fixture(scope="module")
def lists(server: Any) -> Any:
    """Somebody, and all of their lists with three things in each."""
    with Person(server, "lena") as person:
        profile = person.default_profile()
        session = person.session()
        for number in range(2):
            person.profile(f"p{number}")
            person.session()
        for number in range(3):
            person.post(f"/memory-profiles/{profile}/memories", {"content": f"fact {number}"})
        said = [{"role": "user", "content": "x"}] * 3
        person.post(f"/sessions/{session}/messages", {"messages": said})
        yield (
            person,
            {
                "/memory-profiles": "id",
                f"/memory-profiles/{profile}/memories": "id",
                "/sessions": "time",
                f"/sessions/{session}/messages": "position",
            },
        )


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_cursor_is_refused(lists: tuple[Person, dict[str, str]], name: str) -> None:
    person, paths = lists
    for path in paths:
        answer = person.http.get(f"/api/v1{path}", params={"cursor": FORGED[name]})
        problem = problem_of(answer, 422, "invalid-input")
        assert len(FORGED[name]) < 5 or FORGED[name] not in problem["detail"]


def test_a_cursor_of_a_list_in_another_order_is_refused(
    lists: tuple[Person, dict[str, str]],
) -> None:
    person, paths = lists
    cursors = {path: person.get(path, limit=2)["next_cursor"] for path in paths}
    for path, order in paths.items():
        for other, given in cursors.items():
            answer = person.http.get(f"/api/v1{path}", params={"cursor": given})
            if paths[other] == order:
                assert answer.status_code == 200
            else:
                problem_of(answer, 422, "invalid-input")


@pytest.mark.parametrize(
    "limit", ["0", "101", "-1", "zebra", "", "1.5", "1e2", "9" * 400, "NaN", "٣x"]
)
def test_a_limit_is_a_number_from_1_to_100(
    lists: tuple[Person, dict[str, str]], limit: str
) -> None:
    person, paths = lists
    for path in paths:
        answer = person.http.get(f"/api/v1{path}", params={"limit": limit})
        problem = problem_of(answer, 422, "invalid-input")
        assert problem["errors"][0]["pointer"] == "/limit"
        assert len(limit) < 4 or limit not in problem["detail"]


@pytest.mark.parametrize("limit", [1, 100])
def test_limits_reach_from_1_to_100(lists: tuple[Person, dict[str, str]], limit: int) -> None:
    person, paths = lists
    for path in paths:
        assert len(person.get(path, limit=limit)["data"]) == min(limit, 3)


@pytest.mark.parametrize(
    "query",
    [
        "q=a%00b",
        "q=" + "x" * 201,
        "memory_profile_id=zebra",
        "memory_profile_id=",
        "memory_profile_id=%00",
    ],
)
def test_a_bad_query_lists_no_sessions(ada: Person, query: str) -> None:
    problem_of(ada.http.get(f"/api/v1/sessions?{query}"), 422, "invalid-input")


@pytest.mark.parametrize("query", ["kind=zebra", "kind=", "status=zebra", "status=ACTIVE"])
def test_a_bad_query_lists_no_memories(ada: Person, query: str) -> None:
    path = f"/api/v1/memory-profiles/{ada.default_profile()}/memories"

    problem_of(ada.http.get(f"{path}?{query}"), 422, "invalid-input")


@pytest.mark.parametrize(
    ("query", "header"),
    [("after=-1", ""), ("after=zebra", ""), ("after=", ""), ("", "zebra"), ("", "-1"), ("", "1.5")],
)
def test_a_bad_position_follows_no_run(ada: Person, query: str, header: str) -> None:
    run = ada.say(ada.session(), "Hello.")["run_id"]
    headers = {"Last-Event-ID": header} if header else {}

    answer = ada.http.get(f"/api/v1/runs/{run}/events?{query}", headers=headers)

    problem_of(answer, 422, "invalid-input")
    assert "zebra" not in answer.text
