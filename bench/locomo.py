"""LoCoMo conversations (Maharana et al., 2024) as this project's values. The data is not shipped."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

ADVERSARIAL = 5
"""The category whose evidence is about the wrong speaker."""


class Form(StrEnum):
    """How the two speakers appear: under their names, or as user and assistant without any."""

    NAMES = "names"
    ROLES = "roles"


@dataclass(frozen=True, slots=True)
class Turn:
    """What one speaker said, with the caption of the picture shown."""

    dialogue_id: str
    session_id: UUID
    position: int
    said_at: datetime
    speaker: str
    text: str
    caption: str

    @property
    def captioned(self) -> str:
        """The text with the caption in brackets."""
        return f"{self.text} [{self.caption}]" if self.caption else self.text


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the dialogue ids of the turns that answer it."""

    text: str
    evidence: frozenset[str]
    category: int


@dataclass(frozen=True, slots=True)
class Conversation:
    """Two speakers over many sessions."""

    name: str
    speakers: tuple[str, str]
    turns: tuple[Turn, ...]
    questions: tuple[Question, ...]

    def asked(self, question: Question, form: Form) -> str:
        """The question as it would be put in a form."""
        if form is Form.NAMES:
            return question.text
        user, assistant = self.speakers
        first = _in_person(question.text, user, subject="I", possessive="my")
        return _in_person(first, assistant, subject="you", possessive="your")


def load_conversations(folder: Path) -> list[Conversation]:
    """All conversations of a folder, by file name."""
    return [
        _conversation(path.stem, json.loads(path.read_text(encoding="utf-8")))
        for path in sorted(folder.glob("*.json"))
    ]


def _conversation(name: str, document: Mapping[str, Any]) -> Conversation:
    return Conversation(
        name=name,
        speakers=(document["speaker_a"], document["speaker_b"]),
        turns=tuple(_turns(document)),
        questions=tuple(map(_question, document["qa"])),
    )


def _turns(document: Mapping[str, Any]) -> Iterator[Turn]:
    numbers = sorted(int(key[8:]) for key in document if re.fullmatch(r"session_\d+", key))
    for number in numbers:
        date = document[f"session_{number}_date_time"]
        said_at = datetime.strptime(date, "%I:%M %p on %d %B, %Y").replace(tzinfo=UTC)
        session_id = uuid4()
        for position, turn in enumerate(document[f"session_{number}"], 1):
            yield Turn(
                dialogue_id=turn["dia_id"],
                session_id=session_id,
                position=position,
                said_at=said_at,
                speaker=turn["speaker"],
                text=turn["text"],
                caption=turn.get("blip_caption", ""),
            )


def _question(entry: Mapping[str, Any]) -> Question:
    """A question; its evidence is parsed out of what are not always single, clean ids."""
    found = re.findall(r"D(\d+):0*(\d+)", " ".join(map(str, entry["evidence"])))
    evidence = frozenset(f"D{session}:{turn}" for session, turn in found)
    return Question(entry["question"], evidence, entry["category"])


def _in_person(text: str, name: str, *, subject: str, possessive: str) -> str:
    text = re.sub(rf"\b{name}['’]s\b", possessive, text)
    return re.sub(rf"\b{name}\b", subject, text)
