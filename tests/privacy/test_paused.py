"""What is said while memories are paused is never learnt from, nor what was answered to it."""

from typing import Any

import pytest

from tests.support.person import Person
from tests.support.running_upstream import RunningUpstream
from tests.support.upstream import Reply

PAUSED = "Zyrafa7731"
OPEN = "Lwica7731"
LEARNING = "json_object"
LEARNS_NOTHING = Reply(when=LEARNING, keep=True, text='{"memory": []}')
QUESTION = "What is my boat called, and what did we say of it?"


class Listener:
    """Sees what the model is asked, and what memory holds."""

    def __init__(self, ada: Person, upstream: RunningUpstream) -> None:
        self.ada, self.upstream = ada, upstream
        self.profile = ada.default_profile()
        upstream.script(LEARNS_NOTHING)

    def pause(self, session: str, *, by: str) -> None:
        """Something is said while memories are paused, and afterwards they are not."""
        said = f"My boat is called {PAUSED}."
        if by == "session":
            self.ada.patch(f"/sessions/{session}", {"privacy_mode": "pause_memories"})
            self.ada.say(session, said)
            past = [{"role": "user", "content": said, "name": "Ada"}]
            self.ada.post(f"/sessions/{session}/messages", {"messages": past})
            self.ada.patch(f"/sessions/{session}", {"privacy_mode": "normal"})
        elif by == "profile":
            self.ada.patch(f"/memory-profiles/{self.profile}", {"learning": "off"})
            self.ada.say(session, said)
            self.ada.patch(f"/memory-profiles/{self.profile}", {"learning": "auto"})
        else:
            self.ada.say(session, said, privacy_mode="pause_memories")

    def asked(self, *, learning: bool) -> str:
        bodies = [str(request.body) for request in self.upstream.requests]
        return "".join(body for body in bodies if (LEARNING in body) is learning)

    def found(self) -> str:
        path = f"/memory-profiles/{self.profile}/memories/search"
        return str(self.ada.post(path, {"query": QUESTION, "limit": 50})["data"])

    def recalled(self) -> str:
        """What the model is shown of memory in a session of its own."""
        self.upstream.script(LEARNS_NOTHING)
        self.ada.say(self.ada.session(self.profile), QUESTION, privacy_mode="pause_memories")
        return self.asked(learning=False)


@pytest.fixture
def listener(ada: Person, upstream: RunningUpstream) -> Listener:
    return Listener(ada, upstream)


@pytest.mark.parametrize("by", ["session", "turn", "profile"])
def test_it_is_not_learnt_also_after_memories_are_on_again(listener: Listener, by: str) -> None:
    ada = listener.ada
    session = ada.session(listener.profile)
    listener.pause(session, by=by)

    ada.say(session, f"My dog is called {OPEN}.")
    ada.post(f"/chat/{session}/regenerate")
    ada.settle(listener.profile)

    asked = listener.asked(learning=True)
    assert OPEN in asked
    assert PAUSED not in asked
    assert OPEN in listener.found()
    assert PAUSED not in listener.found() + listener.recalled()


@pytest.mark.parametrize("by", ["session", "turn", "profile"])
def test_an_answer_that_saw_it_is_not_learnt_either(listener: Listener, by: str) -> None:
    ada = listener.ada
    session = ada.session(listener.profile)
    listener.pause(session, by=by)
    repeats = Reply(text=f"You said that it is the {PAUSED}.")
    listener.upstream.script(LEARNS_NOTHING, repeats, repeats)

    answer = ada.say(session, "What is my boat called, by the way?")
    ada.settle(listener.profile)

    assert PAUSED in answer["content"]
    assert PAUSED not in listener.asked(learning=True)
    assert PAUSED not in listener.found() + listener.recalled()


def test_a_message_that_was_said_while_paused_stays_so_when_answered_anew(
    listener: Listener,
) -> None:
    ada = listener.ada
    session = ada.session(listener.profile, mode="pause_memories")
    ada.say(session, f"My boat is called {PAUSED}.")
    ada.patch(f"/sessions/{session}", {"privacy_mode": "normal"})

    again = ada.post(f"/chat/{session}/regenerate", {"privacy_mode": "normal"})
    ada.settle(listener.profile)

    assert again["privacy"]["mode"] == "pause_memories"
    assert again["memory_job_id"] is None
    assert PAUSED not in listener.asked(learning=True) + listener.found() + listener.recalled()


def test_it_is_recalled_from_while_nothing_is_learnt(listener: Listener) -> None:
    ada = listener.ada
    ada.say(ada.session(listener.profile), f"My dog is called {OPEN}.")
    ada.settle(listener.profile)

    answer: Any = ada.say(
        ada.session(listener.profile, mode="pause_memories"), "What is my dog called?"
    )

    assert OPEN in str(answer["memories_used"])
    assert answer["memory_job_id"] is None
