"""kill -9 between every two steps of what the server does: nothing acknowledged is lost.

Each test lives through one verb again and again, dying one step later each time, until a life
survives it; after each death everything is looked at by the next life.
"""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.support.mortality import Mortality
from tests.support.repeating import once

MOST_STEPS = 60
NAMES = [f"{first}{last}" for first in ("Anna", "Bert", "Carla", "Dirk") for last in "bdfglmnrstv"]

Act = Callable[[], None]


@pytest.fixture
def lives(tmp_path: Path) -> Iterator[Mortality]:
    with Mortality(tmp_path) as lives:
        yield lives


class Ledger:
    """What one session was told, and what was acknowledged."""

    def __init__(self, lives: Mortality, name: str) -> None:
        self.lives = lives
        self.profile = lives.ada.default_profile()
        self.session = lives.ada.session(self.profile)
        self.told = f"My sister is called {name}."
        self.learnt = f"User's sister is called {name}."
        self.acknowledged: dict[str, str] = {}
        """Contents of messages by their ids."""
        self.gone: set[str] = set()
        """Messages of which it was said that they are forgotten."""

    def tell(self) -> str:
        """The answer's id."""
        answer = self.lives.ada.say(self.session, self.told)
        self.acknowledged[answer["message_id"]] = answer["content"]
        return str(answer["message_id"])

    def settle(self) -> None:
        self.lives.ada.settle(self.profile)

    def check(self) -> list[Any]:
        """The session's messages, after everything that must hold in the next life was looked at."""
        ada = self.lives.ada
        goes_on = ada.say(self.session, "Go on.")  # the lease is free at once
        self.settle()
        messages = ada.messages(self.session)
        *before, question, answer = messages
        assert (question["content"], answer["id"]) == ("Go on.", goes_on["message_id"])
        contents = {message["id"]: message["content"] for message in messages}
        assert self.acknowledged.items() <= contents.items()
        assert not self.gone & contents.keys()
        self._check_rows(len(messages))
        self._check_memory(sum(message["content"] == self.told for message in before))
        return before

    def _check_rows(self, shown: int) -> None:
        [(count, next_seq)] = self.lives.rows(
            "SELECT message_count, next_seq FROM chat_sessions WHERE id = ?", _key(self.session)
        )
        seqs = self.lives.rows(
            "SELECT seq FROM chat_messages WHERE session_id = ? ORDER BY seq", _key(self.session)
        )
        assert count == shown == len(seqs)
        assert next_seq == seqs[-1][0] + 1  # type: ignore[operator]

    def _check_memory(self, told: int) -> None:
        """It is learnt once when it was told, and found when and only when it is there."""
        known = [memory["content"] for memory in self.lives.ada.memories(self.profile)]
        assert known.count(self.learnt) == min(1, told), known
        found = self.lives.ada.post(
            f"/memory-profiles/{self.profile}/memories/search", {"query": self.told, "limit": 20}
        )["data"]
        contents = [memory["content"] for memory in found]
        assert contents.count(self.told) == told
        assert contents.count(self.learnt) == min(1, told)


def _key(session: str) -> str:
    return session.replace("-", "")


def die_later_each_time(
    lives: Mortality, prepare: Callable[[Ledger], Act], check: Callable[[Ledger], object]
) -> None:
    for step, name in enumerate(NAMES[:MOST_STEPS], start=1):
        if step == 1:
            lives.end()
            lives.begin(step)
        ledger = Ledger(lives, name)
        survived = lives.survives(prepare(ledger))
        lives.end()
        lives.begin(step + 1)
        check(ledger)
        if survived:
            return
    pytest.fail(f"it still dies after {step} steps")


def test_a_turn_in_one_piece_and_what_is_learnt_from_it(lives: Mortality) -> None:
    def prepare(ledger: Ledger) -> Act:
        def act() -> None:
            ledger.tell()
            ledger.settle()

        return act

    die_later_each_time(lives, prepare, Ledger.check)


def test_a_turn_that_is_streamed(lives: Mortality) -> None:
    def prepare(ledger: Ledger) -> Act:
        def act() -> None:
            with lives.ada.stream(ledger.session, ledger.told) as events:
                for event in events:
                    if event["type"] == "run.started":
                        ledger.acknowledged[event["user_message_id"]] = ledger.told
                    if event["type"] == "message.completed":
                        ledger.acknowledged[event["message_id"]] = event["content"]

        return act

    die_later_each_time(lives, prepare, Ledger.check)


def test_past_messages(lives: Mortality) -> None:
    def prepare(ledger: Ledger) -> Act:
        past = [ledger.told, "Say no more.", "I will not."]
        messages = [{"role": "user", "content": content} for content in past]

        def act() -> None:
            path = f"/sessions/{ledger.session}/messages"
            placed = lives.ada.post(path, {"messages": messages})["data"]
            ledger.acknowledged.update((one["id"], one["content"]) for one in placed)

        return act

    def check(ledger: Ledger) -> None:
        assert len(ledger.check()) in {0, 3}

    die_later_each_time(lives, prepare, check)


def test_an_answer_that_is_written_anew(lives: Mortality) -> None:
    def prepare(ledger: Ledger) -> Act:
        old = ledger.tell()
        ledger.settle()

        def act() -> None:
            ledger.acknowledged.pop(old)
            new = lives.ada.post(f"/chat/{ledger.session}/regenerate")
            ledger.acknowledged[new["message_id"]] = new["content"]
            ledger.gone.add(old)

        return act

    def check(ledger: Ledger) -> None:
        question, answer = ledger.check()
        assert question["content"] == ledger.told
        assert answer["finish_reason"] == "stop"

    die_later_each_time(lives, prepare, check)


def test_forgetting_a_message(lives: Mortality) -> None:
    def prepare(ledger: Ledger) -> Act:
        ledger.tell()
        question = lives.ada.messages(ledger.session)[0]["id"]
        ledger.settle()

        def act() -> None:
            lives.ada.delete(f"/sessions/{ledger.session}/messages/{question}")
            ledger.gone.add(question)

        return act

    die_later_each_time(lives, prepare, Ledger.check)


def test_forgetting_a_session(lives: Mortality) -> None:
    def prepare(ledger: Ledger) -> Act:
        ledger.tell()
        ledger.settle()

        def act() -> None:
            lives.ada.delete(f"/sessions/{ledger.session}")
            ledger.gone.add(ledger.session)

        return act

    def check(ledger: Ledger) -> None:
        if lives.ada.http.get(f"/api/v1/sessions/{ledger.session}").status_code == 200:
            assert not ledger.gone
            ledger.check()
        else:
            ledger.settle()
            assert ledger.learnt not in str(lives.ada.memories(ledger.profile))
            assert not lives.rows(
                "SELECT id FROM chat_messages WHERE session_id = ?", _key(ledger.session)
            )

    die_later_each_time(lives, prepare, check)


def test_what_is_to_be_done_once(lives: Mortality) -> None:
    """Sent again after the death, as its client would, it is there once, and answered."""

    def send(ledger: Ledger) -> None:
        content = {"kind": "fact", "content": ledger.learnt}
        for path, body in (
            (f"/chat/{ledger.session}", {"message": ledger.told}),
            ("/sessions", {"title": ledger.told}),
            (f"/memory-profiles/{ledger.profile}/memories", content),
        ):
            answer = once(lives.ada, path, body, f"{path} {ledger.session}")
            assert answer.is_success, answer.text

    def check(ledger: Ledger) -> None:
        send(ledger)
        ada = lives.ada
        said = [(one["role"], one["finish_reason"]) for one in ada.messages(ledger.session)]
        assert said == [("user", None), ("assistant", "stop")]
        titles = [one["title"] for one in ada.get("/sessions", limit=100)["data"]]
        assert titles.count(ledger.told) == 2  # the conversation is called by its first words
        by_hand = [
            one["content"] for one in ada.memories(ledger.profile) if one["source"] == "manual"
        ]
        assert by_hand.count(ledger.learnt) == 1

    die_later_each_time(lives, lambda ledger: partial(send, ledger), check)
