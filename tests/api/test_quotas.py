"""Plans: what a user may use of the model in a month, and how it is told."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import pytest

from app.models.clock import utc_now
from app.models.usage import end_of, month_of
from tests.support.person import Person
from tests.support.problem import problem_of
from tests.support.running_upstream import RunningUpstream
from tests.support.server import Server, database_of
from tests.support.settings import asks
from tests.support.upstream import Reply

PLANS: Final = {
    "three": {"turns_per_month": 3},
    "small": {"tokens_per_month": 6_000},
    "slow": {"turns": "2/minute"},
    "none": {"turns_per_month": 0},
}


@pytest.fixture(scope="module")
def planned(
    upstream: RunningUpstream, server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server with plans, that asks the scripted model."""
    environment = {
        **asks(upstream.url),
        "MEMORYCHAT_PLANS": json.dumps(PLANS),
        "MEMORYCHAT_RATE_LIMITS__ENABLED": "true",
        "MEMORYCHAT_LEARNING__IDLE_S": "3600",
        "MEMORYCHAT_LEARNING__MAX_WAIT_S": "3600",
    }
    with Server(tmp_path_factory.mktemp("planned"), environment) as running:
        running.answers = server.answers
        yield running


@pytest.fixture
def eve(planned: Server, upstream: RunningUpstream) -> Iterator[Person]:
    upstream.script()
    with Person(planned, "eve") as person:
        yield person


def put(server: Server, person: Person, plan: str) -> None:
    """The person is on the plan, as `set-plan` would have it while no server runs."""
    with database_of(server.folder) as connection:
        statement = f"UPDATE users SET plan = '{plan}' WHERE email = '{person.email}'"  # noqa: S608 - ours
        connection.execute(statement)
        connection.commit()


def used(person: Person, what: str = "turns") -> tuple[int, int, int | None]:
    amount = person.get("/me/usage")[what]
    return amount["used"], amount["reserved"], amount["limit"]


def refused(person: Person, session: str, message: str = "One more?") -> Any:
    """What a turn is refused with."""
    answer = person.http.post(f"/api/v1/chat/{session}", json={"message": message})
    assert answer.headers["x-should-retry"] == "false"
    return problem_of(answer, 429, "quota-exceeded"), answer.headers


def test_without_plans_everything_is_counted_and_nothing_is_limited(ada: Person) -> None:
    ada.say(ada.session(), "Hello.")

    usage = ada.get("/me/usage")

    assert usage["plan"] == "free"
    assert usage["turns"] == {"used": 1, "reserved": 0, "limit": None}
    assert usage["tokens"]["used"] > 0
    assert usage["memories"] == usage["documents"] == {"used": 0, "reserved": 0, "limit": None}
    start, end = (datetime.fromisoformat(usage["period"][one]) for one in ("start", "end"))
    assert (start.day, start.hour, end.day) == (1, 0, 1)
    assert start <= utc_now() < end
    [month] = usage["months"]
    assert month["turns"] == 1
    assert month["input_tokens"] + month["output_tokens"] == usage["tokens"]["used"]


def test_a_turn_beyond_the_quota_is_refused_and_not_kept(planned: Server, eve: Person) -> None:
    put(planned, eve, "three")
    session = eve.session()
    for number in range(3):
        eve.say(session, f"Number {number}.")

    problem, headers = refused(eve, session, "A fourth one.")

    resets_at = end_of(month_of(utc_now()))
    assert problem["quota"] == {
        "name": "turns",
        "limit": 3,
        "used": 3,
        "reserved": 0,
        "resets_at": resets_at.strftime("%Y-%m-%dT%H:%M:%S+00:00"),
    }
    wait = timedelta(seconds=int(headers["retry-after"]))
    assert abs(utc_now() + wait - resets_at) < timedelta(seconds=60)
    assert len(eve.messages(session)) == 6
    assert used(eve) == (3, 0, 3)
    assert eve.get(f"/sessions/{session}")["privacy_mode"] == "normal"
    eve.delete(f"/sessions/{session}")
    assert used(eve) == (3, 0, 3), "deleting gives no turn back"


def test_turns_at_the_same_time_share_one_quota(planned: Server, eve: Person) -> None:
    put(planned, eve, "three")
    sessions = [eve.session(mode=mode) for mode in ("normal", "incognito") * 6]

    def ask(session: str) -> int:
        return eve.http.post(f"/api/v1/chat/{session}", json={"message": "Hello."}).status_code

    with ThreadPoolExecutor(len(sessions)) as pool:
        statuses = sorted(pool.map(ask, sessions))

    assert statuses == [HTTPStatus.OK] * 3 + [HTTPStatus.TOO_MANY_REQUESTS] * 9
    assert used(eve) == (3, 0, 3)


def test_tokens_are_those_that_the_model_says(
    planned: Server, eve: Person, upstream: RunningUpstream
) -> None:
    put(planned, eve, "small")

    usage = eve.say(eve.session(), "Hello.")["usage"]

    assert used(eve, "tokens") == (usage["total_tokens"], 0, 6_000)
    assert used(eve) == (1, 0, None)


def test_what_a_turn_may_take_has_to_be_left(planned: Server, eve: Person) -> None:
    put(planned, eve, "small")
    session = eve.session()

    problem, _ = refused(eve, session, "word " * 5_000)

    assert problem["quota"]["name"] == "tokens"
    assert eve.messages(session) == []
    assert used(eve, "tokens") == (0, 0, 6_000)


@pytest.mark.parametrize("stream", [False, True])
def test_openai_clients_are_told_in_their_words(
    planned: Server, eve: Person, *, stream: bool
) -> None:
    put(planned, eve, "none")
    body = {"model": "memorychat", "messages": [{"role": "user", "content": "Hello."}]}

    answer = eve.http.post("/v1/chat/completions", json={**body, "stream": stream})

    problem_of(answer, 429, "quota-exceeded")
    error = answer.json()["error"]
    assert (error["type"], error["code"]) == ("insufficient_quota", "insufficient_quota")
    assert answer.headers["x-should-retry"] == "false"


@pytest.mark.parametrize("mode", ["normal", "pause_memories", "incognito"])
def test_conversations_that_clients_keep_count_as_well(
    planned: Server, eve: Person, mode: str
) -> None:
    put(planned, eve, "three")
    body = {
        "model": "memorychat",
        "messages": [{"role": "user", "content": "Hello."}],
        "memorychat": {"mode": mode},
    }

    answers = [eve.http.post("/v1/chat/completions", json=body).status_code for _ in range(4)]

    assert answers == [200, 200, 200, 429]
    assert used(eve) == (3, 0, 3)


def test_a_model_that_does_not_answer_costs_nothing(
    planned: Server, eve: Person, upstream: RunningUpstream
) -> None:
    put(planned, eve, "three")
    upstream.script(Reply(status=400, keep=True))

    answer = eve.http.post(f"/api/v1/chat/{eve.session()}", json={"message": "Hello."})

    assert answer.status_code == HTTPStatus.BAD_GATEWAY
    assert used(eve) == (0, 0, 3)
    assert used(eve, "tokens")[0] == 0


def test_an_answer_that_is_stopped_costs_what_it_took(
    planned: Server, eve: Person, upstream: RunningUpstream
) -> None:
    put(planned, eve, "small")
    upstream.script(Reply(text="one two three four", after=2, then="stall"))
    with eve.stream(eve.session(), "Count.") as events:
        run = next(events)["run_id"]
        next(event for event in events if event["type"] == "message.delta")
        _, reserved, _ = used(eve, "tokens")
        eve.post(f"/runs/{run}/cancel")
        list(events)

    tokens, left, _ = used(eve, "tokens")
    assert reserved > tokens > 0
    assert left == 0
    assert used(eve) == (1, 0, None)


def test_a_plan_says_how_fast_turns_may_follow_each_other(planned: Server, eve: Person) -> None:
    put(planned, eve, "slow")
    session = eve.session()
    first = eve.http.post(f"/api/v1/chat/{session}", json={"message": "Hello."})
    eve.say(session, "Hello.")

    answer = eve.http.post(f"/api/v1/chat/{session}", json={"message": "Hello."})

    assert first.headers["ratelimit"].startswith("limit=2, remaining=1, reset=")
    problem_of(answer, 429, "too-many-requests")
    assert answer.headers["ratelimit"].startswith("limit=2, remaining=0, reset=")


def test_what_a_process_that_was_killed_had_reserved_is_free_again(
    upstream: RunningUpstream, tmp_path: Path
) -> None:
    server = Server(
        tmp_path,
        {
            **asks(upstream.url),
            "MEMORYCHAT_PLANS": json.dumps({"free": {"turns_per_month": 1}}),
        },
    )
    upstream.script(Reply(text="one two", after=1, then="stall"))
    with server, Person(server) as person:
        session = person.session()
        with person.stream(session, "Hello.") as events:
            next(event for event in events if event["type"] == "message.delta")
            assert used(person) == (0, 1, 1)
            server.kill()
    upstream.script()
    with server, person.at(server).http as http:
        person.http = http
        assert used(person) == (0, 0, 1)
        person.say(session, "Hello again.")
        assert used(person) == (1, 0, 1)
