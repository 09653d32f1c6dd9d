"""What is said in incognito is nowhere afterwards: one long scenario, and a look everywhere."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.api_sweep import everything
from tests.support.canaries import Canaries
from tests.support.confidant import Confidant
from tests.support.person import Person
from tests.support.running_upstream import RunningUpstream
from tests.support.server import Server
from tests.support.settings import asks
from tests.support.traces import held, traces

PLAIN = "Plainly"
"""Stands in every message that is not private."""
CONTROL = "Lwica7731"
"""Said in sessions that are kept."""


@dataclass
class Aftermath:
    """What is left when everything private has ended."""

    folder: Path
    secrets: Canaries
    api: str = ""
    runs: list[str] = field(default_factory=list)
    """Of incognito turns."""
    requests: list[str] = field(default_factory=list)
    """Bodies that the endpoint got for turns that were kept, and for learning."""


def _whole_private_life(confidant: Confidant) -> None:
    ada = confidant.ada
    confidant.script()
    family = ada.default_profile()
    open_session = ada.session(family)
    ada.say(open_session, f"{PLAIN}, my dog is called {CONTROL}.")

    title = {"privacy_mode": "incognito", "title": confidant.secret("title")}
    secret_session = ada.post("/sessions", title)["id"]
    confidant.talk(secret_session, "session")
    confidant.blunder(secret_session, "session")
    confidant.bring(secret_session, "session")
    ended = ada.session(family, mode="incognito")
    confidant.listen(ended, "deleted")
    confidant.talk(open_session, "turn", privacy_mode="incognito")
    confidant.blunder(open_session, "turn")
    paused = ada.session(family, mode="pause_memories")
    confidant.talk(paused, "paused", privacy_mode="incognito")
    was_open = ada.session(family)
    ada.say(was_open, f"{PLAIN}, my cat is called {CONTROL}.")
    ada.patch(f"/sessions/{was_open}", {"privacy_mode": "incognito"})
    confidant.talk(was_open, "turned")

    confidant.script()
    for session in (secret_session, was_open):
        ada.patch(f"/sessions/{session}", {"privacy_mode": "normal"})
    ada.delete(f"/sessions/{ended}")
    for session in (open_session, secret_session, paused, was_open):
        ada.say(session, f"{PLAIN}, what did I like, hide and know of?")
    ada.post(f"/chat/{open_session}/regenerate")
    for session in (open_session, paused):  # what was said in single turns goes with the session
        ada.patch(f"/sessions/{session}", {"privacy_mode": "incognito"})
        ada.patch(f"/sessions/{session}", {"privacy_mode": "normal"})
    ada.settle(family)
    confidant.script()


@pytest.fixture(scope="module")
def aftermath(
    upstream: RunningUpstream, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Aftermath]:
    folder = tmp_path_factory.mktemp("incognito")
    (folder / "tmp").mkdir()
    environment = {
        **asks(upstream.url),
        "MEMORYCHAT_LOG_LEVEL": "debug",
        "TMPDIR": str(folder / "tmp"),
    }
    server = Server(folder, environment)
    with server, Person(server) as ada:
        confidant = Confidant(ada, upstream)
        _whole_private_life(confidant)
        left = Aftermath(folder, confidant.secret, runs=confidant.runs, requests=confidant.bodies)
        left.api = everything(ada, words=["Zyrafa0title", CONTROL])
        for run in left.runs:
            for path in (f"/runs/{run}", f"/runs/{run}/events"):
                left.api += ada.http.get(f"/api/v1{path}").text
        server.stop()
        yield left


def test_no_file_log_or_output_holds_it(aftermath: Aftermath) -> None:
    assert traces(aftermath.secrets, aftermath.folder) == []


def test_the_search_through_files_would_have_found_it(aftermath: Aftermath) -> None:
    assert f"{CONTROL} in data/memorychat.db" in traces([CONTROL], aftermath.folder)


def test_the_api_tells_nothing_of_it(aftermath: Aftermath) -> None:
    assert CONTROL in aftermath.api
    assert held(aftermath.secrets, aftermath.api.encode()) == []


def test_it_is_no_part_of_what_the_model_is_asked_later(aftermath: Aftermath) -> None:
    kept = [body for body in aftermath.requests if PLAIN in body or "json_object" in body]
    assert len(kept) > 5
    assert [held(aftermath.secrets, body.encode()) for body in kept] == [[] for _ in kept]
