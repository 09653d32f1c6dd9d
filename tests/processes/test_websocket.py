"""Sockets at one process, for the runs of another; and through nginx, as the example has it."""

from pathlib import Path

import pytest

from tests.api.test_websocket import asked
from tests.processes.test_following import COUNT, SLOW, STALLED, begun, followed
from tests.support import nginx
from tests.support.nginx import in_front_of
from tests.support.person import Person
from tests.support.running_upstream import RunningUpstream
from tests.support.server import Server
from tests.support.socket import Socket


def test_a_run_of_another_process_is_followed_and_cancelled_on_a_socket(
    upstream: RunningUpstream, ada: Person, away: Person
) -> None:
    upstream.script(SLOW, STALLED)
    with ada.stream(ada.session(), "Count.") as events, Socket.of(away) as socket:
        run = begun(events)
        socket.say("run.follow", run_id=run, request_id="there")
        there = socket.told("there")
    here = followed(ada, run)
    assert [one["id"] for one in there] == [one["id"] for one in here]
    assert "".join(one.get("delta", "") for one in there) == COUNT

    with ada.stream(ada.session(), "Count.") as events, Socket.of(away) as socket:
        socket.say("run.cancel", run_id=begun(events))
        assert socket.hear()["type"] == "accepted"
        assert list(events)[-1]["type"] == "run.cancelled"


def test_a_run_in_incognito_is_not_told_to_another_process(
    upstream: RunningUpstream, ada: Person, away: Person
) -> None:
    upstream.script(STALLED)
    session = ada.session(mode="incognito")
    with Socket.of(ada) as here, Socket.of(away) as there:
        run = asked(here, session)
        for kind, fields in (
            ("run.follow", {"run_id": run}),
            ("run.cancel", {"run_id": run}),
            ("chat.start", {"session_id": session, "message": "Hi."}),
        ):
            there.say(kind, **fields)
            assert there.hear()["error"]["code"] in {"wrong-process", "run-in-progress"}


def test_nginx_upgrades_and_leads_to_the_process_of_the_session(
    upstream: RunningUpstream, first: Server, second: Server, third: Server, tmp_path: Path
) -> None:
    if not nginx.is_installed():
        pytest.skip(nginx.MISSING)
    upstream.script()
    third.start()
    with in_front_of([first, second, third], tmp_path) as front, Person(front) as ada:
        for session in [ada.session(mode="incognito") for _ in range(5)]:
            ada.say(session, "One.")
            with Socket.of(ada, session_id=session) as socket:
                socket.say("chat.start", session_id=session, message="Two.", request_id="2")
                assert socket.told("2")[-1]["type"] == "run.completed"
        with Socket(
            front.url,
            headers={"Authorization": ada.http.headers["Authorization"]},
            origin=front.url,
        ) as page:
            assert page.hear()["type"] == "ready"
