from collections.abc import Sequence
from dataclasses import dataclass

from app.models.memory import Recalled
from app.models.message import Message
from app.models.session import Session


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session with what this process alone knows of it."""

    session: Session
    title: str | None
    message_count: int


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message with the words of the memories it was given, as far as they still exist."""

    message: Message
    memories_used: Sequence[Recalled]
