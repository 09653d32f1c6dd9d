"""What a socket may take: time, room, streams at once, requests; and how it ends with its server."""

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import takewhile
from threading import Thread

import pytest

from app.services.open_streams import SOCKETS_PER_ACCOUNT
from tests.api.test_websocket import COUNT, STALLED, asked
from tests.support.keys import Keyring, a_key
from tests.support.person import PASSWORD, Person, eventually
from tests.support.running_upstream import RunningUpstream
from tests.support.server import Server
from tests.support.settings import asks
from tests.support.socket import Socket
from tests.support.upstream import Reply

STREAMS = 2
TURNS = 40
BOUNDS = {
    "MEMORYCHAT_SOCKETS__AUTHENTICATE_S": "0.3",
    "MEMORYCHAT_SOCKETS__STREAMS": str(STREAMS),
    "MEMORYCHAT_RUNS__KEEPALIVE_S": "2",
    "MEMORYCHAT_RATE_LIMITS__ENABLED": "true",
    "MEMORYCHAT_RATE_LIMITS__TURNS": f"{TURNS}/hour",
    "MEMORYCHAT_MODEL_CALL__IDLE_TIMEOUT_S": "30",
    "MEMORYCHAT_LEARNING__IDLE_S": "3600",
    "MEMORYCHAT_LEARNING__MAX_WAIT_S": "3600",
}
LARGE = Reply(text=" ".join(["ab-" * 3_000] * 150))
"""More than the buffers of a connection hold."""


@pytest.fixture(scope="module")
def bounded(
    upstream: RunningUpstream, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server with narrow bounds."""
    environment = {**asks(upstream.url), **BOUNDS}
    with Server(tmp_path_factory.mktemp("bounded"), environment) as running:
        yield running


@pytest.fixture
def ann(bounded: Server, upstream: RunningUpstream) -> Iterator[Person]:
    upstream.script()
    with Person(bounded, "ann") as person:
        yield person


def test_whoever_says_nothing_is_closed_in_time(bounded: Server) -> None:
    with Socket(bounded.url) as socket:
        assert socket.hear()["error"]["code"] == "not-authenticated-in-time"
        assert socket.close_code() == 4408


def test_only_so_many_streams_are_followed_at_once(ann: Person, upstream: RunningUpstream) -> None:
    upstream.script(STALLED, STALLED)
    with Socket.of(ann) as socket:
        runs = [asked(socket, ann.session()) for _ in range(STREAMS)]
        for kind, fields in (
            ("chat.start", {"session_id": ann.session(), "message": "Hi."}),
            ("run.follow", {"run_id": runs[0]}),
            ("events.subscribe", {}),
        ):
            socket.say(kind, **fields, request_id=kind)
            refusal = socket.until(lambda one: one["type"] == "error")
            assert (refusal["error"]["code"], refusal["request_id"]) == ("too-many-streams", kind)
        for run in runs:
            socket.say("run.cancel", run_id=run)
            socket.until(lambda one: one["type"] == "stream.ended")
        socket.say("events.subscribe")
        assert socket.until(lambda one: one["type"] in {"accepted", "error"})["type"] == "accepted"


@pytest.mark.parametrize("bound", [False, True])
def test_another_key_of_the_account_takes_over_nothing_that_is_followed(
    bounded: Server, ann: Person, upstream: RunningUpstream, *, bound: bool
) -> None:
    upstream.script(STALLED)
    within = {"memory_profile_id": ann.profile("work")} if bound else {}
    first, second = a_key(ann, "chat"), a_key(ann, "chat", **within)
    session = ann.session()
    with Keyring(bounded) as keyring, Socket.of(keyring.showing(ann, first["key"])) as socket:
        run = asked(socket, session, request_id="run")
        socket.say("events.subscribe", request_id="news")
        socket.until(lambda one: one["type"] == "accepted")
        socket.say("authenticate", token=second["key"], request_id="second")
        ended = [socket.until(lambda one: one["type"] == "stream.ended") for _ in range(2)]
        assert socket.hear()["type"] == "ready"
        ann.delete(f"/api-keys/{first['id']}")
        ann.post(f"/runs/{run}/cancel")
        eventually(lambda: ann.get(f"/runs/{run}")["status"], lambda one: one == "cancelled")
        socket.say("ping", request_id="last")
        assert socket.hear() == {"type": "pong", "request_id": "last"}

    assert {one["request_id"] for one in ended} == {"run", "news"}
    assert {one.get("run_id") for one in ended} == {run, None}


def test_a_new_token_of_the_same_login_goes_on_with_what_is_followed(
    bounded: Server, ann: Person, upstream: RunningUpstream
) -> None:
    upstream.script(Reply(text=COUNT, delay_s=0.1))
    login = ann.post("/auth/login", {"email": ann.email, "password": PASSWORD})
    session = ann.session()
    with ann.at(bounded) as program:
        program.http.headers["Authorization"] = f"Bearer {login['access_token']}"
        with Socket.of(program) as socket:
            asked(socket, session, request_id="run")
            token = ann.post("/auth/refresh", {"refresh_token": login["refresh_token"]})
            socket.say("authenticate", token=token["access_token"], request_id="again")
            socket.until(lambda one: one.get("request_id") == "again")
            told = socket.told("run")
    assert told[-1]["type"] == "run.completed"


def test_an_account_has_only_so_many_sockets(bounded: Server) -> None:
    with Person(bounded, "crowd") as crowd, Person(bounded, "other") as other, ExitStack() as open_:
        sockets = [open_.enter_context(Socket.of(crowd)) for _ in range(SOCKETS_PER_ACCOUNT)]
        authorization = crowd.http.headers["Authorization"]
        with Socket(bounded.url, headers={"Authorization": authorization}) as one_more:
            assert one_more.hear()["error"]["code"] == "too-many-sockets"
            assert one_more.close_code() == 4429
        with Socket.of(other):
            pass
        sockets[0].connection.close()

        def is_let_in() -> bool:
            with Socket(bounded.url, headers={"Authorization": authorization}) as again:
                return bool(again.hear()["type"] == "ready")

        eventually(is_let_in, bool)


def test_answers_count_as_those_that_are_asked_for_over_http(ann: Person) -> None:
    with Socket.of(ann) as socket:
        session = ann.session()
        for _ in range(TURNS):
            socket.say("regenerate", session_id=session)
            assert socket.hear()["error"]["code"] == "nothing-to-regenerate"
        socket.say("chat.start", session_id=session, message="Hi.", request_id="over")
        refusal = socket.hear()
    assert (refusal["status"], refusal["error"]["code"]) == (429, "too-many-requests")
    assert refusal["retry_after_s"] > 0
    answer = ann.http.post(f"/api/v1/chat/{session}", json={"message": "Hi."})
    assert answer.status_code == 429


def test_who_reads_slowly_holds_up_nobody_and_misses_nothing(
    ann: Person, upstream: RunningUpstream
) -> None:
    upstream.script(LARGE)
    with Socket.of(ann, slow=True) as slow, Socket.of(ann) as fast:
        slow.say("chat.start", session_id=ann.session(), message="Much.", request_id="slow")
        run = slow.hear()["run_id"]
        fast.say("run.follow", run_id=run, request_id="fast")
        heard = fast.told("fast")
        assert heard[-1]["type"] == "run.completed"
        late = [one["id"] for one in takewhile(lambda one: "id" in one, slow.rest())]
        fast.say("run.follow", run_id=run, after=late[-1], request_id="again")
        late += [one["id"] for one in fast.told("again")]

    assert late == [one["id"] for one in heard[1:]]


def test_who_reads_nothing_any_more_is_given_up(ann: Person, upstream: RunningUpstream) -> None:
    upstream.script(Reply(text=LARGE.text, after=140, then="stall", comments=1))
    session = ann.session(mode="incognito")
    with Socket.of(ann, slow=True) as socket:
        socket.say("chat.start", session_id=session, message="Much.")
        eventually(lambda: upstream.hung_up, bool, deadline_s=20)


def test_at_its_end_a_server_tells_the_end_of_runs_and_that_it_restarts(
    tmp_path_factory: pytest.TempPathFactory, upstream: RunningUpstream
) -> None:
    upstream.script(Reply(text=COUNT, delay_s=0.1))
    environment = {**asks(upstream.url), "MEMORYCHAT_RUNS__DRAIN_S": "10"}
    ending = Server(tmp_path_factory.mktemp("ending"), environment)
    with ending, Person(ending) as ada, Socket.of(ada) as socket, Socket.of(ada) as idle:
        session = ada.session()
        asked(socket, session)
        stopping = Thread(target=ending.stop)
        stopping.start()
        told = [one["type"] for one in socket.rest()]
        assert idle.close_code() == 1012
        stopping.join()

    assert told[-2:] == ["run.completed", "stream.ended"]
    assert socket.connection.close_code == 1012
