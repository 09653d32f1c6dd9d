"""What is deleted at one process is gone from the memory of all others."""

import time

import httpx

from tests.support.company import Company
from tests.support.person import PASSWORD, Person, eventually
from tests.support.problem import problem_of
from tests.support.redis import Redis
from tests.support.running_upstream import RunningUpstream
from tests.support.upstream import Reply


def answered(upstream: RunningUpstream, person: Person) -> tuple[str, str, str]:
    """A session, the run that answered in it, and the message it answered."""
    upstream.script(Reply(text="I see."))
    session = person.session()
    with person.stream(session, "I keep bees.") as events:
        started = next(events)
        list(events)
    return session, started["run_id"], started["user_message_id"]


def still_told(person: Person, run: str) -> httpx.Response:
    return person.http.get(f"/api/v1/runs/{run}/events")


def test_the_events_of_a_deleted_message_are_gone_from_all_processes_with_the_receipt(
    upstream: RunningUpstream, ada: Person, away: Person
) -> None:
    session, run, message = answered(upstream, ada)
    told = still_told(ada, run)

    receipt = away.delete(f"/sessions/{session}/messages/{message}")

    assert "I keep bees." not in told.text  # it tells what was answered
    assert told.status_code == 200
    assert receipt["deleted"]["runs"] == 1
    assert "processes" not in receipt["bytes_pending"]
    problem_of(still_told(ada, run), 409, "run-buffer-gone")


def test_a_memory_that_is_deleted_elsewhere_is_not_told_any_more(
    upstream: RunningUpstream, ada: Person, away: Person
) -> None:
    profile = ada.default_profile()
    memory = ada.post(f"/memory-profiles/{profile}/memories", {"content": "Ada keeps bees."})
    ada.settle(profile)
    upstream.script(Reply(text="Bees."))
    with ada.stream(ada.session(), "What does Ada keep?") as events:
        heard = list(events)
    run = heard[0]["run_id"]

    away.delete(f"/memories/{memory['id']}")

    assert "Ada keeps bees." in str(heard)
    assert "Ada keeps bees." not in still_told(ada, run).text


def test_an_account_that_is_deleted_elsewhere_leaves_nothing(
    upstream: RunningUpstream, ada: Person, away: Person
) -> None:
    session = ada.session(mode="incognito")
    upstream.script(Reply(text="I see."))
    ada.say(session, "My name is Quetzal.")
    _, run, _ = answered(upstream, ada)

    receipt = away.http.request("DELETE", "/api/v1/me", json={"password": PASSWORD}).json()

    assert receipt["deleted"]["incognito_messages"] == 2
    assert receipt["deleted"]["runs"] == 2
    assert still_told(ada, run).status_code in {401, 404}


def test_without_redis_a_receipt_says_what_is_pending_and_it_is_gone_soon(
    upstream: RunningUpstream, company: Company, ada: Person, away: Person, redis: Redis
) -> None:
    session, run, message = answered(upstream, ada)
    redis.stop()
    eventually(lambda: away.http.get("/ready").json()["status"], lambda seen: seen == "degraded")

    receipt = away.delete(f"/sessions/{session}/messages/{message}")
    began_s = time.monotonic()
    # What the first process tells without asking anybody is what it holds in its memory.
    gone = eventually(lambda: still_told(ada, run), lambda told: told.status_code != 200)

    assert "processes" in receipt["bytes_pending"]
    assert receipt["bytes_gone_by"] is not None
    assert gone.status_code in {409, 503}
    assert time.monotonic() - began_s < 10
