"""What is deleted is gone: from answers, searches, prompts and buffers, and its bytes from files."""

import threading
from collections.abc import Callable
from itertools import count

import orjson
import pytest

from tests.support.api_sweep import everything
from tests.support.person import Person, eventually
from tests.support.running_upstream import RunningUpstream
from tests.support.server import Server
from tests.support.traces import traces
from tests.support.upstream import Reply

LEARNS_NOTHING = Reply(when="json_object", keep=True, text='{"memory": []}')


_numbers = count(1)


def a_word() -> str:
    """One that no other test has said."""
    return f"Zyrafa{next(_numbers)}x"


def told(word: str) -> str:
    return f"My boat is called {word}."


class Conversation:
    """Somebody tells something in one session, which is learnt, and recalls it in another."""

    def __init__(self, ada: Person, upstream: RunningUpstream) -> None:
        self.ada, self.upstream = ada, upstream
        self.word = a_word()
        self.learnt = f"User's boat is called {self.word}."
        memory = {"id": "0", "text": self.learnt, "sources": [1], "kind": "fact"}
        learns = orjson.dumps({"memory": [memory]}).decode()
        upstream.script(Reply(when=("json_object", self.word), text=learns), LEARNS_NOTHING)
        self.profile = ada.default_profile()
        self.session = ada.session(self.profile)
        self.runs = [ada.say(self.session, told(self.word))["run_id"]]
        ada.settle(self.profile)
        [self.memory] = [one["id"] for one in ada.memories(self.profile)]
        upstream.script(LEARNS_NOTHING, Reply(text=f"It is called {self.word}."))
        self.other = ada.session(self.profile)
        self.runs.append(ada.say(self.other, "How is my boat called?")["run_id"])
        ada.settle(self.profile)
        assert self.word in str(upstream.requests[0].body), "it is recalled"

    def delete_all(self) -> None:
        for session in (self.session, self.other):
            for message in self.ada.messages(session):
                self.ada.delete(f"/sessions/{session}/messages/{message['id']}")

    def runs_tell(self) -> str:
        paths = [f"/api/v1/runs/{run}{more}" for run in self.runs for more in ("", "/events")]
        return "".join(self.ada.http.get(path).text for path in paths)

    def is_recalled(self) -> bool:
        """Whether another session's prompt says it, or any search."""
        self.upstream.script(LEARNS_NOTHING)
        fresh = self.ada.session(self.profile)
        self.ada.say(fresh, "How is my boat called?", privacy_mode="pause_memories")
        path = f"/memory-profiles/{self.profile}/memories/search"
        found = self.ada.post(path, {"query": "How is my boat called?", "limit": 50})["data"]
        return self.word in f"{[request.body for request in self.upstream.requests]}{found}"


Delete = Callable[[Conversation], object]
DELETIONS: dict[str, Delete] = {
    "messages": lambda it: it.delete_all(),
    "sessions": lambda it: [it.ada.delete(f"/sessions/{s}") for s in (it.session, it.other)],
    "profile": lambda it: (
        it.ada.profile("spare") and it.ada.delete(f"/memory-profiles/{it.profile}")
    ),
    "account": lambda it: it.ada.delete("/me"),
}


@pytest.fixture
def conversation(ada: Person, upstream: RunningUpstream) -> Conversation:
    return Conversation(ada, upstream)


def test_a_memory_is_forgotten_and_not_recalled_from_what_was_said_about_it(
    conversation: Conversation,
) -> None:
    ada = conversation.ada

    receipt = ada.delete(f"/memories/{conversation.memory}")

    assert receipt["deleted"]["memories"] == 1
    assert receipt["unlearned_messages"] >= 3, "the question, its answer, and the other answer"
    assert not conversation.is_recalled()
    assert ada.memories(conversation.profile) == []
    assert conversation.learnt not in conversation.runs_tell()


def test_all_memories_of_a_profile_are_forgotten(conversation: Conversation) -> None:
    ada = conversation.ada

    ada.delete(f"/memory-profiles/{conversation.profile}/memories")

    assert not conversation.is_recalled()
    assert conversation.learnt not in conversation.runs_tell()


def test_a_message_is_forgotten_with_what_was_known_from_it(conversation: Conversation) -> None:
    ada = conversation.ada
    [question, _] = ada.messages(conversation.session)

    ada.delete(f"/sessions/{conversation.session}/messages/{question['id']}")

    assert not conversation.is_recalled()
    assert ada.memories(conversation.profile) == []
    found = [one["id"] for one in ada.get("/sessions", q="boat")["data"]]
    assert conversation.session not in found, "its answer repeats it"
    assert ada.get(f"/sessions/{conversation.session}")["title"] is None


@pytest.mark.parametrize("deletion", ["messages", "sessions"])
def test_no_answer_of_the_api_tells_it(conversation: Conversation, deletion: str) -> None:
    DELETIONS[deletion](conversation)

    api = everything(conversation.ada, words=[conversation.word])
    assert conversation.word not in api + conversation.runs_tell()
    assert not conversation.is_recalled()


@pytest.mark.parametrize("deletion", DELETIONS)
def test_its_bytes_leave_the_files(
    ada: Person, upstream: RunningUpstream, echoing: Server, deletion: str
) -> None:
    conversation = Conversation(ada, upstream)
    assert traces([conversation.word], echoing.data_dir)

    DELETIONS[deletion](conversation)

    assert traces([conversation.word], echoing.data_dir) == []


def test_an_answer_under_way_does_not_bring_it_back(ada: Person, upstream: RunningUpstream) -> None:
    conversation = Conversation(ada, upstream)
    answer = Reply(text=f"Your boat is the {conversation.word} and no other.", delay_s=0.1)
    upstream.script(LEARNS_NOTHING, answer)
    with ada.stream(conversation.other, "Once more: how is my boat called?") as events:
        run = next(events)["run_id"]
        conversation.runs.append(run)
        ada.delete(f"/memories/{conversation.memory}")
        assert list(events)[-1]["type"] == "run.completed"
    ada.settle(conversation.profile)

    assert not conversation.is_recalled()
    assert conversation.learnt not in conversation.runs_tell()


def test_a_learning_job_that_waits_for_a_slow_model_writes_nothing(
    ada: Person, upstream: RunningUpstream, echoing: Server
) -> None:
    word, profile = a_word(), ada.default_profile()
    memory = {"id": "0", "text": f"User's boat is called {word}.", "sources": [1], "kind": "fact"}
    learns = orjson.dumps({"memory": [memory]}).decode()
    slow = Reply(when=("json_object", word), text=learns, delay_s=0.2)
    upstream.script(slow, LEARNS_NOTHING)
    session = ada.session(profile)
    ada.say(session, told(word))
    eventually(lambda: "json_object" in str(upstream.requests), bool)

    ada.delete(f"/sessions/{session}")
    assert ada.get(f"/memory-profiles/{profile}/memories/stats")["pending_jobs"] == 1, "it waits"
    ada.settle(profile)

    assert ada.memories(profile) == []
    eventually(lambda: traces([word], echoing.data_dir), lambda found: found == [])


def test_a_summary_under_way_does_not_keep_it(ada: Person, upstream: RunningUpstream) -> None:
    upstream.script(LEARNS_NOTHING)
    session, word = ada.session(), a_word()
    ada.say(session, told(word))
    upstream.script(LEARNS_NOTHING, Reply(text=f"They have the {word}.", delay_s=0.2))
    asking = threading.Thread(target=lambda: ada.get(f"/sessions/{session}/summary"))
    asking.start()
    eventually(lambda: len(upstream.requests), bool)
    for message in ada.messages(session):
        ada.delete(f"/sessions/{session}/messages/{message['id']}")
    asking.join()

    assert word not in str(ada.get(f"/sessions/{session}/summary"))


def test_what_a_crash_left_in_the_log_of_the_database_goes_at_the_next_start(
    upstream: RunningUpstream, own_server: Server
) -> None:
    with own_server, Person(own_server) as ada:
        session, word = ada.session(), a_word()
        ada.say(session, told(word))
        own_server.kill()
        assert traces([word], own_server.data_dir)
        own_server.start()
        ada.http.base_url = own_server.url
        ada.delete(f"/sessions/{session}")

        assert traces([word], own_server.data_dir) == []


@pytest.mark.parametrize("deletion", ["profile", "account"])
def test_an_import_under_way_brings_nothing_back(
    ada: Person, bob: Person, echoing: Server, deletion: str
) -> None:
    session, word = bob.session(), a_word()
    said = [{"role": "user", "content": f"{told(word)} {number}"} for number in range(40)]
    bob.post(f"/sessions/{session}/messages", {"messages": said})
    file = bob.exported(bob.default_profile())
    bob.delete("/me")
    spare = ada.profile("spare")

    started = ada.http.post(f"/api/v1/memory-profiles/{spare}/import", content=file)
    assert started.status_code == 202
    ada.delete("/me" if deletion == "account" else f"/memory-profiles/{spare}")

    eventually(lambda: traces([word], echoing.data_dir), lambda found: found == [])
    if deletion == "profile":
        path = f"/api/v1/imports/{started.json()['id']}"
        eventually(lambda: ada.http.get(path).json().get("status"), lambda s: s != "running")
    assert traces([word], echoing.data_dir) == []


def test_a_replaced_answer_is_not_known_from_another_that_repeats_it(
    ada: Person, upstream: RunningUpstream
) -> None:
    profile, first, second = ada.default_profile(), ada.session(), ada.session()
    upstream.script(LEARNS_NOTHING, Reply(text="Your boat is called Zanzibar."))
    ada.say(first, "How is my boat called?")
    ada.settle(profile)
    upstream.script(LEARNS_NOTHING, Reply(text="Zanzibar, as I said: so is your boat called."))
    ada.say(second, "How is my boat called, again?")
    ada.settle(profile)
    assert "called Zanzibar" in str([request.body for request in upstream.requests]), "it was read"

    upstream.script(LEARNS_NOTHING, Reply(text="I do not know."))
    ada.post(f"/chat/{first}/regenerate")

    upstream.script(LEARNS_NOTHING)
    ada.say(ada.session(), "How is my boat called?")
    assert "Zanzibar" not in str([request.body for request in upstream.requests])


def test_what_is_still_being_wiped_is_shown_to_its_owner_until_it_is_done(
    ada: Person, bob: Person, upstream: RunningUpstream
) -> None:
    upstream.script(LEARNS_NOTHING)
    assert ada.get("/me/forgetting") == {"data": []}
    session = ada.session()
    ada.say(session, told(a_word()))
    ada.settle(ada.default_profile())

    receipt = ada.delete(f"/sessions/{session}")

    pending = ada.get("/me/forgetting")["data"]
    assert [one["store"] for one in pending] == receipt["bytes_pending"] == ["database", "index"]
    assert max(one["gone_by"] for one in pending) == receipt["bytes_gone_by"]
    assert all(one["since"] < receipt["completed_at"] < one["gone_by"] for one in pending)
    assert bob.get("/me/forgetting") == {"data": []}
    eventually(lambda: ada.get("/me/forgetting")["data"], lambda data: data == [])
