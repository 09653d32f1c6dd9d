from typing import Final

from app.models.message import Message, Role

USER: Final = "User"
"""What a memory calls the account's owner."""

_MAX_NAME_CHARS: Final = 60


def subject_of(message: Message) -> str | None:
    """Whom the message's first person means; None when nothing may be learnt from it.

    That is `User` for what the user says, and the speaker's own name in a transcript of named
    people. An assistant's answer, a system message, and an answer that was given memories or only
    quotes them teach nothing: what is known would be learnt again from its own echo.
    """
    if not message.learnable or message.role is Role.SYSTEM:
        return None
    if message.quoted or message.memories_used:
        return None
    name = " ".join((message.name or "").split())
    if 0 < len(name) <= _MAX_NAME_CHARS and name.isprintable():
        return name
    return USER if message.role is Role.USER else None
