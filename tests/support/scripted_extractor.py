import asyncio
from collections.abc import Sequence
from datetime import UTC, tzinfo

from app.models.memory import Memory, MemoryKind
from app.models.message import Message
from app.ports.extractor import Extracted


class ScriptedExtractor:
    """Finds one fact per message, which is the message; fails first, as often as it is told to.

    When given an event it waits for it before it answers.
    """

    def __init__(self, *failures: Exception, until: asyncio.Event | None = None) -> None:
        self._failures = list(failures)
        self._until = until
        self.reading = asyncio.Event()
        self.calls: list[tuple[list[str], list[str]]] = []
        """New messages and context, per call."""

    async def extract(
        self,
        new: Sequence[Message],
        *,
        context: Sequence[Message],
        known: Sequence[Memory],
        zone: tzinfo = UTC,
    ) -> Sequence[Extracted]:
        self.calls.append(([m.content for m in new], [m.content for m in context]))
        self.reading.set()
        if self._until:
            await self._until.wait()
        if self._failures:
            raise self._failures.pop(0)
        return [
            Extracted(
                kind=MemoryKind.FACT,
                content=message.content,
                importance=0.5,
                confidence=0.9,
                source_message_ids=(message.id,),
            )
            for message in new
            if not message.quoted and message.content != "Noted."
        ]
