"""Words that come on a socket are where their mode lets them be, and nowhere else."""

import re
from pathlib import Path

import pytest

from tests.support.api_sweep import everything
from tests.support.confidant import Confidant
from tests.support.person import Person, eventually
from tests.support.running_upstream import RunningUpstream
from tests.support.server import Server
from tests.support.settings import asks
from tests.support.socket import Socket
from tests.support.traces import held, traces
from tests.support.upstream import Reply


def asked(socket: Socket, session: str, words: str, **more: str) -> str:
    """The last word of an answer, or why there is none."""
    socket.say("chat.start", session_id=session, message=words, request_id="1", **more)
    return str(socket.told("1")[-1]["type"])


def blunder(socket: Socket, confidant: Confidant, session: str) -> None:
    """Says what is refused, and is told of nothing that it said."""
    secret = confidant.secret
    for text in (
        f'{{"type":"chat.start","message":"{secret("unclosed")}',
        f'{{"type":"{secret("type")}"}}',
        f'{{"type":"ping","{secret("key")}":1}}',
        f'{{"type":"chat.start","session_id":"{secret("id")}","message":"Hi."}}',
        f'{{"type":"chat.start","session_id":"{session}","message":["{secret("list")}"]}}',
        f'{{"type":"chat.start","session_id":"{session}","message":"{secret("long") * 3_000}"}}',
        f'{{"type":"chat.start","session_id":"{session}","message":"x\\u0000{secret("nul")}"}}',
    ):
        socket.connection.send(text)
        refusal = socket.hear()
        assert refusal["type"] == "error"
        assert held(secret, str(refusal).encode()) == []


@pytest.mark.parametrize("mode", ["incognito", "normal"])
def test_what_is_said_on_a_socket_is_kept_as_its_mode_says(
    tmp_path: Path, upstream: RunningUpstream, mode: str
) -> None:
    (tmp_path / "tmp").mkdir()
    environment = {
        **asks(upstream.url),
        "MEMORYCHAT_LOG_LEVEL": "debug",
        "TMPDIR": str(tmp_path / "tmp"),
    }
    with Server(tmp_path, environment) as server, Person(server) as ada:
        confidant = Confidant(ada, upstream)
        secret = confidant.secret
        session, kept = ada.session(mode=mode), ada.session()
        with Socket.of(ada, session_id=secret("address")) as socket:
            confidant.script(Reply(text=f"I know of {secret('answer')}."))
            assert asked(socket, session, f"I like {secret('plain')}.") == "run.completed"
            socket.say("regenerate", session_id=session, request_id="1")
            assert socket.told("1")[-1]["type"] == "run.completed"
            confidant.script(Reply(text="One."))
            one_turn = {"privacy_mode": "incognito"}
            said = asked(socket, kept, f"I hide {secret('turn')}.", **one_turn)
            assert said == "run.completed"
            confidant.script(Reply(text=f"I know {secret('cut')} and more.", after=3, then="cut"))
            assert asked(socket, session, f"I like {secret('failing')}.") == "run.failed"
            blunder(socket, confidant, session)
            stalled = f"Of {secret('stalled')} I know."
            confidant.script(Reply(text=stalled, after=2, then="stall", comments=1))
            socket.say("chat.start", session_id=session, message=f"I hide {secret('left')}.")
            socket.until(lambda one: one["type"] == "message.delta")
        if mode == "incognito":
            eventually(lambda: upstream.hung_up, bool)
            ada.patch(f"/sessions/{session}", {"privacy_mode": "normal"})
        told = everything(ada, words=["Zyrafa2plain"])
        metrics = ada.http.get("/metrics").content
        server.stop()

    found = traces(secret, tmp_path)
    assert held(secret, metrics) == []
    if mode == "incognito":
        assert held(secret, told.encode()) == []
        assert found == []
    else:
        assert [one for one in found if "memorychat.db" not in one] == []
        kept_words = {re.sub(r"^Zyrafa\d+| .*", "", one) for one in found}
        assert {"plain", "failing", "left"} <= kept_words
        assert kept_words <= {"plain", "answer", "failing", "cut", "left", "stalled"}
