"""The demonstration on real input: `python -m bench.demo FOLDER --conversation 26`.

Replays one LoCoMo conversation through the HTTP API, a session per session of the data, both
speakers' turns kept; then asks its questions in a new session, and prints how much of the evidence
was among the memories that `memory.used` told (at most 10 a question, so this is recall@10). A fact
counts through the messages that it came from.

Questions are asked in `pause_memories`: it recalls as `normal` does, and what is asked does not
become a memory that the next question would find. One session takes all of them, since recall goes
by the question alone and a paused session's own messages are never found; `--fresh` opens one for
each, to show that it makes no difference.
"""

import argparse
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

import numpy as np
from tqdm import tqdm

from bench.client import Account, Turn
from bench.locomo import ADVERSARIAL, Conversation, Form, Question, load_conversations
from bench.locomo import Turn as Said
from bench.server import ServerProcess

SERVER: Final = {
    "MEMORYCHAT_RATE_LIMITS__ENABLED": "false",
    "MEMORYCHAT_LEARNING__IDLE_S": "0.1",
    "MEMORYCHAT_LEARNING__MAX_WAIT_S": "2",
}
EXAMPLES: Final = 3
CATEGORIES: Final = {
    1: "multi-hop",
    2: "temporal",
    3: "open-domain",
    4: "single-hop",
    ADVERSARIAL: "adversarial",
}


@dataclass(frozen=True, slots=True)
class Answered:
    """A question as it was put, what came back, and which turns of the data it rests on."""

    question: Question
    text: str
    turn: Turn
    found: frozenset[str]
    """Dialogue ids."""

    def recall(self) -> float:
        """The share of the evidence that was found."""
        return len(self.question.evidence & self.found) / len(self.question.evidence)


class Demonstration:
    """One conversation, replayed on a profile of its own."""

    def __init__(self, account: Account, conversation: Conversation, form: Form) -> None:
        self._account = account
        self._conversation = conversation
        self._form = form
        self._dialogue_ids: dict[str, str] = {}
        self._profile_id = account.profile(f"{conversation.name} {form}")

    def replay(self) -> None:
        """Everything has been said, learnt and indexed."""
        sessions = [
            list(turns) for _, turns in groupby(self._conversation.turns, lambda t: t.session_id)
        ]
        for turns in tqdm(sessions, desc="Replaying", unit="session"):
            self._append(turns)
        with tqdm(total=0, desc="Learning and indexing", unit="step") as progress:

            def waiting(left: int) -> None:
                most = progress.total = max(progress.total or 0, left)
                progress.update(most - left - progress.n)

            self._account.settle(self._profile_id, waiting=waiting)

    def facts(self) -> Mapping[str, int]:
        """How many memories of each kind were learnt."""
        stats = self._account.get(f"/memory-profiles/{self._profile_id}/memories/stats")
        by_kind: Mapping[str, int] = stats["by_kind"]
        return by_kind

    def ask(self, *, fresh: bool) -> list[Answered]:
        """The answer to each question that has evidence.

        Args:
            fresh: a session for each, instead of one for all.
        """
        session_id = self._session()
        answered = []
        questions = [one for one in self._conversation.questions if one.evidence]
        for question in tqdm(questions, desc="Asking", unit="question"):
            text = self._conversation.asked(question, self._form)
            turn = self._account.say(self._session() if fresh else session_id, text)
            sources = {one for used in turn.memories for one in used["source_message_ids"]}
            found = frozenset(self._dialogue_ids[one] for one in sources)
            answered.append(Answered(question, text, turn, found))
        return answered

    def _session(self) -> str:
        return self._account.session(self._profile_id, mode="pause_memories")

    def _append(self, turns: Sequence[Said]) -> None:
        session_id = self._account.session(self._profile_id)
        messages = [self._message(turn) for turn in turns]
        placed = self._account.post(f"/sessions/{session_id}/messages", {"messages": messages})
        for turn, message in zip(turns, placed["data"], strict=True):
            self._dialogue_ids[message["id"]] = turn.dialogue_id

    def _message(self, turn: Said) -> dict[str, str]:
        is_user = turn.speaker == self._conversation.speakers[0]
        return {
            "role": "user" if is_user else "assistant",
            "content": turn.captioned,
            "created_at": turn.said_at.isoformat(),
            **({"name": turn.speaker} if self._form is Form.NAMES else {}),
        }


def report(answered: Sequence[Answered]) -> None:
    """Prints evidence recall, per category and over 1–4, and latencies."""
    for category, title in CATEGORIES.items():
        _report_recall(f"{category} {title}", [a for a in answered if _category(a) == category])
    _report_recall("1–4 all", [a for a in answered if _category(a) != ADVERSARIAL])
    _report_latency("until recalled", [one.turn.recall_ms for one in answered])
    _report_latency("whole turn", [one.turn.whole_ms for one in answered])


def show(answered: Sequence[Answered]) -> None:
    """Prints a few questions with their answers."""
    asked = [one for one in answered if _category(one) != ADVERSARIAL]
    for one in asked[:: max(1, len(asked) // EXAMPLES)][:EXAMPLES]:
        evidence = " ".join(sorted(one.question.evidence))
        print(f"\n? {one.text}   (evidence {evidence}, found {one.recall():.0%})")  # noqa: T201
        print(f"> {one.turn.content}")  # noqa: T201 - its output


def _category(answered: Answered) -> int:
    return answered.question.category


def _report_recall(title: str, members: Sequence[Answered]) -> None:
    if members:
        recall = np.mean([one.recall() for one in members])
        silent = sum(not one.turn.memories for one in members)
        print(  # noqa: T201 - its output
            f"{title:16} n={len(members):4}  evidence recall@10 {recall:6.1%}  "
            f"nothing recalled {silent}"
        )


def _report_latency(title: str, took_ms: Sequence[float]) -> None:
    p50, p95 = np.percentile(took_ms, [50, 95])
    print(f"{title:16} p50 {p50:.1f} ms, p95 {p95:.1f} ms")  # noqa: T201 - its output


@contextmanager
def _server(url: str | None) -> Iterator[str]:
    """The given server, or one on a folder that is gone afterwards."""
    if url is not None:
        yield url
        return
    with tempfile.TemporaryDirectory() as folder, ServerProcess(Path(folder), SERVER) as server:
        yield server.url


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Replay a LoCoMo conversation, and ask.")
    parser.add_argument("folder", type=Path, help="holds the conversations, one JSON file each")
    parser.add_argument("--conversation", default="26", help="a file's name without .json")
    parser.add_argument("--form", type=Form, choices=list(Form), default=Form.NAMES)
    parser.add_argument("--fresh", action="store_true", help="a session for each question")
    parser.add_argument("--url", help="of a running server; without it one is started")
    return parser.parse_args()


def main() -> None:
    """Reads the command line, and demonstrates."""
    given = _arguments()
    named = {one.name: one for one in load_conversations(given.folder)}
    if given.conversation not in named:
        raise SystemExit(f"{given.folder} holds {', '.join(named) or 'no conversations'}.")
    conversation = named[given.conversation]
    with _server(given.url) as url, Account(url) as account:
        demonstration = Demonstration(account, conversation, given.form)
        demonstration.replay()
        facts = demonstration.facts()
        learnt = ", ".join(f"{count} × {kind}" for kind, count in facts.items())
        print(  # noqa: T201 - its output
            f"{len(conversation.turns)} turns kept; "
            f"{sum(facts.values())} facts learnt: {learnt or 'none'}"
        )
        answered = demonstration.ask(fresh=given.fresh)
    report(answered)
    show(answered)


if __name__ == "__main__":
    main()
