"""Answers that repeat what was deleted since: readable, and told to nobody else."""

from itertools import count
from typing import Any

import orjson
import pytest

from tests.support.person import Person
from tests.support.running_upstream import RunningUpstream
from tests.support.upstream import Reply

EXTRACTS = "json_object"
LEARNS_NOTHING = Reply(when=EXTRACTS, keep=True, text='{"memory": []}')
ASKED = "Where does my sister live?"
_numbers = count(1)


class Sister:
    """Ada says where her sister lives; another session's answer repeats it."""

    def __init__(self, ada: Person, upstream: RunningUpstream) -> None:
        self.ada, self.upstream = ada, upstream
        self.place = f"Qvarnby{next(_numbers)}holm"
        self.profile = ada.default_profile()
        learns = learnt(f"User's sister lives in {self.place}.")
        upstream.script(Reply(when=(EXTRACTS, self.place), text=learns), LEARNS_NOTHING)
        self.session = ada.session(self.profile)
        ada.say(self.session, f"My sister lives in {self.place}.")
        ada.settle(self.profile)
        [self.memory] = [one["id"] for one in ada.memories(self.profile)]
        self.other = ada.session(self.profile)
        upstream.script(LEARNS_NOTHING, Reply(text=f"She lives in {self.place}."))
        self.run = ada.say(self.other, ASKED)["run_id"]
        ada.settle(self.profile)
        assert self.place in str(upstream.requests[0].body), "it is recalled"
        self.upstream.script(LEARNS_NOTHING)

    def answer(self) -> Any:
        return self.ada.messages(self.other)[1]

    def prompt(self, session: str) -> str:
        """The prompt of the next turn, and everything else that a model is sent meanwhile."""
        self.upstream.script(LEARNS_NOTHING)
        self.ada.say(session, "And how is she?")
        return f"{[request.body for request in self.upstream.requests]}"


def learnt(text: str, *sources: int) -> str:
    memory = {"id": "0", "text": text, "sources": sources or [1], "kind": "fact"}
    return orjson.dumps({"memory": [memory]}).decode()


@pytest.fixture
def sister(ada: Person, upstream: RunningUpstream) -> Sister:
    return Sister(ada, upstream)


DELETED = {
    "memory": lambda it: f"/memories/{it.memory}",
    "memories": lambda it: f"/memory-profiles/{it.profile}/memories",
    "message": lambda it: f"/sessions/{it.session}/messages/{it.ada.messages(it.session)[0]['id']}",
    "messages": lambda it: f"/sessions/{it.session}/messages",
    "session": lambda it: f"/sessions/{it.session}",
}


@pytest.mark.parametrize("what", DELETED)
def test_an_answer_that_repeats_it_is_told_to_no_model(sister: Sister, what: str) -> None:
    ada = sister.ada

    receipt = ada.delete(DELETED[what](sister))

    answer = sister.answer()
    assert answer["content"] == f"She lives in {sister.place}."
    assert answer["repeats_forgotten"]
    assert answer["id"] in receipt["quoting_message_ids"]
    assert receipt["quoting_messages"] == len(receipt["quoting_message_ids"])
    assert sister.place not in sister.prompt(sister.other)
    ada.post(f"/chat/{sister.other}/regenerate", {})
    ada.get(f"/sessions/{sister.other}/summary")
    preview = f"/memory-profiles/{sister.profile}/memories/preview"
    shown = ada.post(preview, {"message": ASKED, "session_id": sister.other})
    assert sister.place not in f"{[one.body for one in sister.upstream.requests]}{shown}"
    found = [one["id"] for one in ada.get("/sessions", q=sister.place)["data"]]
    assert sister.other not in found


@pytest.mark.parametrize("what", DELETED)
def test_it_goes_along_when_that_is_wanted(sister: Sister, what: str) -> None:
    answer = sister.answer()["id"]

    receipt = sister.ada.delete(f"{DELETED[what](sister)}?quotes=true")

    assert [one["role"] for one in sister.ada.messages(sister.other)] == ["user"]
    assert receipt["quoting_messages"] == 0
    assert receipt["deleted"]["chat_messages"] >= 1
    assert sister.ada.http.get(f"/api/v1/runs/{sister.run}").status_code in (200, 404)
    assert answer not in str(sister.ada.get("/sessions", q=sister.place))
    assert sister.place not in sister.prompt(sister.other)


def test_what_the_user_said_again_is_no_repetition(sister: Sister) -> None:
    ada = sister.ada
    ada.say(sister.other, f"So it is {sister.place}.")

    receipt = ada.delete(f"/sessions/{sister.session}")

    answers = [one for one in ada.messages(sister.other) if one["role"] == "assistant"]
    assert [one["repeats_forgotten"] for one in answers] == [True, False]
    assert receipt["quoting_message_ids"] == [answers[0]["id"]]


def test_an_answer_that_says_something_else_is_left_alone(sister: Sister) -> None:
    ada, upstream = sister.ada, sister.upstream
    upstream.script(LEARNS_NOTHING, Reply(text="That is a fine question."))
    ada.say(sister.other, ASKED)

    ada.delete(f"/memories/{sister.memory}")

    assert [one["repeats_forgotten"] for one in ada.messages(sister.other)[1::2]] == [True, False]


def test_a_summary_that_covered_it_is_made_anew(sister: Sister) -> None:
    ada, upstream = sister.ada, sister.upstream
    upstream.script(LEARNS_NOTHING, Reply(text=f"About {sister.place}."))
    assert sister.place in ada.get(f"/sessions/{sister.other}/summary")["summary"]

    ada.delete(f"/sessions/{sister.session}")

    upstream.script(LEARNS_NOTHING, Reply(text="About a sister."))
    assert ada.get(f"/sessions/{sister.other}/summary")["summary"] == "About a sister."
    assert sister.place not in str(upstream.requests[0].body)


def test_a_deletion_during_the_answer_marks_it(sister: Sister) -> None:
    ada = sister.ada
    answer = Reply(text=f"As I said, in {sister.place}, far in the north.", delay_s=0.1)
    sister.upstream.script(LEARNS_NOTHING, answer)
    with ada.stream(sister.other, "Once more: where does she live?") as events:
        next(events)
        assert sister.place in str(next(e for e in events if e["type"] == "memory.used"))
        ada.delete(f"/memories/{sister.memory}")
        assert [e["type"] for e in events][-1] == "run.completed"

    last = ada.messages(sister.other)[-1]
    assert sister.place in last["content"]
    assert last["repeats_forgotten"]
    assert sister.place not in sister.prompt(sister.other)


@pytest.mark.parametrize("goes", ["the document", "its profile"])
def test_a_document_that_is_deleted_during_the_answer_marks_it(
    ada: Person, upstream: RunningUpstream, goes: str
) -> None:
    library, place = ada.profile("library"), f"Qvarnby{next(_numbers)}holm"
    document = ada.brought(library, f"My pet turtle lives in {place}.")["id"]
    ada.settle(library)
    session = ada.post("/sessions", {"reads_memory_profile_ids": [library]})["id"]
    answer = Reply(text=f"As I read, in {place}, far in the north.", delay_s=0.1)
    upstream.script(LEARNS_NOTHING, answer)

    with ada.stream(session, "Where does my pet turtle live?") as events:
        assert place in str(next(e for e in events if e["type"] == "memory.used"))
        path = "documents" if goes == "the document" else "memory-profiles"
        ada.delete(f"/{path}/{document if path == 'documents' else library}")
        assert [e["type"] for e in events][-1] == "run.completed"

    assert ada.messages(session)[-1]["repeats_forgotten"]
    upstream.script(LEARNS_NOTHING)
    ada.say(session, "And how is it?")
    assert place not in str([request.body for request in upstream.requests])
    assert ada.get("/sessions", q=place)["data"] == []


def test_an_export_holds_it_and_its_import_keeps_it_from_models(
    sister: Sister, bob: Person
) -> None:
    sister.ada.delete(f"/memories/{sister.memory}")

    bob.imported(None, sister.ada.exported())

    [session] = [
        one["id"] for one in bob.get("/sessions")["data"] if ASKED in str(bob.messages(one["id"]))
    ]
    assert bob.messages(session)[1]["repeats_forgotten"]
    assert sister.place not in sister.prompt(sister.other)


@pytest.mark.parametrize("by", ["memory", "session"])
def test_a_memory_that_a_model_copied_goes_with_the_first(
    ada: Person, upstream: RunningUpstream, by: str
) -> None:
    sister = Sister(ada, upstream)
    copied = learnt(f"User is fond of the sister in {sister.place}.")
    upstream.script(Reply(when=(EXTRACTS, "phoned"), text=copied), LEARNS_NOTHING)
    ada.say(ada.session(sister.profile), "I phoned my sister today.")
    ada.settle(sister.profile)
    assert len(ada.memories(sister.profile)) == 2

    ada.delete(DELETED[by](sister))

    assert ada.memories(sister.profile) == []


def test_a_hand_written_memory_that_a_model_copied_takes_the_copy_along(
    ada: Person, upstream: RunningUpstream
) -> None:
    profile, name = ada.default_profile(), f"Qiwi{next(_numbers)}x"
    body = {"kind": "fact", "content": f"User keeps a parrot called {name}."}
    memory = ada.post(f"/memory-profiles/{profile}/memories", body)["id"]
    copied = learnt(f"User fed the parrot {name}.")
    upstream.script(Reply(when=(EXTRACTS, "fed"), text=copied), LEARNS_NOTHING)
    ada.say(ada.session(profile), "I fed my parrot.")
    ada.settle(profile)
    assert len(ada.memories(profile)) == 2

    assert ada.delete(f"/memories/{memory}")["deleted"]["memories"] == 2

    assert ada.memories(profile) == []


def test_a_source_that_never_said_it_is_none(ada: Person, upstream: RunningUpstream) -> None:
    sister = Sister(ada, upstream)
    [before] = ada.memories(sister.profile)
    again = learnt(f"User's sister lives in {sister.place}.")
    upstream.script(Reply(when=(EXTRACTS, "phoned"), text=again), LEARNS_NOTHING)
    ada.say(ada.session(sister.profile), "I phoned my sister today.")
    ada.settle(sister.profile)

    [memory] = ada.memories(sister.profile)
    assert memory["source_message_ids"] == before["source_message_ids"]
    ada.delete(f"/sessions/{sister.session}")
    assert ada.memories(sister.profile) == []


def test_a_source_that_says_it_as_well_keeps_it(ada: Person, upstream: RunningUpstream) -> None:
    sister = Sister(ada, upstream)
    again = learnt(f"User's sister lives in {sister.place}.")
    upstream.script(Reply(when=(EXTRACTS, "moved"), text=again), LEARNS_NOTHING)
    ada.say(ada.session(sister.profile), f"My sister never moved away from {sister.place}.")
    ada.settle(sister.profile)

    ada.delete(f"/sessions/{sister.session}")

    assert len(ada.memories(sister.profile)) == 1


def test_an_incognito_answer_that_repeats_a_deleted_message_is_told_to_no_model(
    ada: Person, upstream: RunningUpstream
) -> None:
    session, place = ada.session(mode="incognito"), f"Qvarnby{next(_numbers)}holm"
    upstream.script(Reply(text=f"So she lives in {place}."), Reply(text="Yes."))
    ada.say(session, f"My sister lives in {place}.")
    ada.say(session, "Is it far away?")
    question = ada.messages(session)[0]["id"]

    ada.delete(f"/sessions/{session}/messages/{question}")

    upstream.script()
    ada.say(session, "And how is she?")
    assert place not in str(upstream.requests[-1].body)
    assert [one["repeats_forgotten"] for one in ada.messages(session)][:3] == [True, False, False]


def test_what_shares_only_the_words_of_a_deleted_answer_is_left_alone(
    ada: Person, upstream: RunningUpstream
) -> None:
    sister = Sister(ada, upstream)
    closing = "Zebrawood greetings from your assistant."
    upstream.script(LEARNS_NOTHING, Reply(text=closing))
    ada.say(sister.session, "I work as a nurse.")
    upstream.script(LEARNS_NOTHING, Reply(text=f"In {sister.place}. {closing}"))
    ada.say(sister.other, ASKED)
    ada.settle(sister.profile)

    receipt = ada.delete(f"/memories/{sister.memory}?quotes=true")

    assert receipt["deleted"]["chat_messages"] == 2
    assert receipt["quoting_messages"] == 0
    assert receipt["quoting_message_ids"] == []
    [_, _, _, innocent] = ada.messages(sister.session)
    assert innocent["content"] == closing
    assert not innocent["repeats_forgotten"]
