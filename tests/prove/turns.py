"""Every way in which a turn can go."""

from collections.abc import Callable, Iterator
from typing import Any, Final

import httpx

from tests.prove.conversation import Conversation
from tests.prove.facts import Policy
from tests.prove.parrot import is_extraction
from tests.support.hanging_up import sent
from tests.support.person import events_of, eventually
from tests.support.upstream import Received, Reply

SLOW: Final = Reply(delay_s=0.01)
STALLED: Final = Reply(after=2, then="stall", comments=1)
MANNERS: Final = {
    "json": Reply(),
    "stream": Reply(),
    "resume": Reply(),
    "chat completion": Reply(),
    "hang up": SLOW,
    "hang up at once": SLOW,
    "cancel": STALLED,
    "fail": Reply(status=500),
    "cut": Reply(after=2, then="cut"),
}


class Turns:
    """Turns of a conversation, each with a word in the question and another one in the answer."""

    def __init__(self, conversation: Conversation) -> None:
        self._it = conversation
        self._ways: Final[dict[str, Callable[[str, dict[str, Any]], None]]] = {
            "json": self._wait,
            "stream": self._stream,
            "resume": self._resume,
            "chat completion": self._complete,
            "hang up": self._hang_up,
            "hang up at once": self._hang_up_at_once,
            "cancel": self._cancel,
            "fail": self._wait,
            "cut": self._stream,
        }

    def say(self, session: str, way: str, *, mode: str | None, repeats: bool) -> None:
        """The turn is over, and the model saw no more than it may."""
        it, policy = self._it, self._it.promise.policy(session, mode)
        question = it.fresh()
        it.promise.says(session, question, policy, origin=f"a question, {way}")
        body: dict[str, Any] = {"message": f"I like {question}. What do I like?"}
        if mode:
            body["privacy_mode"] = mode
        answer = self._will_say(repeats=repeats, manner=MANNERS[way])
        self._ways[way](session, body)
        later = self._append(session) if way == "hang up at once" else None
        self._heard(session, policy, answer, repeats=repeats, way=way)
        if later:
            it.promise.comes_last(later)

    def mention(self, session: str) -> None:
        """Something is said that nothing is learnt from, although it may be."""
        parrot = self._it.world.parrot
        parrot.teaches = False
        try:
            self.say(session, "json", mode=None, repeats=False)
            self._it.settle()
        finally:
            parrot.teaches = True

    def regenerate(self, session: str, *, mode: str | None, repeats: bool) -> None:
        """The last answer has given way to another one, if there was a question."""
        it, asked = self._it, self._it.promise.policy(session, mode)
        answer = self._will_say(repeats=repeats, manner=Reply())
        body = {"privacy_mode": mode} if mode else {}
        response = it.ada.http.post(f"/api/v1/chat/{session}/regenerate", json=body)
        if response.status_code != httpx.codes.OK:
            return
        it.runs.append((response.json()["run_id"], session))
        self._heard(session, asked, answer, repeats=repeats, way="regenerated", replaces=True)

    def interrupt(
        self, session: str, deed: Callable[[], None], *, mode: str | None, repeats: bool
    ) -> None:
        """Something else happens while the answer is written."""
        it, policy = self._it, self._it.promise.policy(session, mode)
        question = it.fresh()
        it.promise.says(session, question, policy, origin="a question, interrupted")
        body = {"message": f"I like {question}. What do I like?", "privacy_mode": mode}
        answer = self._will_say(repeats=repeats, manner=STALLED)
        with it.ada.http.stream(
            "POST", f"/api/v1/chat/{session}/stream", json={k: v for k, v in body.items() if v}
        ) as response:
            assert response.status_code != httpx.codes.INTERNAL_SERVER_ERROR
            if response.status_code != httpx.codes.OK:  # an answer that was cut off is still ending
                return
            events = events_of(response)
            run = self._started(session, events)
            self._heard(session, policy, answer, repeats=repeats, way="interrupted")
            it.begin_step()
            deed()
            it.ada.http.post(f"/api/v1/runs/{run}/cancel")
            it.ended(run)

    def _will_say(self, *, repeats: bool, manner: Reply) -> str:
        answer = self._it.fresh()
        self._it.world.parrot.will_say(answer, repeats=repeats, manner=manner)
        return answer

    def _heard(
        self,
        session: str,
        policy: Policy,
        answer: str,
        *,
        repeats: bool,
        way: str,
        replaces: bool = False,
    ) -> None:
        """What the model saw is held against the promise, and its answer is known to it."""
        it, promise = self._it, self._it.promise
        requests = it.world.parrot.heard()
        prompts = [one.body for one in requests if not is_extraction(one.body)]
        shown = {word for prompt in prompts for word in it.words_of(str(prompt))}
        seen = shown - it.world.parrot.discreet
        if replaces and prompts:
            policy = self._policy_of_question(policy, str(prompts[-1]["messages"][-1]["content"]))
        allowed = promise.in_prompt(session, policy)
        profile = promise.sessions[session].profile
        learn = policy.learn and seen <= promise.known_to(profile)
        old = promise.answer_to_replace(session, policy) if replaces else None
        promise.says(
            session,
            answer,
            Policy(recall=policy.recall, learn=learn, retain=policy.retain),
            also=seen if repeats else (),
            origin=f"an answer, {way}",
            is_answer=True,
            is_from_elsewhere=policy.learn and promise.is_of_others(seen, profile),
        )
        it.hold(requests, allowed=allowed)
        if old:
            promise.forgets_messages([old])

    def _policy_of_question(self, policy: Policy, question: str) -> Policy:
        """An answer is never less private than its question was."""
        word = next(iter(self._it.words_of(question)), "")
        said = self._it.promise.messages.get(word)
        learn = policy.learn and (said is None or said.learn)
        return Policy(recall=policy.recall, learn=learn, retain=policy.retain)

    def _wait(self, session: str, body: dict[str, Any]) -> None:
        answer = self._it.ada.http.post(f"/api/v1/chat/{session}", json=body)
        if answer.status_code == httpx.codes.OK:
            self._it.runs.append((answer.json()["run_id"], session))

    def _stream(self, session: str, body: dict[str, Any]) -> None:
        with self._it.ada.stream(session, **body) as events:
            self._started(session, events)
            list(events)

    def _complete(self, session: str, body: dict[str, Any]) -> None:
        """As a client of another protocol, which sends what it believes was said before along."""
        before = [{"role": "user", "content": "Hello."}, {"role": "assistant", "content": "Hello!"}]
        asked = {"role": "user", "content": body["message"]}
        slots = {"session_id": session, "mode": body.get("privacy_mode")}
        answer = self._it.ada.http.post(
            "/v1/chat/completions",
            json={"model": "memorychat", "messages": [*before, asked], "memorychat": slots},
        )
        if answer.status_code == httpx.codes.OK:
            self._it.runs.append((answer.headers["X-Memory-Run"], session))

    def _resume(self, session: str, body: dict[str, Any]) -> None:
        """Follows again, after the end, from the last event seen."""
        with self._it.ada.stream(session, **body) as events:
            run = self._started(session, events)
            last = list(events)[-1]["id"]
        for after in (0, last - 2):
            self._it.ada.http.get(
                f"/api/v1/runs/{run}/events", headers={"Last-Event-ID": str(after)}
            ).raise_for_status()

    def _hang_up(self, session: str, body: dict[str, Any]) -> None:
        with self._it.ada.stream(session, **body) as events:
            run = self._started(session, events)
        self._it.ended(run)

    def _hang_up_at_once(self, session: str, body: dict[str, Any]) -> None:
        """Before a word came; the question may be kept, and is answered or not."""
        requests = self._it.world.parrot.requests

        def prompts() -> list[Received]:
            return [one for one in list(requests) if not is_extraction(one.body)]

        with sent(self._it.ada, f"/chat/{session}", body):
            eventually(prompts, bool)

    def _cancel(self, session: str, body: dict[str, Any]) -> None:
        with self._it.ada.stream(session, **body) as events:
            run = self._started(session, events)
            self._it.ada.post(f"/runs/{run}/cancel")
            list(events)

    def _started(self, session: str, events: Iterator[Any]) -> str:
        """The run, once the first word of its answer is there."""
        run = str(next(events)["run_id"])
        self._it.runs.append((run, session))
        next(event for event in events if event["type"] == "message.delta")
        return run

    def _append(self, session: str) -> str:
        """The word of a message that follows on an answer: none can while that is under way."""
        promise, word = self._it.promise, self._it.fresh()
        body = {"messages": [{"role": "user", "content": f"So {word}."}]}
        path = f"/api/v1/sessions/{session}/messages"
        eventually(
            lambda: self._it.ada.http.post(path, json=body).status_code,
            lambda status: status != httpx.codes.CONFLICT,
        )
        promise.says(session, word, promise.policy(session), origin="a past user")
        return word
