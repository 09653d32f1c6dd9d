"""Each way in which an incognito conversation ends, and what the API says of it afterwards."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.api_sweep import everything
from tests.support.person import Person, eventually
from tests.support.running_upstream import RunningUpstream
from tests.support.server import Server
from tests.support.settings import asks

SECRET = "Zyrafa7731"
TTL_S = 1


class Secret:
    """A conversation in incognito, with everything that leads to it."""

    def __init__(self, ada: Person) -> None:
        self.ada = ada
        body = {"privacy_mode": "incognito", "title": f"About {SECRET}"}
        self.session = str(ada.post("/sessions", body)["id"])
        self.say()
        assert SECRET in everything(ada)
        assert SECRET in self.events()

    def say(self) -> None:
        with self.ada.stream(self.session, f"I like {SECRET}. What do I like?") as events:
            self.heard = list(events)
        self.run = self.heard[0]["run_id"]
        past = [{"role": "user", "content": f"I like {SECRET}."}]
        self.ada.post(f"/sessions/{self.session}/messages", {"messages": past})

    def events(self) -> str:
        return self.ada.http.get(f"/api/v1/runs/{self.run}/events").text

    def is_gone(self) -> bool:
        run = self.ada.http.get(f"/api/v1/runs/{self.run}").text
        return SECRET not in everything(self.ada, words=[SECRET]) + self.events() + run


@pytest.fixture(scope="module")
def hasty(upstream: RunningUpstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that keeps incognito conversations for a second."""
    environment = {**asks(upstream.url), "MEMORYCHAT_INCOGNITO__TTL_S": str(TTL_S)}
    with Server(tmp_path_factory.mktemp("hasty"), environment) as server:
        yield server


@pytest.mark.parametrize("mode", ["normal", "pause_memories"])
def test_gone_when_the_session_changes_its_mode(ada: Person, mode: str) -> None:
    secret = Secret(ada)

    ada.patch(f"/sessions/{secret.session}", {"privacy_mode": mode})

    assert secret.is_gone()
    assert ada.get(f"/sessions/{secret.session}")["title"] is None
    ada.patch(f"/sessions/{secret.session}", {"privacy_mode": "incognito"})
    assert secret.is_gone()


@pytest.mark.parametrize(
    "path", ["/sessions/{session}", "/sessions/{session}/messages", "/memory-profiles/{profile}"]
)
def test_gone_when_it_is_deleted(ada: Person, path: str) -> None:
    family = ada.default_profile()
    secret = Secret(ada)
    ada.profile("work")

    receipt = ada.delete(path.format(session=secret.session, profile=family))

    assert receipt["deleted"]["incognito_messages"] == 3
    assert secret.is_gone()


def test_a_single_message_that_is_deleted_is_gone(ada: Person) -> None:
    session = ada.session(mode="incognito")
    answer = ada.say(session, f"I like {SECRET}.")

    for message in ada.messages(session):
        ada.delete(f"/sessions/{session}/messages/{message['id']}")

    run = ada.http.get(f"/api/v1/runs/{answer['run_id']}").text
    events = ada.http.get(f"/api/v1/runs/{answer['run_id']}/events").text
    assert SECRET not in run + events + str(ada.messages(session))


@pytest.mark.parametrize(
    "path",
    ["/sessions/{session}", "/sessions/{session}/messages", "/sessions/{session}/messages/{id}"],
)
def test_no_wipe_is_owed_for_what_was_in_no_file(ada: Person, path: str) -> None:
    session = ada.session(mode="incognito")
    ada.say(session, f"I like {SECRET}.")
    [first, _] = ada.messages(session)

    receipt = ada.delete(path.format(session=session, id=first["id"]))

    assert receipt["deleted"]["incognito_messages"] >= 1
    assert (receipt["bytes_pending"], receipt["bytes_gone_by"]) == ([], None)
    assert ada.get("/me/forgetting")["data"] == []


def test_its_receipt_does_not_tell_of_what_is_owed_for_something_else(ada: Person) -> None:
    session, other = ada.session(mode="incognito"), ada.session()
    ada.say(session, f"I like {SECRET}.")
    ada.say(other, "I like tea.")
    assert "database" in ada.delete(f"/sessions/{other}")["bytes_pending"]

    assert ada.delete(f"/sessions/{session}")["bytes_pending"] == []


def test_gone_when_its_time_is_up(hasty: Server) -> None:
    with Person(hasty) as ada:
        secret = Secret(ada)

        eventually(secret.is_gone, bool, deadline_s=TTL_S + 3)


def test_gone_after_a_restart(tmp_path: Path, upstream: RunningUpstream) -> None:
    server = Server(tmp_path, asks(upstream.url))
    for end in (server.kill, server.stop):
        with server, Person(server) as ada:
            secret = Secret(ada)
            end()
            server.start()
            ada.http.base_url = server.url

            assert secret.is_gone()
            assert ada.messages(secret.session) == []


def test_the_words_of_a_single_turn_are_in_no_list(ada: Person) -> None:
    session = ada.session()
    ada.say(session, "Hello.")

    run = ada.say(session, f"I like {SECRET}.", privacy_mode="incognito")

    assert SECRET not in everything(ada, words=[SECRET])
    assert len(ada.messages(session)) == 2
    assert ada.get(f"/sessions/{session}")["message_count"] == 2
    assert run["memory_job_id"] is None


def test_past_messages_come_with_no_way_to_loosen_the_mode(ada: Person) -> None:
    session = ada.session(mode="incognito")
    past: dict[str, Any] = {"messages": [{"role": "user", "content": SECRET}]}

    loosened = ada.http.post(
        f"/api/v1/sessions/{session}/messages", json={**past, "privacy_mode": "normal"}
    )

    assert loosened.status_code == 422


@pytest.mark.parametrize("mode", ["incognito", "normal"])
def test_nobody_else_sees_it(ada: Person, bob: Person, mode: str) -> None:
    session = ada.session(mode=mode)
    run = ada.say(session, f"I like {SECRET}.")["run_id"]

    for path in (
        f"/sessions/{session}",
        f"/sessions/{session}/messages",
        f"/sessions/{session}/summary",
        f"/runs/{run}",
        f"/runs/{run}/events",
    ):
        assert bob.http.get(f"/api/v1{path}").status_code == 404
    assert SECRET not in everything(bob, words=[SECRET])
