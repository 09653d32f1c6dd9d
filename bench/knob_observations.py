"""LoCoMo's observations as memories beside the turns, stamped as the rule extractor stamps them."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from app.adapters.rule_extractor import RuleExtractor
from app.models.memory import MemoryKind
from bench.extraction_locomo import Session, sessions_of
from bench.locomo import Conversation, Form

UNSTAMPED = 0.5
"""What a model's memory has when the model does not say, and most observations here."""


@dataclass(frozen=True, slots=True)
class Observed:
    """A fact that LoCoMo's authors found in some turns, as a memory."""

    content: str
    dialogue_ids: frozenset[str]
    said_at: datetime
    kind: MemoryKind
    importance: float


def read_sessions(folder: Path) -> Mapping[str, Sequence[Session]]:
    """The sessions of each conversation of a folder, by its name."""
    return {
        file.stem: list(sessions_of(json.loads(file.read_text("utf-8"))))
        for file in folder.glob("*.json")
    }


async def observations_of(
    sessions: Sequence[Session], conversation: Conversation, form: Form
) -> tuple[Observed, ...]:
    """The observations of a conversation's sessions, in a form's words.

    Kind and importance are those of a memory that the rules learn from one of the same turns; facts
    of middling importance without any.
    """
    extractor = RuleExtractor()
    seen: list[Observed] = []
    for session in sessions:
        learnt: dict[str, tuple[float, MemoryKind]] = {}
        for one in await extractor.extract(session.messages, context=(), known=()):
            for source in one.source_message_ids:
                stamp = (one.importance, one.kind)
                learnt[session.dialogue_ids[source]] = stamp
        seen += [
            Observed(
                _worded(one.text, conversation, form),
                one.dialogue_ids,
                session.messages[0].created_at,
                *_stamp(one.dialogue_ids, learnt),
            )
            for one in session.observations
        ]
    return tuple(seen)


def _stamp(
    dialogue_ids: frozenset[str], learnt: Mapping[str, tuple[float, MemoryKind]]
) -> tuple[MemoryKind, float]:
    found = [learnt[one] for one in sorted(dialogue_ids) if one in learnt]
    importance, kind = max(found, default=(UNSTAMPED, MemoryKind.FACT))
    return kind, importance


def _worded(text: str, conversation: Conversation, form: Form) -> str:
    """The observation as the product words memories: of "User", when nobody has a name."""
    if form is Form.NAMES:
        return text
    user, assistant = conversation.speakers
    return re.sub(rf"\b{assistant}\b", "The assistant", re.sub(rf"\b{user}\b", "User", text))
