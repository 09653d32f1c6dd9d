"""One socket for answers, the feed and everything else that streams."""

from collections.abc import Iterator

import pytest
from websockets.exceptions import InvalidStatus

from tests.support.keys import Keyring, a_key, all_but
from tests.support.person import PASSWORD, Person, eventually
from tests.support.running_upstream import RunningUpstream
from tests.support.server import Server
from tests.support.socket import Socket
from tests.support.upstream import Reply

COUNT = "one two three four five"
SLOW = Reply(text=" ".join(f"word{number}" for number in range(40)), delay_s=0.1)
STALLED = Reply(text=COUNT, after=2, then="stall", comments=1)


@pytest.fixture
def keyring(asking: Server) -> Iterator[Keyring]:
    with Keyring(asking) as keyring:
        yield keyring


def bearer(person: Person) -> str:
    return str(person.credentials["access_token"])


def asked(socket: Socket, session: str, message: str = "Count.", **more: str) -> str:
    """The id of a run that has begun to answer."""
    socket.say("chat.start", session_id=session, message=message, **more)
    started = socket.until(lambda one: one["type"] == "run.started")
    socket.until(lambda one: one["type"] == "message.delta")
    return str(started["run_id"])


def test_an_answer_is_told_as_over_server_sent_events(
    zoe: Person, upstream: RunningUpstream
) -> None:
    upstream.script(Reply(text=COUNT))
    session = zoe.session()
    with Socket.of(zoe) as socket:
        socket.say("chat.start", session_id=session, message="Count.", request_id="1")
        told = socket.told("1")

    run = told[0]["run_id"]
    with zoe.http.stream("GET", f"/api/v1/runs/{run}/events") as response:
        lines = list(response.iter_lines())
    assert [one["id"] for one in told] == list(range(1, len(told) + 1))
    assert {one["run_id"] for one in told} == {run}
    assert [f"event: {one['type']}" for one in told] == [x for x in lines if x[:6] == "event:"]
    assert "".join(one.get("delta", "") for one in told) == COUNT
    assert told[-1]["type"] == "run.completed"
    assert zoe.messages(session)[-1]["content"] == COUNT


def test_several_answers_come_at_once_and_each_says_whose_it_is(
    zoe: Person, upstream: RunningUpstream
) -> None:
    upstream.script(*[Reply(text=f"of {n} " * 20, delay_s=0.01, when=f"Q{n}.") for n in range(3)])
    with Socket.of(zoe) as socket:
        for n in range(3):
            socket.say("chat.start", session_id=zoe.session(), message=f"Q{n}.", request_id=str(n))
        texts = {"0": "", "1": "", "2": ""}
        order = []
        ended = 0
        while ended < 3:
            event = socket.hear()
            ended += event["type"] == "stream.ended"
            if event["type"] == "message.delta":
                texts[event["request_id"]] += event["delta"]
                order.append(event["request_id"])

    assert all(text.split() == ["of", n] * 20 for n, text in texts.items())
    assert order != sorted(order), "one after the other"


@pytest.mark.parametrize("how", ["header", "subprotocol", "message", "key"])
def test_a_credential_comes_by_a_header_a_subprotocol_or_the_first_message(
    zoe: Person, asking: Server, how: str
) -> None:
    token = bearer(zoe)
    match how:
        case "header":
            socket = Socket(asking.url, headers={"Authorization": f"Bearer {token}"})
        case "subprotocol":
            socket = Socket(asking.url, subprotocols=("bearer", token))
        case "key":
            socket = Socket(asking.url, headers={"X-Api-Key": a_key(zoe, "chat")["key"]})
        case _:
            socket = Socket(asking.url)
            socket.say("authenticate", token=token)
    with socket:
        assert socket.hear()["type"] == "ready"
        socket.say("ping", request_id="p")
        assert socket.hear() == {"type": "pong", "request_id": "p"}
        assert socket.connection.subprotocol == ("bearer" if how == "subprotocol" else None)


def test_a_credential_in_the_address_is_none(zoe: Person, asking: Server) -> None:
    with Socket(asking.url, query={"token": bearer(zoe)}) as socket:
        socket.say("ping")
        assert socket.hear()["error"]["code"] == "unauthenticated"
        assert socket.close_code() == 4401


@pytest.mark.parametrize("first", ['{"type":"authenticate","token":"no"}', "{", '{"type":"ping"}'])
def test_whoever_does_not_say_who_they_are_is_closed(asking: Server, first: str) -> None:
    with Socket(asking.url) as socket:
        socket.connection.send(first)
        refusal = socket.hear()
        assert (refusal["type"], refusal["error"]["code"]) == ("error", "unauthenticated")
        assert refusal["status"] == 401
        assert socket.close_code() == 4401


def test_a_key_without_the_scope_is_closed(zoe: Person, asking: Server, keyring: Keyring) -> None:
    program = keyring.new(zoe, *all_but(["chat"]))
    headers = {"Authorization": program.http.headers["Authorization"]}
    with Socket(asking.url, headers=headers) as socket:
        assert socket.hear()["error"]["code"] == "missing-scope"
        assert socket.close_code() == 4403


def test_pages_of_other_origins_are_not_let_in(zoe: Person, asking: Server) -> None:
    headers = {"Authorization": f"Bearer {bearer(zoe)}"}
    for origin in ("https://evil.example.com", "null", f"{asking.url}0"):
        with pytest.raises(InvalidStatus) as refused:
            Socket(asking.url, headers=headers, origin=origin)
        assert refused.value.response.status_code == 403
        assert b"origin-refused" in refused.value.response.body
    with Socket(asking.url, headers=headers, origin=asking.url) as socket:
        assert socket.hear()["type"] == "ready"


def test_what_cannot_be_read_is_refused_and_the_socket_goes_on(zoe: Person) -> None:
    session = zoe.session()
    with Socket.of(zoe) as socket:
        for text, param in (
            ("{", None),
            ("[]", None),
            ('{"type":"secretword"}', None),
            ('{"type":"chat.start","session_id":"secretword","message":"x"}', "/session_id"),
            (f'{{"type":"chat.start","session_id":"{session}","message":""}}', "/message"),
            ('{"type":"ping","secretword":1}', None),
            (f'{{"type":"run.follow","run_id":"{session}","after":-1}}', "/after"),
        ):
            socket.connection.send(text)
            refusal = socket.hear()
            assert refusal["status"] == 422, refusal
            assert refusal["error"]["code"] == "invalid-input"
            assert refusal["error"]["param"] == param
            assert "secretword" not in str(refusal)
        socket.say("ping")
        assert socket.hear()["type"] == "pong"


def test_binary_and_huge_frames_close_the_socket(zoe: Person) -> None:
    with Socket.of(zoe) as socket:
        socket.connection.send(b"{}")
        assert socket.close_code() == 1003
    with Socket.of(zoe) as socket:
        socket.connection.send("x" * 500_001)
        assert socket.close_code() == 1009


def test_what_is_somebody_elses_is_as_if_absent(
    zoe: Person, asking_bob: Person, upstream: RunningUpstream
) -> None:
    upstream.script(STALLED)
    with Socket.of(zoe) as mine, Socket.of(asking_bob) as socket:
        session = zoe.session()
        run = asked(mine, session)
        for kind, fields, code in (
            ("chat.start", {"session_id": session, "message": "Hi."}, "session-not-found"),
            ("regenerate", {"session_id": session}, "session-not-found"),
            ("run.follow", {"run_id": run}, "run-not-found"),
            ("run.cancel", {"run_id": run}, "run-not-found"),
        ):
            socket.say(kind, **fields, request_id=kind)
            refusal = socket.hear()
            assert refusal["error"]["code"] == code
            assert (refusal["status"], refusal["request_id"]) == (404, kind)
        mine.say("run.cancel", run_id=run)
        mine.until(lambda one: one["type"] == "run.cancelled")


def test_a_run_is_followed_from_the_event_after_the_last_one_seen(
    zoe: Person, upstream: RunningUpstream
) -> None:
    upstream.script(Reply(text=COUNT))
    run = zoe.say(zoe.session(), "Count.")["run_id"]
    with Socket.of(zoe) as socket:
        socket.say("run.follow", run_id=run, after=3, request_id="late")
        told = socket.told("late")
        assert [one["id"] for one in told] == list(range(4, told[-1]["id"] + 1))
        socket.say("run.follow", run_id=run, after=told[-1]["id"], request_id="over")
        assert socket.told("over") == []


def test_an_answer_is_given_anew(zoe: Person, upstream: RunningUpstream) -> None:
    upstream.script(Reply(text="First."), Reply(text="Second."))
    session = zoe.session()
    zoe.say(session, "Which?")
    with Socket.of(zoe) as socket:
        socket.say("regenerate", session_id=session, request_id="again")
        told = socket.told("again")
    assert told[-1]["type"] == "run.completed"
    assert [one["content"] for one in zoe.messages(session)] == ["Which?", "Second."]


def test_hanging_up_ends_what_is_incognito_and_nothing_else(
    zoe: Person, upstream: RunningUpstream
) -> None:
    upstream.script(STALLED)
    with Socket.of(zoe) as socket:
        asked(socket, zoe.session(mode="incognito"))
    eventually(lambda: upstream.hung_up, bool)

    upstream.script(Reply(text=COUNT, delay_s=0.05))
    session = zoe.session()
    with Socket.of(zoe) as socket:
        run = asked(socket, session)
    eventually(lambda: zoe.get(f"/runs/{run}")["status"], lambda status: status == "completed")
    assert zoe.messages(session)[-1]["content"] == COUNT


def test_the_feed_is_told(zoe: Person, upstream: RunningUpstream) -> None:
    upstream.script(Reply(text="Hello."))
    session = zoe.session()
    with Socket.of(zoe) as socket:
        socket.say("events.subscribe", request_id="news")
        assert socket.hear() == {"type": "accepted", "request_id": "news"}
        zoe.say(session, "Hi.")
        event = socket.hear()
    assert (event["type"], event["session_id"]) == ("session.updated", session)
    assert event["request_id"] == "news"


def test_logging_out_closes_the_sockets_of_this_login_and_the_answer_goes_on(
    zoe: Person, asking: Server, upstream: RunningUpstream
) -> None:
    upstream.script(SLOW)
    session = zoe.session()
    login = zoe.post("/auth/login", {"email": zoe.email, "password": PASSWORD})
    other = zoe.at(asking)
    other.http.headers["Authorization"] = f"Bearer {login['access_token']}"
    with other, Socket.of(zoe) as socket, Socket.of(other) as there:
        run = asked(socket, session)
        there.say("run.follow", run_id=run, request_id="there")

        zoe.post("/auth/logout")

        assert "run.completed" not in [one["type"] for one in socket.rest()]
        assert socket.connection.close_code == 4401
        assert there.told("there")[-1]["type"] == "run.completed"


def test_a_deleted_key_closes_its_socket(zoe: Person, keyring: Keyring) -> None:
    key = a_key(zoe, "chat")
    with Socket.of(keyring.showing(zoe, key["key"])) as socket:
        zoe.delete(f"/api-keys/{key['id']}")
        assert socket.close_code() == 4401


def test_a_socket_is_one_accounts(zoe: Person, asking_bob: Person) -> None:
    with Socket.of(zoe) as socket:
        socket.say("authenticate", token=bearer(zoe), request_id="again")
        assert socket.hear()["type"] == "ready"
        socket.say("authenticate", token=bearer(asking_bob), request_id="other")
        assert socket.hear()["error"]["code"] == "another-account"
        assert socket.close_code() == 4403


def test_a_plain_request_is_told_to_upgrade(asking: Server) -> None:
    with asking.client() as client:
        answer = client.get("/api/v1/ws")
    assert (answer.status_code, answer.headers["upgrade"]) == (426, "websocket")
