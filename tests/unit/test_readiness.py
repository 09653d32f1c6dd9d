"""What is said of readiness, and how seldom anybody far away is asked for it."""

import asyncio

import pytest

from app.core.errors import ModelUnavailable
from app.services.readiness import Readiness
from tests.support.clock import HandClock


class Part:
    """Something that is asked how it is."""

    def __init__(self) -> None:
        self.asked = 0
        self.failure: Exception | None = None

    async def check(self) -> None:
        self.asked += 1
        await asyncio.sleep(0)
        if self.failure:
            raise self.failure


@pytest.fixture
def near() -> Part:
    return Part()


@pytest.fixture
def far() -> Part:
    return Part()


@pytest.fixture
def readiness(near: Part, far: Part, clock: HandClock) -> Readiness:
    return Readiness({"near": near.check}, far={"far": far.check}, uptime_s=clock.uptime_s)


async def test_many_who_ask_at_once_are_one_question_to_who_is_far(
    readiness: Readiness, near: Part, far: Part
) -> None:
    answers = await asyncio.gather(*(readiness.look() for _ in range(20)))

    assert list(answers) == [{"near": "ok", "far": "ok"}] * 20
    assert (near.asked, far.asked) == (20, 1)


@pytest.mark.parametrize(
    ("first", "then", "holds_s"), [(None, ModelUnavailable(), 10), (ModelUnavailable(), None, 2)]
)
async def test_an_answer_holds_for_a_while_and_no_longer(
    readiness: Readiness,
    far: Part,
    clock: HandClock,
    first: ModelUnavailable | None,
    then: ModelUnavailable | None,
    holds_s: float,
) -> None:
    async def said() -> str:
        return (await readiness.look())["far"]

    far.failure = first
    at_first = await said()
    far.failure = then
    clock.advance(seconds=holds_s - 0.1)
    before = await said()
    clock.advance(seconds=0.2)

    assert {at_first, await said()} == {"ok", ModelUnavailable.slug}
    assert before == at_first
    assert far.asked == 2


async def test_what_is_near_is_asked_each_time(readiness: Readiness, near: Part) -> None:
    assert (await readiness.look())["near"] == "ok"
    near.failure = ModelUnavailable()

    assert (await readiness.look())["near"] == ModelUnavailable.slug


async def test_who_went_away_while_asking_leaves_no_answer_behind(
    readiness: Readiness, far: Part
) -> None:
    first = asyncio.create_task(readiness.look())
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait([first])

    assert (await readiness.look())["far"] == "ok"
