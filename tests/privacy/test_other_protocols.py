"""Words that come through other protocols are where their mode lets them be, and nowhere else."""

from pathlib import Path
from typing import Any

from tests.support.api_sweep import everything
from tests.support.canaries import Canaries
from tests.support.confidant import Confidant
from tests.support.openai_client import collected
from tests.support.running_upstream import RunningUpstream
from tests.support.server import Server
from tests.support.stranger import Stranger
from tests.support.traces import held, traces

PRIVATELY: dict[str, dict[str, Any]] = {
    "model": {"model": "memorychat:incognito"},
    "header": {"headers": {"X-Memory-Mode": "incognito"}},
    "body": {"memorychat": {"mode": "incognito"}},
    "paused": {"model": "memorychat:pause_memories"},
    "unstored": {"store": False},
    "task": {"model": "memorychat-task"},
}


def later_prompts(confidant: Confidant) -> str:
    """What the model is asked when somebody wants to know everything, here and there."""
    confidant.script()
    question = "What did I like, hide and know of, and where was I?"
    confidant.ada.say(confidant.ada.session(), question)
    body = {"model": "memorychat", "messages": [{"role": "user", "content": question}]}
    assert confidant.ada.http.post("/v1/chat/completions", json=body).status_code == 200
    return str([request.body for request in confidant.upstream.requests])


def test_what_is_not_to_be_kept_is_nowhere(
    talkative: Server, confidant: Confidant, tmp_path: Path
) -> None:
    ada, stranger = confidant.ada, Stranger(confidant)
    for how, options in PRIVATELY.items():
        stranger.talk(how, **options)
    session = ada.session(mode="incognito")
    stranger.talk("session", headers={"X-Memory-Session": session})
    kept = ada.session()
    stranger.talk("turn", headers={"X-Memory-Session": kept, "X-Memory-Mode": "incognito"})
    stranger.blunder("blunder")
    confidant.script()
    for one in (session, kept):
        ada.patch(f"/sessions/{one}", {"privacy_mode": "incognito"})
        ada.patch(f"/sessions/{one}", {"privacy_mode": "normal"})

    assert held(confidant.secret, later_prompts(confidant).encode()) == []
    told = everything(ada, words=["Zyrafa0modeljson"]) + str(collected(ada))
    assert held(confidant.secret, told.encode()) == []
    talkative.stop()
    assert traces(confidant.secret, tmp_path) == []


def test_of_what_is_learnt_from_the_questions_are_in_the_database_and_nothing_else_is(
    talkative: Server, confidant: Confidant, tmp_path: Path
) -> None:
    ada = confidant.ada
    Stranger(confidant).talk("open")
    ada.settle(ada.default_profile())
    assert held(confidant.secret, ada.http.get("/metrics").content) == []
    talkative.stop()

    found = traces(confidant.secret, tmp_path)
    kept = set(held(confidant.secret, questions_in(found)))
    assert kept
    assert [one for one in found if "memorychat.db" not in one] == []
    asked = {word for word in kept if word.endswith(QUESTIONS)}
    assert kept == asked, "answers, instructions and what came before are their client's"


QUESTIONS = tuple(
    f"open{how}{what}"
    for how in ("json", "stream")
    for what in ("", "refused", "failing", "tool", "left")
)


def questions_in(found: list[str]) -> bytes:
    return "\n".join(found).encode()


def test_a_session_keeps_the_question_and_the_answer_and_no_more(
    confidant: Confidant, upstream: RunningUpstream
) -> None:
    secret, ada = Canaries(), confidant.ada
    session = ada.session()
    confidant.script()
    messages = [
        {"role": "system", "content": secret("system")},
        {"role": "user", "content": secret("before")},
        {"role": "assistant", "content": secret("answered")},
        {"role": "user", "content": "I like figs."},
    ]
    body = {"model": "memorychat", "messages": messages}
    headers = {"X-Memory-Session": session}
    assert ada.http.post("/v1/chat/completions", json=body, headers=headers).status_code == 200

    assert "I like figs." in str(ada.messages(session))
    assert held(secret, everything(ada, words=["figs"]).encode()) == []
