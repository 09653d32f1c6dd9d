"""Plans: what a user may use of the model in a month, and how it is told."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import httpx
import openai
import pytest

from app.models.clock import utc_now
from app.models.usage import end_of, month_of
from tests.support.command import command
from tests.support.openai_client import openai_of, user
from tests.support.person import Person, eventually
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
    "brief": {"memories": 2, "documents": 1, "document_bytes": 1_000},
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


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/v1/messages", {"model": "memorychat", "max_tokens": 9}),
        ("/ag-ui", {"threadId": "1", "runId": "1"}),
    ],
)
def test_clients_of_further_protocols_are_counted_and_told(
    planned: Server, eve: Person, path: str, fields: dict[str, str]
) -> None:
    put(planned, eve, "three")
    body = {**fields, "messages": [{"id": "1", "role": "user", "content": "Hello."}]}

    answers = [eve.http.post(path, json=body) for _ in range(4)]

    assert [one.status_code for one in answers[:3]] == [200, 200, 200]
    problem_of(answers[3], 429, "quota-exceeded")
    assert answers[3].headers["x-should-retry"] == "false"


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


@pytest.mark.embedded
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


def test_openais_own_client_does_not_try_again(planned: Server, eve: Person) -> None:
    put(planned, eve, "none")
    with openai_of(eve, max_retries=3) as client, pytest.raises(openai.RateLimitError) as refusal:
        client.chat.completions.create(model="memorychat", messages=[user("Hello.")])

    assert (refusal.value.code, refusal.value.type) == ("insufficient_quota", "insufficient_quota")
    assert refusal.value.body["message"].startswith("The plan has 0 turns")  # type: ignore[index]


def test_memories_beyond_the_quota_are_refused_and_none_is_lost(
    planned: Server, eve: Person
) -> None:
    put(planned, eve, "brief")
    profile = eve.default_profile()
    path = f"/memory-profiles/{profile}/memories"
    first = eve.post(path, {"content": "Eve has a cat."})["id"]
    eve.post(path, {"content": "Eve has a dog."})
    file = eve.exported(profile)

    answer = eve.http.post(f"/api/v1{path}", json={"content": "Eve has a hen."})
    copied = eve.http.post(f"/api/v1/memory-profiles/{profile}/copy", json={"name": "twin"})
    planning = eve.http.post(
        f"/api/v1/memory-profiles/{eve.profile('other')}/import",
        params={"dry_run": True},
        content=file,
    )
    imported = eve.imported(eve.profile("another"), file)

    for refusal in (answer, copied, planning):
        problem = problem_of(refusal, 403, "quota-full")
        assert problem["quota"]["name"] == "memories"
        assert problem["quota"]["resets_at"] is None
        assert "retry-after" not in refusal.headers
    assert (imported["status"], imported["error"]) == ("failed", "QuotaFull")
    assert used(eve, "memories") == (2, 0, 2)
    assert len(eve.memories(profile)) == 2
    assert [one["name"] for one in eve.get("/memory-profiles")["data"]].count("twin") == 0
    eve.delete(f"/memories/{first}")
    eve.post(path, {"content": "Eve has a hen."})


def test_documents_beyond_the_quota_are_refused(planned: Server, eve: Person) -> None:
    put(planned, eve, "brief")
    profile = eve.default_profile()
    path = f"/api/v1/memory-profiles/{profile}/documents"

    def bring(text: str) -> httpx.Response:
        return eve.http.post(path, files={"file": ("note.txt", text.encode())})

    large = problem_of(bring("The rent is 9,000 kroner. " * 100), 403, "quota-full")
    kept = eve.brought(profile, "The deposit is at Nordea.")
    second = problem_of(bring("The rent is 9,000 kroner."), 403, "quota-full")

    assert (large["quota"]["name"], second["quota"]["name"]) == ("document_bytes", "documents")
    assert bring("The deposit is at Nordea.").is_success, "it is there already"
    assert used(eve, "documents") == (1, 0, 1)
    assert used(eve, "document_bytes") == (25, 0, 1_000)
    eve.delete(f"/documents/{kept['id']}")
    assert bring("The rent is 9,000 kroner.").status_code == HTTPStatus.CREATED


def test_an_account_takes_its_usage_with_it(planned: Server, eve: Person) -> None:
    eve.say(eve.session(), "Hello.")

    assert eve.delete("/me")["deleted"]["usage_months"] == 1


def test_learning_stops_where_there_is_no_room_and_says_so(tmp_path: Path) -> None:
    plans = {"MEMORYCHAT_PLANS": json.dumps({"free": {"memories": 1}})}
    with Server(tmp_path, plans) as server, Person(server) as person:
        session = person.session()
        pending = person.say(session, "I live in Oslo. My brother is called Per.")
        job = eventually(
            lambda: person.get(f"/memory-jobs/{pending['memory_job_id']}"),
            lambda one: one["status"] == "done",
        )

        assert len(person.memories(person.default_profile())) == 1 == len(job["added"])
        assert job["over_quota"] >= 1
        assert job["dropped"] >= job["over_quota"]
        assert used(person, "memories") == (1, 0, 1)


def test_operators_put_accounts_and_tenants_on_plans(tmp_path: Path) -> None:
    plans = {"MEMORYCHAT_PLANS": json.dumps({"pro": {"turns_per_month": 9}})}
    server = Server(tmp_path, plans)
    with server, Person(server) as person:
        pass

    def told(*arguments: str, status: int = 0, **environment: str) -> str:
        done = command(server, "set-plan", *arguments, **(environment or plans))
        assert done.returncode == status, done.stderr
        return (done.stderr if status else done.stdout).strip()

    unknown = told(person.email, "gold", status=1)
    assert unknown == "Nothing was done: There is no plan gold; there are: free, pro."
    assert "no account" in told("nobody@example.com", "pro", status=1)
    assert "no tenant" in told("tenant:initech", "pro", status=1)
    assert told(person.email, "pro") == f"{person.email} is on the plan pro."
    assert "0 users" in told("tenant:default", "pro")
    with server, person.at(server).http as http, Person(server) as newcomer:
        person.http = http
        assert used(person) == used(newcomer) == (0, 0, 9)
        assert person.get("/me")["plan"] == newcomer.get("/me")["plan"] == "pro"
    refusal = command(server, "serve", MEMORYCHAT_PLANS="")
    assert refusal.returncode == 1
    assert "on the plan pro, and MEMORYCHAT_PLANS has none of this name" in refusal.stderr
