"""Prompts, messages and memories for tests: everything has a default but what a test is about."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from app.adapters.bundled_tokens import BundledTokens
from app.core.privacy import PrivacyMode
from app.models.ids import MemoryId, MessageId, ProfileId, SessionId, UserId, new_id
from app.models.memory import MemoryKind, Recalled
from app.models.message import Message, Role
from app.models.profile import Learning, Profile
from app.ports.chat_model import Prompt, PromptMessage, Purpose

NOW = datetime(2026, 11, 20, 9, 15, tzinfo=UTC)
ASSETS = Path(__file__).parents[2] / "app" / "assets"
TOKENS = BundledTokens(ASSETS / "o200k_base.tiktoken")
_SOMEBODY = UUID(int=1)


def a_prompt(
    text: str = "Hello there.",
    *,
    memories: Sequence[Recalled] = (),
    purpose: Purpose = Purpose.ANSWER,
    max_output_tokens: int | None = None,
    json_object: bool = False,
) -> Prompt:
    return Prompt(
        messages=(PromptMessage(Role.USER, text),),
        memories=memories,
        purpose=purpose,
        max_output_tokens=max_output_tokens,
        json_object=json_object,
    )


def a_message(
    content: str = "Hello.", *, role: Role = Role.USER, seq: int = 1, name: str | None = None
) -> Message:
    return Message(
        id=MessageId(new_id()),
        user_id=UserId(_SOMEBODY),
        profile_id=ProfileId(_SOMEBODY),
        session_id=SessionId(_SOMEBODY),
        seq=seq,
        role=role,
        name=name,
        content=content,
        privacy_mode=PrivacyMode.NORMAL,
        learnable=True,
        created_at=NOW,
    )


def a_recalled(
    content: str, *, speaker: str | None = "user", said_at: datetime = NOW, score: float = 1.0
) -> Recalled:
    return Recalled(
        id=MemoryId(new_id()),
        profile_id=ProfileId(_SOMEBODY),
        kind=MemoryKind.EPISODE if speaker else MemoryKind.FACT,
        content=content,
        speaker=speaker,
        score=score,
        said_at=said_at,
        source_message_ids=(),
    )


def a_profile(*, name: str = "Family", persona: dict[str, object] | None = None) -> Profile:
    return Profile(
        id=ProfileId(_SOMEBODY),
        user_id=UserId(_SOMEBODY),
        name=name,
        description=None,
        is_default=True,
        persona=persona,
        learning=Learning.AUTO,
        speakers=(),
        created_at=NOW,
        updated_at=NOW,
    )
