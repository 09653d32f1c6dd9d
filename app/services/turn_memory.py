"""The part of memory that a turn reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from app.models.actor import OneUser
from app.models.memory import Recalled
from app.models.profile import Profile
from app.services.recall import ContextTail


@dataclass(frozen=True, slots=True)
class Recollection:
    """What a turn was given to remember by."""

    memories: Sequence[Recalled]
    """Best first; none when nothing is relevant."""
    unavailable: bool = False
    """Whether memory could not be read, so that the turn goes on without."""


class TurnMemory(Protocol):
    """The part of memory that a turn reads."""

    async def recall(
        self,
        profile: Profile,
        text: str,
        *,
        by: OneUser,
        shown: ContextTail | None,
        further: Sequence[Profile] = (),
    ) -> Recollection:
        """What is relevant to the text, and not shown to the model anyway. Never raises.

        Args:
            profile: where to look first.
            text: the user's message.
            by: the owner of all of it.
            shown: what the model is shown anyway.
            further: profiles of the same owner where to look as well.
        """
        ...


class BlankMemory:
    """Remembers nothing: what a turn reads when its policy forbids recall."""

    async def recall(
        self,
        profile: Profile,
        text: str,
        *,
        by: OneUser,
        shown: ContextTail | None,
        further: Sequence[Profile] = (),
    ) -> Recollection:
        """Nothing."""
        return Recollection(memories=())
