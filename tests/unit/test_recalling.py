import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.core.errors import IndexUnavailable
from app.models.clock import utc_now
from app.models.ids import MemoryId, MessageId, ProfileId, UserId, new_id
from app.models.memory import MemoryKind, Recalled
from app.ports.embedder import Embedder, Vectors
from app.services.circuit import Circuit
from app.services.giving import without_echoes
from app.services.recall import ContextTail
from app.services.recalling import Recaller
from app.services.turn_memory import BlankMemory
from tests.support.house import House
from tests.support.messages import MONDAY, a_memory
from tests.support.word_embedder import WordEmbedder

SOMEWHERE = ProfileId(new_id())
FIRST, SECOND = MessageId(new_id()), MessageId(new_id())


def an_episode(message_id: MessageId) -> Recalled:
    return Recalled(
        id=MemoryId(message_id),
        profile_id=SOMEWHERE,
        kind=MemoryKind.EPISODE,
        content="I went there yesterday.",
        speaker="user",
        score=1.0,
        said_at=MONDAY,
        source_message_ids=(message_id,),
    )


def a_fact(*sources: MessageId, valid_from: datetime | None = None) -> Recalled:
    memory = a_memory("User went there.")
    return Recalled(
        id=memory.id,
        profile_id=SOMEWHERE,
        kind=memory.kind,
        content=memory.content,
        speaker=None,
        score=1.0,
        said_at=MONDAY,
        source_message_ids=sources,
        memory=replace(memory, valid_from=valid_from),
    )


SUNDAY = datetime(2023, 5, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("found", "kept"),
    [
        pytest.param([an_episode(FIRST), a_fact(FIRST)], [0], id="its message says it already"),
        pytest.param([a_fact(FIRST), an_episode(FIRST)], [0, 1], id="it stands above its message"),
        pytest.param([an_episode(FIRST), a_fact(FIRST, SECOND)], [0, 1], id="half of it is new"),
        pytest.param(
            [an_episode(FIRST), an_episode(SECOND), a_fact(FIRST, SECOND)], [0, 1], id="two say it"
        ),
        pytest.param([a_fact(FIRST), a_fact(FIRST)], [0, 1], id="two facts of one message"),
        pytest.param([an_episode(FIRST), a_fact()], [0, 1], id="it has no message"),
        pytest.param(
            [an_episode(FIRST), a_fact(FIRST, valid_from=SUNDAY)], [0, 1], id="it says when"
        ),
    ],
)
def test_a_memory_yields_to_better_messages_that_say_it_all(
    found: list[Recalled], kept: list[int]
) -> None:
    assert without_echoes(found) == [found[at] for at in kept]


async def test_a_place_that_was_yielded_goes_to_the_next(house: House) -> None:
    session = await house.session()
    for text in ("I live in Bergen.", "You live in Turku.", "They live in Oslo."):
        await house.say(session, text)
    await house.settle()

    recaller = a_recaller(house, top_k=4)
    found = await recaller.recall(house.family, "Who does live where?", by=house.ada, shown=None)

    assert len(found.memories) == len({one.source_message_ids for one in found.memories})


def a_recaller(
    house: House,
    *,
    top_k: int = 10,
    embedder: Embedder | None = None,
    deadline_s: float = 2.0,
    circuit: Circuit | None = None,
) -> Recaller:
    return Recaller(
        house.database,
        index=house.index,
        embedder=embedder or WordEmbedder(),
        indexer=house.mem0.indexer,
        top_k=top_k,
        candidates=60,
        deadline_s=deadline_s,
        clock=utc_now,
        circuit=circuit,
    )


async def test_what_the_model_is_shown_anyway_is_not_recalled(house: House) -> None:
    session = await house.session()
    await house.say(session, "I live in Bergen.")
    await house.mem0.indexer.catch_up()

    all_of_it = await house.mem0.recaller.recall(
        house.family, "Where do I live?", by=house.ada, shown=ContextTail(session, 1)
    )
    later = await house.mem0.recaller.recall(
        house.family, "Where do I live?", by=house.ada, shown=ContextTail(session, 2)
    )

    assert list(all_of_it.memories) == []
    assert [one.content for one in later.memories] == ["I live in Bergen."]


async def test_nothing_is_recalled_that_has_nothing_to_do_with_the_question(house: House) -> None:
    await house.say(await house.session(), "I live in Bergen.")
    await house.settle()

    assert await house.recalled("How tall are giraffes?") == []


async def test_profiles_do_not_know_of_each_other(house: House) -> None:
    work = await house.profile("Work")
    await house.say(await house.session(), "I live in Bergen.")
    await house.settle()

    assert await house.recalled("Where do I live?", work) == []


async def test_blank_memory_remembers_nothing(house: House) -> None:
    await house.say(await house.session(), "I live in Bergen.")
    await house.settle()

    found = await BlankMemory().recall(house.family, "Where do I live?", by=house.ada, shown=None)

    assert (found.memories, found.unavailable) == ((), False)


class BrokenEmbedder(WordEmbedder):
    async def embed(self, texts: Sequence[str]) -> Vectors:
        raise IndexUnavailable


class SlowEmbedder(WordEmbedder):
    async def embed(self, texts: Sequence[str]) -> Vectors:
        await asyncio.Event().wait()
        return await super().embed(texts)


@pytest.mark.parametrize("embedder", [BrokenEmbedder(), SlowEmbedder()], ids=["broken", "slow"])
async def test_a_turn_goes_on_without_a_memory_that_does_not_answer(
    house: House, embedder: WordEmbedder
) -> None:
    recaller = a_recaller(house, embedder=embedder, deadline_s=0.05)

    found = await recaller.recall(house.family, "Where do I live?", by=house.ada, shown=None)

    assert (found.memories, found.unavailable) == ((), True)


class MendedEmbedder(WordEmbedder):
    """Broken until it is mended, and counts how often it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.mended = False

    async def embed(self, texts: Sequence[str]) -> Vectors:
        self.asked += 1
        if not self.mended:
            raise IndexUnavailable
        return await super().embed(texts)


async def test_an_index_that_fails_again_and_again_is_left_alone_for_a_while(house: House) -> None:
    now_s = [0.0]
    embedder = MendedEmbedder()
    circuit = Circuit(failures=2, pause_s=10, clock_s=lambda: now_s[0])
    recaller = a_recaller(house, embedder=embedder, circuit=circuit)
    circuit.failed(UserId(new_id()))

    async def turn(text: str = "Where do I live?") -> tuple[bool, int]:
        found = await recaller.recall(house.family, text, by=house.ada, shown=None)
        return found.unavailable, embedder.asked

    assert [await turn() for _ in range(3)] == [(True, 1), (True, 1), (True, 1)]
    now_s[0] = 10.0
    assert await turn("Hello!") == (False, 1)
    assert [await turn() for _ in range(2)] == [(True, 2), (True, 2)]
    embedder.mended = True
    now_s[0] = 20.0
    assert [await turn() for _ in range(2)] == [(False, 3), (False, 4)]


async def test_what_fails_for_one_user_alone_is_tried_again_for_everybody(house: House) -> None:
    embedder = MendedEmbedder()
    recaller = a_recaller(house, embedder=embedder, circuit=Circuit(failures=2))

    for _ in range(4):
        await recaller.recall(house.family, "Where do I live?", by=house.ada, shown=None)

    assert embedder.asked == 4


async def test_a_search_that_gets_no_answer_says_so(house: House) -> None:
    with pytest.raises(IndexUnavailable):
        await a_recaller(house, embedder=BrokenEmbedder()).search(
            house.ada, house.family.id, "Where?", kinds=(), limit=5
        )


async def test_a_search_can_be_narrowed_to_kinds(house: House) -> None:
    await house.say(await house.session(), "I live in Bergen.")
    await house.settle()

    found = await house.mem0.recaller.search(
        house.ada, house.family.id, "Where do I live?", kinds=(MemoryKind.FACT,), limit=5
    )

    assert [one.kind for one in found] == [MemoryKind.FACT]
