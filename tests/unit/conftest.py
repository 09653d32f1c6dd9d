from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.clock import HandClock
from tests.support.house import House, a_house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """A house whose model says "Noted."."""
    async with a_house(tmp_path) as house:
        yield house


@pytest.fixture
def clock() -> HandClock:
    return HandClock()
