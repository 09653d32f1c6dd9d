"""`Please forget that …`, where a model learns."""

import orjson

from tests.support.person import Person
from tests.support.running_upstream import RunningUpstream
from tests.support.upstream import Reply

EXTRACTS = "json_object"
LEARNS_NOTHING = Reply(when=EXTRACTS, keep=True, text='{"memory": []}')


def learnt(text: str, *replaces: str) -> str:
    memory = {"id": "0", "text": text, "sources": [1], "kind": "fact", "replaces": replaces}
    return orjson.dumps({"memory": [memory]}).decode()


def test_a_model_that_notes_the_request_teaches_nothing_by_it(
    ada: Person, upstream: RunningUpstream
) -> None:
    profile = ada.default_profile()
    session, other = ada.session(profile), ada.session(profile)
    learns = learnt("User's hobby is falconry.")
    upstream.script(Reply(when=(EXTRACTS, "falconry"), text=learns), LEARNS_NOTHING)
    ada.say(session, "My hobby is falconry.")
    ada.settle(profile)
    upstream.script(LEARNS_NOTHING, Reply(text="It is falconry."))
    ada.say(other, "What is my hobby?")
    ada.settle(profile)
    noted = learnt("User wants their falconry hobby forgotten.", "0")
    upstream.script(Reply(when=(EXTRACTS, "forget"), text=noted), LEARNS_NOTHING)
    ada.say(session, "Please forget that my hobby is falconry.")
    ada.settle(profile)

    [memory] = ada.memories(profile)
    assert (memory["content"], memory["status"]) == ("User's hobby is falconry.", "superseded")
    assert ada.messages(other)[1]["repeats_forgotten"]
    upstream.script(LEARNS_NOTHING)
    ada.say(ada.session(profile), "Tell me about my hobby.")
    ada.say(other, "And today?")
    assert "falconry" not in str([request.body for request in upstream.requests])
