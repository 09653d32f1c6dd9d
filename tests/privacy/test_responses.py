"""Words that come through responses and conversations are where their mode lets them be, and nowhere else."""

from pathlib import Path
from typing import Any

from tests.support.api_sweep import everything
from tests.support.canaries import Canaries
from tests.support.confidant import Confidant
from tests.support.openai_client import collected
from tests.support.person import Person
from tests.support.responder import RESPONSES, Responder
from tests.support.server import Server
from tests.support.traces import held, traces
from tests.support.upstream import Reply

UNKEPT: dict[str, dict[str, Any]] = {
    "model": {"model": "memorychat:incognito"},
    "body": {"memorychat": {"mode": "incognito"}},
    "unstored": {"store": False},
}


def end_incognito(ada: Person) -> None:
    """Whatever a process holds of a session is gone."""
    for one in ada.get("/sessions", limit=100)["data"]:
        ada.patch(f"/sessions/{one['id']}", {"privacy_mode": "incognito"})
        ada.patch(f"/sessions/{one['id']}", {"privacy_mode": "normal"})


def later_prompts(confidant: Confidant) -> str:
    """What the model is asked when somebody wants to know everything."""
    confidant.script()
    question = "What did I like, hide and know of, and where was I?"
    assert confidant.ada.http.post(RESPONSES, json={"input": question}).status_code == 200
    return str([request.body for request in confidant.upstream.requests])


def test_what_is_not_to_be_kept_is_nowhere(
    talkative: Server, confidant: Confidant, tmp_path: Path
) -> None:
    ada, responder = confidant.ada, Responder(confidant)
    for how, options in UNKEPT.items():
        responder.talk(how, **options)
        responder.history(how + "own", **options)
    responder.history("paused", model="memorychat:pause_memories")
    private = responder.conversation("private", "incognito")
    responder.talk("inside", conversation=private)
    kept = ada.http.post("/v1/conversations", json={}).json()["id"]
    responder.talk("turn", conversation=kept, model="memorychat:incognito")
    responder.talk("unstoredturn", conversation=kept, store=False)
    responder.embed("vector")
    responder.blunder("blunder")
    confidant.script()
    end_incognito(ada)

    assert held(confidant.secret, later_prompts(confidant).encode()) == []
    told = everything(ada, words=["Zyrafa0modeljson"]) + str(collected(ada))
    assert held(confidant.secret, told.encode()) == []
    assert held(confidant.secret, ada.http.get("/metrics").content) == []
    talkative.stop()
    assert traces(confidant.secret, tmp_path) == []


def test_what_was_paused_is_kept_and_teaches_nothing_when_it_goes_on(
    talkative: Server, confidant: Confidant
) -> None:
    ada, secret = confidant.ada, Canaries()
    confidant.script()
    paused: dict[str, Any] = {"model": "memorychat:pause_memories"}

    def ask(text: str, **options: Any) -> str:
        answer = ada.http.post(RESPONSES, json={"input": text, **options})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])

    first = ask(f"I like {secret('paused')}.", **paused)
    ask("Hello again.", previous_response_id=ask("Hello.", previous_response_id=first))
    for session in ada.get("/sessions")["data"]:
        assert secret_in(ada, session["id"], secret)
        ada.patch(f"/sessions/{session['id']}", {"privacy_mode": "normal"})
        ada.say(session["id"], "Hello.")
    ada.settle(ada.default_profile())

    assert held(secret, later_prompts(confidant).encode()) == []
    assert ada.memories(ada.default_profile()) == []


def test_what_is_referred_to_is_kept_no_more_openly_than_it_was(
    talkative: Server, confidant: Confidant
) -> None:
    ada, secret = confidant.ada, Canaries()
    for mode, how in (("incognito", "unkept"), ("pause_memories", "paused")):
        confidant.script(Reply(text=f"I know of {secret(how)}."))
        model = f"memorychat:{mode}"
        first = ada.http.post(RESPONSES, json={"input": "Hello.", "model": model}).json()
        reference = {"type": "item_reference", "id": first["output"][0]["id"]}
        new = {"role": "user", "content": f"I heard of {secret(how + 'asked')}."}
        talk = ada.http.post("/v1/conversations", json={}).json()["id"]
        confidant.script()
        for item in (reference, first["output"][0]):
            answer = ada.http.post(RESPONSES, json={"input": [new, item, new]})
            assert answer.json()["memorychat"]["mode"] == mode, answer.text
        in_it = {"input": [reference, new], "conversation": talk}
        assert ada.http.post(RESPONSES, json=in_it).status_code == 400
        copied = ada.http.post(f"/v1/conversations/{talk}/items", json={"items": first["output"]})
        assert copied.status_code == (400 if how == "unkept" else 200), copied.text
    end_incognito(ada)
    ada.settle(ada.default_profile())

    kept = everything(ada, words=["heard"]) + str(collected(ada))
    assert {one for one in held(secret, kept.encode()) if "unkept" in one} == set()
    assert ada.memories(ada.default_profile()) == []
    assert held(secret, later_prompts(confidant).encode()) == []


def secret_in(ada: Person, session: str, secret: Canaries) -> bool:
    return bool(held(secret, str(ada.messages(session)).encode()))


def test_of_a_response_that_is_kept_question_and_answer_are_and_no_more(
    talkative: Server, confidant: Confidant, tmp_path: Path
) -> None:
    responder = Responder(confidant)
    responder.talk("open")
    talk = responder.conversation("talk", "normal")
    assert talk
    talkative.stop()

    found = traces(confidant.secret, tmp_path)
    assert [one for one in found if "memorychat.db" not in one] == []
    kept = set(held(confidant.secret, "\n".join(found).encode()))
    never = ("instructions", "developer", "metadata", "tool", "argument", "output", "kept")
    assert {word for word in kept if word.endswith(never)} == set()
    assert any(word.endswith("openjson") for word in kept)
    assert any(word.endswith("heard") for word in kept)
