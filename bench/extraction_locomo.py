"""The rule extractor against LoCoMo's observations: `python -m bench.extraction_locomo FOLDER`.

A memory counts as right if some observation of its session is about its source message and more
than half of the memory's content stems occur in that observation or in the message. Recall is the
share of observed messages from which at least one right memory came. Rules copy their words from
the message, so what this measures is mostly whether a message was worth remembering from; the
wording is judged by reading: `--show N` prints N memories of each verdict.
"""

import argparse
import asyncio
import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import Stemmer
from tqdm import tqdm

from app.adapters.rule_extractor import RuleExtractor
from app.core.privacy import PrivacyMode
from app.models.ids import MessageId, ProfileId, SessionId, UserId, new_id
from app.models.message import Message, Role
from app.ports.extractor import Extracted

_STOPWORDS: Final = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be been by for from had has have in is it of on or s that the their "
        "them to was were will with not does",
    )
)


@dataclass(frozen=True, slots=True)
class Observation:
    """A fact that LoCoMo's authors found in some messages."""

    text: str
    dialogue_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Session:
    """One session of a conversation, in the product's words."""

    messages: Sequence[Message]
    dialogue_ids: Mapping[MessageId, str]
    observations: Sequence[Observation]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One produced memory, judged."""

    memory: Extracted
    said: str
    is_right: bool
    dialogue_id: str


def sessions_of(conversation: Mapping[str, Any]) -> Iterator[Session]:
    """The sessions that have messages, in their order."""
    for number in range(1, 100):
        turns = conversation.get(f"session_{number}")
        if not isinstance(turns, list):
            continue
        said_at = datetime.strptime(
            conversation[f"session_{number}_date_time"], "%I:%M %p on %d %B, %Y"
        ).replace(tzinfo=UTC)
        messages = [_message(turn, seq=seq, said_at=said_at) for seq, turn in enumerate(turns, 1)]
        ids = {m.id: turn["dia_id"] for m, turn in zip(messages, turns, strict=True)}
        observed = conversation.get(f"session_{number}_observation", {})
        yield Session(messages, ids, list(_observations(observed)))


def _message(turn: Mapping[str, Any], *, seq: int, said_at: datetime) -> Message:
    return Message(
        id=MessageId(new_id()),
        user_id=UserId(new_id()),
        profile_id=ProfileId(new_id()),
        session_id=SessionId(new_id()),
        seq=seq,
        role=Role.USER,
        name=turn["speaker"],
        content=turn["text"],
        privacy_mode=PrivacyMode.NORMAL,
        learnable=True,
        created_at=said_at,
    )


def _observations(observed: Mapping[str, Sequence[Sequence[Any]]]) -> Iterator[Observation]:
    for facts in observed.values():
        for text, where in facts:
            yield Observation(text, frozenset(re.findall(r"D\d+:\d+", str(where))))


async def judged(session: Session, extractor: RuleExtractor) -> Sequence[Verdict]:
    """A verdict on each memory that the session yields."""
    contents = {message.id: message.content for message in session.messages}
    found = await extractor.extract(session.messages, context=(), known=())
    verdicts = []
    for memory in found:
        source = memory.source_message_ids[0]
        dialogue_id = session.dialogue_ids[source]
        about = [o.text for o in session.observations if dialogue_id in o.dialogue_ids]
        is_right = any(_is_covered(memory.content, f"{o} {contents[source]}") for o in about)
        verdicts.append(Verdict(memory, contents[source], is_right, dialogue_id))
    return verdicts


def _is_covered(memory: str, by: str) -> bool:
    stems = _stems(memory)
    return len(stems & _stems(by)) * 2 > len(stems)


def _stems(text: str) -> set[str]:
    words = [word for word in re.findall(r"\w+", text.lower()) if word not in _STOPWORDS]
    return set(Stemmer.Stemmer("english").stemWords(words))


async def measure(files: Sequence[Path], *, show: int) -> None:
    """The figures are printed, per conversation and in all."""
    extractor = RuleExtractor()
    every: list[Verdict] = []
    observed = caught = 0
    lines = []
    for file in tqdm(files, unit="conversation"):
        verdicts: list[Verdict] = []
        for session in sessions_of(json.loads(file.read_text("utf-8"))):
            found = await judged(session, extractor)
            wanted = set().union(*(o.dialogue_ids for o in session.observations))
            observed += len(wanted)
            caught += len(wanted & {v.dialogue_id for v in found if v.is_right})
            verdicts += found
        lines.append(f"{file.stem:>6} {_share(verdicts)}")
        every += verdicts
    print(*lines, f"{'all':>6} {_share(every)}", sep="\n")  # noqa: T201 - its output
    print(f"recall of observed messages {caught}/{observed} = {caught / observed:.1%}")  # noqa: T201
    for is_right in (True, False):
        _show([v for v in every if v.is_right is is_right], count=show, title=f"right: {is_right}")


def _share(verdicts: Sequence[Verdict]) -> str:
    right = sum(verdict.is_right for verdict in verdicts)
    return f"precision {right}/{len(verdicts)} = {right / max(1, len(verdicts)):.1%}"


def _show(verdicts: Sequence[Verdict], *, count: int, title: str) -> None:
    for verdict in random.Random(0).sample(verdicts, min(count, len(verdicts))):  # noqa: S311
        print(f"[{title}] {verdict.memory.content}\n    {verdict.said}")  # noqa: T201


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--show", type=int, default=0)
    given = arguments.parse_args()
    asyncio.run(measure(sorted(given.folder.glob("*.json")), show=given.show))
