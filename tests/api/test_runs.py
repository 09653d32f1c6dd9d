"""Runs over HTTP, answered by a scripted model that says one word after the other."""

from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest

from tests.support.person import Person, events_of, eventually
from tests.support.problem import problem_of
from tests.support.running_upstream import RunningUpstream
from tests.support.upstream import Reply

TERMINAL = {"run.completed", "run.failed", "run.cancelled"}


@pytest.fixture
def endless(upstream: RunningUpstream, zoe: Person) -> Iterator[tuple[Person, str, str]]:
    """Somebody, a session, and a run of it that has said two words and does not go on."""
    upstream.script(Reply(text="one two three", after=2, then="stall", comments=1, keep=True))
    session = zoe.session()
    with zoe.stream(session, "Count to three.") as events:
        run = next(events)["run_id"]
        spoken = ""
        while spoken != "one two ":
            spoken += next(events).get("delta", "")
    yield zoe, session, run
    zoe.post(f"/runs/{run}/cancel")
    ended(zoe, run)


def ended(person: Person, run: str) -> Any:
    """The run, once it has ended."""
    return eventually(lambda: person.get(f"/runs/{run}"), lambda seen: seen["status"] != "running")


def followed(person: Person, run: str, *, header: str | None = None, **query: Any) -> list[Any]:
    """The events of a run from somewhere on, to its end."""
    headers = {"Last-Event-ID": header} if header is not None else {}
    path = f"/api/v1/runs/{run}/events"
    with person.http.stream("GET", path, headers=headers, params=query) as response:
        assert response.status_code == 200, response.read()
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-cache"
        assert response.headers["x-accel-buffering"] == "no"
        return list(events_of(response))


def test_a_stream_tells_the_turn_in_the_documented_order(
    zoe: Person, upstream: RunningUpstream
) -> None:
    profile = zoe.profile("family")
    zoe.post(f"/memory-profiles/{profile}/memories", {"content": "Anna lives in Bergen."})
    zoe.settle(profile)
    upstream.script(Reply(text="She lives in Bergen."))
    session = zoe.session(profile)

    with zoe.stream(session, "Where does Anna live?") as stream:
        events = list(stream)

    names = [event["type"] for event in events]
    assert names == [
        "run.started",
        "memory.used",
        *["message.delta"] * names.count("message.delta"),
        "message.completed",
        "usage",
        "memory.pending",
        "run.completed",
    ]
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    started, used, completed, usage, pending = (
        next(event for event in events if event["type"] == name)
        for name in ("run.started", "memory.used", "message.completed", "usage", "memory.pending")
    )
    question, answer = zoe.messages(session)
    assert started.keys() - {"id"} == {
        *("type", "run_id", "session_id", "user_message_id", "message_id", "model", "privacy"),
    }
    assert started["user_message_id"] == question["id"]
    assert started["message_id"] == completed["message_id"] == answer["id"]
    assert started["privacy"] == {
        "mode": "normal",
        "recall": True,
        "learn": True,
        "retain": True,
        "tightened_by": [],
    }
    [memory] = used["memories"]
    assert memory.keys() == {
        "id",
        "memory_profile_id",
        "content",
        "score",
        "layer",
        "terms",
        "kind",
        "source_message_ids",
        "source_document_id",
        "quote",
    }
    deltas = [event["delta"] for event in events if event["type"] == "message.delta"]
    assert "".join(deltas) == completed["content"] == answer["content"] == "She lives in Bergen."
    assert completed["finish_reason"] == answer["finish_reason"] == "stop"
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
    assert zoe.get(f"/memory-jobs/{pending['job_id']}")["memory_profile_id"] == profile


@pytest.mark.parametrize(
    ("mode", "reason"), [("pause_memories", "paused"), ("incognito", "incognito")]
)
def test_a_stream_says_why_nothing_is_learnt(zoe: Person, mode: str, reason: str) -> None:
    with zoe.stream(zoe.session(mode=mode), "My sister lives in Bergen.") as stream:
        events = list(stream)

    [skipped] = [event for event in events if event["type"] == "memory.skipped"]
    assert skipped["reason"] == reason
    assert not [event for event in events if event["type"] in ("memory.used", "memory.pending")]


@pytest.mark.parametrize(
    ("reply", "last"),
    [
        (Reply(text="All is well."), "run.completed"),
        (Reply(text=""), "run.completed"),
        (Reply(text="", finish_reason="content_filter"), "run.completed"),
        (Reply(text="half of it", after=1, then="cut"), "run.failed"),
        (Reply(text="half of it", after=1, then="malformed"), "run.failed"),
        (Reply(text="half of it", after=1, then="error"), "run.failed"),
        (Reply(text="half of it", after=1, then="stall"), "run.failed"),
        (Reply(status=401), "run.failed"),
        (Reply(status=500), "run.failed"),
        (Reply(silent=True), "run.failed"),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{value.status}-{value.then}",
)
def test_every_stream_has_exactly_one_terminal_event_and_it_is_the_last(
    zoe: Person, upstream: RunningUpstream, reply: Reply, last: str
) -> None:
    upstream.script(reply)
    session = zoe.session()
    with zoe.stream(session, "Hello.") as stream:
        events = list(stream)

    terminal = [event["type"] for event in events if event["type"] in TERMINAL]
    assert terminal == [last]
    assert events[-1]["type"] == last
    if last == "run.failed":
        assert events[-1]["error"].keys() == {"type", "code", "message"}
        assert isinstance(events[-1]["retryable"], bool)
    assert zoe.messages(session)[0]["content"] == "Hello.", "the question is kept in any case"


def test_a_run_is_followed_from_any_event_on(zoe: Person) -> None:
    with zoe.stream(zoe.session(), "one two three") as stream:
        events = list(stream)
    run, last = events[0]["run_id"], len(events)

    assert followed(zoe, run) == events
    assert followed(zoe, run, after=0) == events
    assert followed(zoe, run, after=3) == events[3:]
    assert followed(zoe, run, header="3") == events[3:]
    assert followed(zoe, run, header="3", after=1) == events[3:], "the header is what browsers send"
    assert followed(zoe, run, after=last) == []
    assert followed(zoe, run, after=10**30) == []


def test_a_run_can_be_followed_while_it_goes_on(endless: tuple[Person, str, str]) -> None:
    person, _, run = endless
    heard: list[Any] = []
    follower = Thread(target=lambda: heard.extend(followed(person, run, after=1)))
    follower.start()
    person.post(f"/runs/{run}/cancel")
    follower.join(timeout=10)

    assert [event["type"] for event in heard][-1] == "run.cancelled"
    assert heard[0]["id"] == 2


def test_a_client_that_leaves_takes_nothing_with_it(endless: tuple[Person, str, str]) -> None:
    person, _, run = endless

    assert person.get(f"/runs/{run}")["status"] == "running", "its first client has hung up"


def test_cancelling_keeps_what_was_said_and_can_be_repeated(
    endless: tuple[Person, str, str],
) -> None:
    person, session, run = endless

    assert person.http.post(f"/api/v1/runs/{run}/cancel").status_code == 202
    seen = ended(person, run)

    assert seen.items() >= {"status": "cancelled", "content": "one two "}.items()
    assert seen["finish_reason"] == "cancelled"
    for _ in range(2):
        again = person.http.post(f"/api/v1/runs/{run}/cancel")
        assert (again.status_code, again.json()) == (202, seen)
    assert [message["content"] for message in person.messages(session)] == [
        "Count to three.",
        "one two ",
    ]
    assert person.messages(session)[-1]["finish_reason"] == "cancelled"


def test_a_session_has_one_run_at_a_time(
    endless: tuple[Person, str, str], upstream: RunningUpstream
) -> None:
    person, session, run = endless
    before = person.get(f"/sessions/{session}")
    chat = f"/api/v1/chat/{session}"
    past = {"messages": [{"role": "user", "content": "Me too."}]}

    for answer in (
        person.http.post(chat, json={"message": "Me too."}),
        person.http.post(f"{chat}/stream", json={"message": "Me too."}),
        person.http.post(f"{chat}/regenerate"),
        person.http.post(f"/api/v1/sessions/{session}/messages", json=past),
    ):
        problem_of(answer, 409, "run-in-progress")
        assert answer.headers["x-should-retry"] == "false"
    assert person.get(f"/sessions/{session}") == before
    person.post(f"/runs/{run}/cancel")
    ended(person, run)
    upstream.script()
    assert person.say(session, "Now me.")["content"] == "Now me."


def test_other_sessions_have_runs_of_their_own(
    endless: tuple[Person, str, str], upstream: RunningUpstream
) -> None:
    person, _, _ = endless
    upstream.script()

    assert person.say(person.session(), "Me too.")["content"] == "Me too."


def test_a_run_that_failed_says_why_and_leaves_the_question(
    zoe: Person, upstream: RunningUpstream
) -> None:
    upstream.script(Reply(status=401))
    session = zoe.session()

    answer = zoe.http.post(f"/api/v1/chat/{session}", json={"message": "Hello."})

    problem_of(answer, 502, "model-refused")
    assert [message["content"] for message in zoe.messages(session)] == ["Hello."]


def test_a_run_is_known_by_its_answer(zoe: Person) -> None:
    answer = zoe.say(zoe.session(), "Hello.")

    run = zoe.get(f"/runs/{answer['run_id']}")

    assert (
        run.items()
        >= {
            "id": answer["run_id"],
            "session_id": answer["session_id"],
            "status": "completed",
            "message_id": answer["message_id"],
            "content": answer["content"],
            "privacy": answer["privacy"],
            "memory_job_id": answer["memory_job_id"],
            "usage": answer["usage"],
            "error": None,
        }.items()
    )


def test_an_answer_without_a_word_says_why(zoe: Person, upstream: RunningUpstream) -> None:
    upstream.script(Reply(text="", finish_reason="content_filter"), Reply(text="Better now."))
    session = zoe.session()

    answer = zoe.say(session, "My sister Anna lives in Bergen.")

    assert (answer["content"], answer["finish_reason"]) == ("", "content_filter")
    assert answer["usage"]["total_tokens"] > 0
    assert zoe.messages(session)[-1]["id"] == answer["message_id"]
    assert zoe.say(session, "And now?")["content"] == "Better now."
