"""A model endpoint that tells all it knows: the worst that a model can do to a privacy mode."""

from threading import Lock
from typing import Final

import orjson

from tests.prove.words import Words
from tests.support.upstream import Received, Reply, Upstream


class Parrot(Upstream):
    """Learns every word of every message, and repeats what it was shown when it is told to."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._lock = Lock()
        self._answer = ""
        self._repeats = False
        self._manner = Reply()
        self.discreet: Final = set[str]()
        """Words that are never repeated: names that somebody gave to things."""
        self.teaches = True
        """Whether anything is learnt from what is said."""

    def will_say(self, word: str, *, repeats: bool = False, manner: Reply | None = None) -> None:
        """Answers from now on begin with this word."""
        with self._lock:
            self._answer, self._repeats, self._manner = word, repeats, manner or Reply()

    def heard(self) -> list[Received]:
        """The requests that came in since the last call."""
        taken = self.requests[:]
        del self.requests[: len(taken)]
        return taken

    def _next_reply(self, raw: str) -> Reply:
        body = orjson.loads(raw)
        if is_extraction(body):
            return Reply(text=self._lesson(body["messages"][1]["content"]))
        shown = dict.fromkeys(self._words.in_text(raw))
        seen = [word for word in shown if word not in self.discreet]
        if is_summary(body):
            return Reply(text=f"They spoke of {', '.join(seen)}.")
        with self._lock:
            more = f", and of {', '.join(seen)} too" if self._repeats and seen else ""
            manner = self._manner
            return Reply(
                text=f"Of {self._answer} I know{more}.",
                status=manner.status,
                after=manner.after,
                then=manner.then,
                delay_s=manner.delay_s,
                comments=manner.comments,
            )

    def _lesson(self, asked: str) -> str:
        """One memory for each message, that holds all of its words."""
        new = asked.partition("## New Messages")[2].partition("## Observation Date")[0]
        memories = [
            {
                "id": str(message["number"]),
                "text": f"User likes {' and '.join(words)}.",
                "sources": [message["number"]],
            }
            for message in orjson.loads(new)
            if self.teaches
            and "number" in message
            and (words := self._words.in_text(message["content"]))
        ]
        return orjson.dumps({"memory": memories}).decode()


def is_extraction(body: dict[str, object]) -> bool:
    """Whether a request is there to learn from."""
    return "response_format" in body


def is_summary(body: dict[str, object]) -> bool:
    """Whether a request asks for a summary."""
    messages = body.get("messages")
    return isinstance(messages, list) and messages[0]["content"].startswith("Summarise")
