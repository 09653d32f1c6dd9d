"""Runs of one process, followed, read and cancelled at another."""

from collections.abc import Iterator
from typing import Any

import httpx

from tests.support.person import PASSWORD, Person, events_of, eventually
from tests.support.problem import problem_of
from tests.support.running_upstream import RunningUpstream
from tests.support.server import Server
from tests.support.upstream import Reply

COUNT = "one two three four five six seven eight nine ten"
SLOW = Reply(text=COUNT, delay_s=0.2)
STALLED = Reply(text=COUNT, after=2, then="stall", comments=1)


def followed(person: Person, run: str, *, after: int = 0) -> list[Any]:
    """Every event of a run, to its end."""
    with person.http.stream("GET", f"/api/v1/runs/{run}/events", params={"after": after}) as got:
        assert got.status_code == 200, got.read()
        return list(events_of(got))


def said(events: list[Any]) -> str:
    return "".join(event["delta"] for event in events if event["type"] == "message.delta")


def asked(person: Person, run: str) -> list[httpx.Response]:
    """What reading, following and cancelling a run answers, once the processes have time for it."""
    path = f"/api/v1/runs/{run}"
    requests = (
        lambda: person.http.get(path),
        lambda: person.http.get(f"{path}/events"),
        lambda: person.http.post(f"{path}/cancel"),
    )
    return [eventually(request, lambda answer: answer.status_code != 503) for request in requests]


def begun(events: Iterator[Any]) -> str:
    """The id of a run that has said its first word."""
    run = ""
    for event in events:
        run = str(event.get("run_id", run))
        if event["type"] == "message.delta":
            return run
    raise AssertionError("the run has ended")


def test_a_run_is_followed_at_another_process_as_at_its_own(
    upstream: RunningUpstream, ada: Person, away: Person
) -> None:
    upstream.script(SLOW)
    with ada.stream(ada.session(), "Count.") as events:
        run = begun(events)
        there = followed(away, run)
    here = followed(ada, run)

    assert there == here
    assert said(there) == COUNT
    assert there[-1]["type"] == "run.completed"


def test_whoever_comes_back_elsewhere_misses_nothing_and_hears_nothing_twice(
    upstream: RunningUpstream, ada: Person, away: Person
) -> None:
    upstream.script(SLOW)
    with ada.stream(ada.session(), "Count.") as events:
        run = begun(events)
        there = followed(away, run, after=3)

    assert [event["id"] for event in there] == list(range(4, there[-1]["id"] + 1))


def test_a_run_that_has_ended_is_followed_at_another_process(
    upstream: RunningUpstream, ada: Person, away: Person
) -> None:
    upstream.script(Reply(text="Hello."))
    with ada.stream(ada.session(), "Hi.") as events:
        heard = list(events)

    assert followed(away, heard[0]["run_id"]) == heard
    assert followed(away, heard[0]["run_id"], after=heard[-1]["id"]) == []


def test_a_run_under_way_is_read_and_cancelled_at_another_process(
    upstream: RunningUpstream, ada: Person, away: Person
) -> None:
    upstream.script(STALLED)
    session = ada.session()
    with ada.stream(session, "Count.") as events:
        run = begun(events)
        here, there = ada.get(f"/runs/{run}"), away.get(f"/runs/{run}")
        away.post(f"/runs/{run}/cancel")
        last = list(events)[-1]

    assert there == here
    assert there["status"] == "running"
    assert last["type"] == "run.cancelled"
    assert ada.messages(session)[-1]["finish_reason"] == "cancelled"


def test_nobody_follows_the_run_of_somebody_else_from_elsewhere(
    upstream: RunningUpstream, ada: Person, second: Server
) -> None:
    upstream.script(STALLED)
    with ada.stream(ada.session(), "Count.") as events, Person(second, "eve") as eve:
        run = begun(events)
        answers = asked(eve, run)
        still = ada.get(f"/runs/{run}")
        ada.post(f"/runs/{run}/cancel")

    for answer in answers:
        problem_of(answer, 404, "run-not-found")
    assert still["status"] == "running"


def test_a_run_in_incognito_is_told_to_no_other_process(
    upstream: RunningUpstream, ada: Person, away: Person
) -> None:
    upstream.script(STALLED)
    with ada.stream(ada.session(mode="incognito"), "Count.") as events:
        run = begun(events)
        answers = asked(away, run)
        still = ada.get(f"/runs/{run}")

    for answer in answers:
        problem_of(answer, 409, "wrong-process")
        assert answer.headers["x-should-retry"] == "false"
    assert still["status"] == "running"


def test_what_happens_at_one_process_is_news_at_another(
    upstream: RunningUpstream, ada: Person, away: Person
) -> None:
    upstream.script(Reply(text="Hello."))
    session = ada.session()
    with away.http.stream("GET", "/api/v1/events") as news:
        lines = news.iter_lines()
        next(lines)
        ada.say(session, "Hi.")
        event = next(events_of_lines(lines))

    assert (event["type"], event["session_id"]) == ("session.updated", session)


def events_of_lines(lines: Iterator[str]) -> Iterator[Any]:
    return events_of(type("Lines", (), {"iter_lines": lambda _: lines})())


def test_a_process_that_is_killed_ends_its_runs_for_those_who_follow_elsewhere(
    upstream: RunningUpstream, ada: Person, third: Server
) -> None:
    upstream.script(STALLED, Reply(text=COUNT, keep=True))
    third.start()
    session = ada.session()
    with ada.at(third) as there, there.stream(session, "Count.") as events:
        run = begun(events)
        with ada.http.stream("GET", f"/api/v1/runs/{run}/events") as got:
            following = events_of(got)
            assert begun(following) == run
            third.kill()
            *_, last = following

    assert (last["type"], last["error"]["type"]) == ("run.failed", "interrupted")
    assert last["retryable"]
    assert ada.get(f"/runs/{run}")["status"] == "interrupted"
    answer = eventually(
        lambda: ada.http.post(f"/api/v1/chat/{session}/regenerate"),
        lambda answer: answer.status_code == 200,
    )
    assert answer.json()["content"] == COUNT


def test_logging_out_at_one_process_ends_the_streams_at_the_others_and_the_answer_goes_on(
    upstream: RunningUpstream, ada: Person, away: Person, second: Server
) -> None:
    words = " ".join(f"word{number}" for number in range(100))
    upstream.script(Reply(text=words, delay_s=0.1))
    session = ada.session()
    other = ada.at(second)
    login = ada.post("/auth/login", {"email": ada.email, "password": PASSWORD})
    other.http.headers["Authorization"] = f"Bearer {login['access_token']}"
    with (
        other,
        away.http.stream("GET", "/api/v1/events") as news,
        away.stream(session, "Count.") as events,
    ):
        run = begun(events)

        ada.post("/auth/logout")

        assert "run.completed" not in [event["type"] for event in events]
        assert not list(events_of(news))
        assert followed(other, run)[-1]["type"] == "run.completed"
        assert other.messages(session)[-1]["content"] == words
