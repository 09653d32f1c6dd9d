"""Redis gone, slow and back: each process goes on with what it knows itself."""

import pytest

from tests.processes.test_following import COUNT, SLOW, begun, followed, said
from tests.support.person import Person, events_of, eventually
from tests.support.problem import problem_of
from tests.support.redis import Redis
from tests.support.running_upstream import RunningUpstream
from tests.support.server import Server


def readiness(person: Person) -> str:
    return str(person.http.get("/ready").json()["checks"]["peers"])


def is_back(*people: Person) -> None:
    for person in people:
        eventually(lambda: readiness(person), lambda seen: seen == "ok")  # noqa: B023 - looked at now


@pytest.mark.parametrize("how", ["stopped", "frozen"])
def test_turns_go_on_without_redis_and_ready_says_so(
    upstream: RunningUpstream, ada: Person, away: Person, redis: Redis, how: str
) -> None:
    upstream.script()
    is_back(ada, away)
    if how == "stopped":
        redis.stop()
        at_the_time(ada)
        redis.start()
    else:
        with redis.frozen():
            at_the_time(ada)
    is_back(ada, away)

    assert ada.get("/sessions")["data"]


def at_the_time(ada: Person) -> None:
    """Redis is gone, and Ada has a conversation all the same."""
    answer = ada.say(ada.session(), "Hello there.")
    assert answer["content"]
    eventually(lambda: readiness(ada), lambda seen: seen == "peers-unavailable")
    assert ada.http.get("/ready").status_code == 200


def test_a_run_of_another_process_is_asked_for_again_later_while_redis_is_gone(
    upstream: RunningUpstream, ada: Person, away: Person, redis: Redis
) -> None:
    is_back(ada, away)
    upstream.script(SLOW)
    with ada.stream(ada.session(), "Count.") as events:
        run = begun(events)
        redis.stop()
        eventually(lambda: readiness(away), lambda seen: seen != "ok")
        refused = away.http.get(f"/api/v1/runs/{run}/events")
        assert said(list(events)).endswith("ten")
    redis.start()
    is_back(ada, away)

    problem_of(refused, 503, "peers-unavailable")
    assert int(refused.headers["retry-after"]) >= 1
    assert said(followed(away, run)) == COUNT


def test_whoever_follows_elsewhere_misses_nothing_when_redis_is_gone_for_a_while(
    upstream: RunningUpstream, ada: Person, second: Server, redis: Redis
) -> None:
    upstream.script(SLOW)
    with ada.at(second) as away, ada.stream(ada.session(), "Count.") as events:
        is_back(ada, away)
        run = begun(events)
        with away.http.stream("GET", f"/api/v1/runs/{run}/events") as got:
            following = events_of(got)
            heard = [next(following) for _ in range(3)]
            redis.stop()
            list(events)
            redis.start()
            heard += list(following)

    assert [event["id"] for event in heard] == list(range(1, len(heard) + 1))
    assert said(heard) == COUNT
    assert heard[-1]["type"] == "run.completed"
