"""What an extractor is not shown, and not believed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, tzinfo

from app.core.credentials import SECRET, holds_credential, without_secrets
from app.models.memory import Memory
from app.models.message import Message
from app.models.profile import Profile
from app.ports.extractor import Extracted, Extractor
from app.services.earshot import conversation
from app.services.personal_data import without_personal_data


def discreet(extractor: Extractor, profile: Profile, *, around: Sequence[Message]) -> Extractor:
    """The extractor, which neither sees nor finds what the profile's memories may not hold.

    Args:
        extractor: to be asked.
        profile: whose memories they will be.
        around: the session as far as it is near, oldest first: what is to be shown of it, and what
            is not but tells which of that is secret.
    """
    return _Discreet(extractor, profile, around)


class _Discreet:
    def __init__(self, extractor: Extractor, profile: Profile, around: Sequence[Message]) -> None:
        self._extractor = extractor
        self._redact = profile.redact_pii
        talk = conversation([message.content for message in around])
        numbered = range(len(around))
        self._known = frozenset[str]().union(*(talk.tells(one) for one in numbered))
        self._covered = {
            message.id: talk.covered(position, redact=self._redact)
            for position, message in enumerate(around)
        }

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
            [self._without(message) for message in new],
            context=[self._without(message) for message in context],
            known=[replace(memory, content=self._cover(memory.content)) for memory in known],
            zone=zone,
        )
        covered = [replace(one, content=self._cover(one.content)) for one in found]
        return [
            one
            for one in covered
            if SECRET not in one.content and not holds_credential(one.content)
        ]

    def _without(self, message: Message) -> Message:
        name = self._cover(message.name) if message.name else None
        content = self._covered.get(message.id)
        return replace(
            message, content=self._cover(message.content) if content is None else content, name=name
        )

    def _cover(self, text: str) -> str:
        text = without_secrets(text, known=self._known)
        return without_personal_data(text) if self._redact else text
