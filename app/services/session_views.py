from collections.abc import Sequence
from dataclasses import dataclass

from app.core.privacy import POLICIES
from app.models.memory import Recalled
from app.models.message import Message
from app.models.session import Session
from app.services.incognito import IncognitoTranscripts


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


def seen(session: Session, incognito: IncognitoTranscripts) -> SessionView:
    """The session with what this process alone knows of it."""
    if POLICIES[session.privacy_mode].retain:
        return SessionView(session, session.title, session.message_count)
    return SessionView(
        session=session,
        title=incognito.title(session.id) or session.title,
        message_count=session.message_count + incognito.message_count(session.id),
    )
