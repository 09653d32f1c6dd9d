"""What is kept from learning, and from being found again."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, tzinfo

from app.core.credentials import SECRET, holds_credential, without_secrets
from app.models.memory import Memory
from app.models.message import Message
from app.models.profile import Profile
from app.ports.extractor import Extracted, Extractor
from app.services.personal_data import without_personal_data


def may_return(profile: Profile, content: str) -> bool:
    """Whether a message may come up again in other conversations.

    Not with a secret in it: that would go to the model again and again. It stays where it was said.
    """
    return _discreet(profile)(content) == content


def discreet(extractor: Extractor, profile: Profile) -> Extractor:
    """The extractor, which neither sees nor finds what the profile's memories may not hold."""
    return _Discreet(extractor, _discreet(profile))


class _Discreet:
    def __init__(self, extractor: Extractor, cover: Callable[[str], str]) -> None:
        self._extractor = extractor
        self._cover = cover

    async def extract(
        self,
        new: Sequence[Message],
        *,
        context: Sequence[Message],
        known: Sequence[Memory],
        zone: tzinfo = UTC,
    ) -> Sequence[Extracted]:
        """See `Extractor`."""
        found = await self._extractor.extract(
            [self._covered(message) for message in new],
            context=[self._covered(message) for message in context],
            known=[replace(memory, content=self._cover(memory.content)) for memory in known],
            zone=zone,
        )
        return [
            replace(one, content=self._cover(one.content))
            for one in found
            if not holds_credential(one.content) and SECRET not in one.content
        ]

    def _covered(self, message: Message) -> Message:
        name = self._cover(message.name) if message.name else None
        return replace(message, content=self._cover(message.content), name=name)


def _discreet(profile: Profile) -> Callable[[str], str]:
    if not profile.redact_pii:
        return without_secrets
    return lambda text: without_personal_data(without_secrets(text))
