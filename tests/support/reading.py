import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.services.learning import Learner
from tests.support.clock import HandClock
from tests.support.house import House
from tests.support.learner import a_learner
from tests.support.scripted_extractor import ScriptedExtractor


class Reader:
    """A learner whose extractor can be held up while it reads."""

    def __init__(self, house: House, clock: HandClock) -> None:
        self._until = asyncio.Event()
        self.extractor = ScriptedExtractor(until=self._until)
        self.learner: Learner = a_learner(house, self.extractor, clock)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[None]:
        """The extractor is held up inside, and the job's attempt is over after it."""
        working = asyncio.create_task(self.learner.work_off_one())
        await self.extractor.reading.wait()
        yield
        self._until.set()
        assert await working
