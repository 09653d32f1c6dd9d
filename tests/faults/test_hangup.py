"""Clients that leave, clients that are slow, and servers that are told to stop."""

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.hanging_up import sent
from tests.support.person import Person, events_of, eventually
from tests.support.running_upstream import RunningUpstream
from tests.support.server import Server
from tests.support.settings import asks
from tests.support.upstream import Reply

COUNT = "one two three four five six seven eight nine ten"
SLOW = Reply(text=COUNT, delay_s=0.1)
STALLED = Reply(text=COUNT, after=2, then="stall", comments=1)
DRAIN_S = 2


@pytest.fixture(scope="module")
def upstream() -> Iterator[RunningUpstream]:
    with RunningUpstream() as upstream:
        yield upstream


def a_server(upstream: RunningUpstream, tmp_path_factory: pytest.TempPathFactory) -> Server:
    environment = {
        **asks(upstream.url),
        "MEMORYCHAT_MODEL_CALL__IDLE_TIMEOUT_S": "30",
        "MEMORYCHAT_LEARNING__IDLE_S": "3600",  # or learning would take the replies
        "MEMORYCHAT_LEARNING__MAX_WAIT_S": "3600",
        "MEMORYCHAT_RUNS__DRAIN_S": str(DRAIN_S),
    }
    return Server(tmp_path_factory.mktemp("hangup"), environment)


@pytest.fixture(scope="module")
def asking(upstream: RunningUpstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with a_server(upstream, tmp_path_factory) as server:
        yield server


@pytest.fixture
def ada(asking: Server) -> Iterator[Person]:
    with Person(asking) as ada:
        yield ada


@pytest.fixture
def stopping(
    upstream: RunningUpstream, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    with a_server(upstream, tmp_path_factory) as server:
        yield server


def is_answered(client: httpx.Client, session: str) -> bool:
    """Whether the server takes another message."""
    try:
        client.post(f"/api/v1/chat/{session}", json={"message": "Hello."})
    except httpx.TransportError:
        return False
    return True


def leave_after_two_words(ada: Person, session: str, **options: Any) -> list[Any]:
    """What was heard until the client hung up."""
    heard = []
    with ada.stream(session, "Count to ten.", **options) as events:
        for event in events:
            heard.append(event)
            if event.get("delta") == "two ":
                return heard
    raise AssertionError(heard)


def test_an_answer_goes_on_without_its_client_and_is_followed_again(
    ada: Person, upstream: RunningUpstream
) -> None:
    upstream.script(SLOW)
    session = ada.session()
    heard = leave_after_two_words(ada, session)
    path = f"/api/v1/runs/{heard[0]['run_id']}/events"

    headers = {"Last-Event-ID": str(heard[-1]["id"])}
    with ada.http.stream("GET", path, headers=headers) as response:
        heard += list(events_of(response))

    assert [event["id"] for event in heard] == list(range(1, len(heard) + 1))
    assert "".join(event.get("delta", "") for event in heard) == COUNT
    assert heard[-1]["type"] == "run.completed"
    assert ada.messages(session)[-1]["content"] == COUNT
    assert not upstream.hung_up


def test_an_answer_that_nobody_waits_for_in_one_piece_is_kept(
    ada: Person, upstream: RunningUpstream
) -> None:
    upstream.script(SLOW)
    session = ada.session()
    with sent(ada, f"/chat/{session}", {"message": "Count to ten."}):
        eventually(lambda: upstream.requests, bool)

    messages = eventually(lambda: ada.messages(session), lambda m: len(m) == 2)

    assert messages[-1]["content"] == COUNT


@pytest.mark.parametrize(
    ("session_mode", "turn_mode"), [("incognito", "normal"), ("normal", "incognito")]
)
def test_an_incognito_answer_ends_when_its_client_leaves(
    ada: Person, upstream: RunningUpstream, session_mode: str, turn_mode: str
) -> None:
    upstream.script(STALLED)
    session = ada.session(mode=session_mode)

    heard = leave_after_two_words(ada, session, privacy_mode=turn_mode)

    eventually(lambda: upstream.hung_up, bool)
    run = f"/runs/{heard[0]['run_id']}"
    eventually(lambda: ada.get(run)["status"], lambda status: status == "cancelled")


def test_an_incognito_answer_in_one_piece_ends_when_its_client_leaves(
    ada: Person, upstream: RunningUpstream
) -> None:
    upstream.script(STALLED)
    session = ada.session(mode="incognito")
    with sent(ada, f"/chat/{session}", {"message": "Count to ten."}):
        eventually(lambda: upstream.requests, bool)

    eventually(lambda: upstream.hung_up, bool)
    eventually(lambda: ada.messages(session), lambda m: len(m) == 2)
    upstream.script(Reply(text="Here."))
    assert ada.say(session, "Are you there?")["content"] == "Here."


def test_an_incognito_answer_goes_on_while_one_of_two_followers_stays(
    ada: Person, upstream: RunningUpstream
) -> None:
    upstream.script(SLOW)
    session = ada.session(mode="incognito")
    with ada.stream(session, "Count to ten.") as events:
        run_id = next(events)["run_id"]
        with ada.http.stream("GET", f"/api/v1/runs/{run_id}/events") as second:
            assert next(events_of(second))["type"] == "run.started"

        assert list(events)[-1]["type"] == "run.completed"


def test_a_client_that_does_not_read_keeps_nobody_waiting(
    ada: Person, upstream: RunningUpstream
) -> None:
    long = "word " * 200_000  # more than all buffers on the way hold
    upstream.script(Reply(text=long), Reply(text="Here."))
    session = ada.session()
    with sent(ada, f"/chat/{session}/stream", {"message": "Talk."}) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        assert deaf.recv(12) == b"HTTP/1.1 200"

        began = time.monotonic()
        assert ada.say(ada.session(), "Are you there?")["content"] == "Here."
        assert time.monotonic() - began < 5
        messages = eventually(lambda: ada.messages(session), lambda m: len(m) == 2)

    assert messages[-1]["content"] == long


def test_a_stopping_server_lets_a_short_answer_finish(
    stopping: Server, upstream: RunningUpstream
) -> None:
    upstream.script(SLOW)
    with Person(stopping) as ada:
        session = ada.session()
        with ada.stream(session, "Count to ten.") as events:
            next(events)
            stop = threading.Thread(target=stopping.stop)
            stop.start()
            assert list(events)[-1]["type"] == "run.completed"
        stop.join()
        stopping.start()
        ada.http.base_url = stopping.url
        assert ada.messages(session)[-1]["content"] == COUNT


@pytest.mark.parametrize("mode", ["normal", "incognito"])
def test_a_stopping_server_ends_a_long_answer_and_says_so(
    stopping: Server, upstream: RunningUpstream, mode: str
) -> None:
    upstream.script(STALLED)
    with Person(stopping) as ada:
        session = ada.session(mode=mode)
        with ada.stream(session, "Count to ten.") as events:
            next(events)
            began = time.monotonic()
            stop = threading.Thread(target=stopping.stop)
            stop.start()
            assert list(events)[-1]["type"] == "run.cancelled"
        stop.join()
        assert time.monotonic() - began < DRAIN_S + 4
        stopping.start()
        ada.http.base_url = stopping.url
        kept = [(m["content"], m["finish_reason"]) for m in ada.messages(session)]
        whole = [("Count to ten.", None), ("one two ", "cancelled")]
        assert kept == (whole if mode == "normal" else [])


def test_a_stopping_server_takes_no_new_message(
    stopping: Server, upstream: RunningUpstream
) -> None:
    upstream.script(STALLED)
    with Person(stopping) as ada, stopping.client() as second:
        session, other = ada.session(), ada.session()
        second.headers.update(ada.http.headers)
        second.get("/health")  # a connection that is open when the server is told to stop
        with ada.stream(session, "Count to ten.") as events:
            next(events)
            stop = threading.Thread(target=stopping.stop)
            stop.start()
            eventually(lambda: is_answered(second, other), lambda answered: not answered)
            list(events)
        stop.join()


def test_a_listener_does_not_keep_a_stopping_server(stopping: Server) -> None:
    with Person(stopping) as ada, ada.http.stream("GET", "/api/v1/events") as news:
        assert next(news.iter_lines()) == ": keep-alive"
        began = time.monotonic()
        stopping.stop()
        assert time.monotonic() - began < DRAIN_S + 4
