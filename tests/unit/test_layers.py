from dataclasses import replace

from app.models.clock import utc_now
from app.models.ids import MessageId, new_id
from app.models.memory import Layer, Memory, MemoryKind, Recalled
from app.services.found_words import recalled
from app.services.layers import LayerPlaces, layered
from app.services.recall import ContextTail
from app.services.recalling import Recaller
from app.services.tuning import Tuning
from tests.support.house import House
from tests.support.messages import MONDAY, a_memory
from tests.support.word_embedder import WordEmbedder

SAID = MessageId(new_id())
GIRAFFES = "How tall are giraffes?"


def a_match(memory: Memory) -> Recalled:
    return recalled(memory, score=1.0, terms={"base": 1.0})


def an_episode() -> Recalled:
    return Recalled(
        id=a_memory("").id,
        profile_id=a_memory("").profile_id,
        kind=MemoryKind.EPISODE,
        content="I went there.",
        speaker="user",
        score=1.0,
        said_at=MONDAY,
        source_message_ids=(SAID,),
    )


def told(given: list[Recalled]) -> list[tuple[str, Layer]]:
    return [(one.content, one.layer) for one in given]


def test_a_layer_adds_to_the_matches_and_says_so() -> None:
    tea, allergy = a_memory("Ann likes tea."), a_memory("Ann is allergic to nuts.")

    given = layered(
        [a_match(tea)],
        {Layer.IMPORTANT: [allergy]},
        places=LayerPlaces(important=1),
        told=frozenset(),
    )

    assert told(given) == [
        ("Ann likes tea.", Layer.SEMANTIC),
        ("Ann is allergic to nuts.", Layer.IMPORTANT),
    ]
    assert given[1].terms == {"important": given[1].score}


def test_a_place_goes_to_the_next_when_a_memory_is_given_already() -> None:
    first, second, third = (a_memory(f"{name} is so.") for name in ("One", "Two", "Three"))

    given = layered(
        [a_match(first)],
        {Layer.IMPORTANT: [first, second], Layer.RECENT: [second, first, third]},
        places=LayerPlaces(important=1, recent=1),
        told=frozenset(),
    )

    assert told(given)[1:] == [
        ("Two is so.", Layer.IMPORTANT),
        ("Three is so.", Layer.RECENT),
    ]


def test_a_layer_does_not_repeat_what_messages_say() -> None:
    echo = replace(a_memory("Ann went there."), source_message_ids=(SAID,))
    dated = replace(echo, valid_from=MONDAY)
    found = {Layer.RECENT: [echo]}
    places = LayerPlaces(recent=1)

    assert told(layered([an_episode()], found, places=places, told=frozenset()))[1:] == []
    assert layered([], found, places=places, told={SAID}) == []
    assert len(layered([], {Layer.RECENT: [dated]}, places=places, told={SAID})) == 1
    assert len(layered([], found, places=places, told=frozenset())) == 1


def a_recaller(house: House, places: LayerPlaces) -> Recaller:
    return Recaller(
        house.database,
        index=house.index,
        embedder=WordEmbedder(),
        indexer=house.mem0.indexer,
        top_k=10,
        candidates=60,
        deadline_s=2.0,
        clock=utc_now,
        tuning=Tuning(places=places),
    )


async def test_what_is_vital_is_given_with_any_message(house: House) -> None:
    await house.say(await house.session(), "I am allergic to peanuts.")
    await house.settle()
    recaller = a_recaller(house, LayerPlaces(important=2))

    for text in (GIRAFFES, "Good morning!"):
        found = await recaller.recall(house.family, text, by=house.ada, shown=None)

        assert [(one.kind, one.layer) for one in found.memories] == [
            (MemoryKind.FACT, Layer.IMPORTANT)
        ]
        assert "peanuts" in found.memories[0].content


async def test_no_layer_repeats_what_the_conversation_shows(house: House) -> None:
    session = await house.session()
    await house.say(session, "I am allergic to peanuts.")
    await house.settle()
    recaller = a_recaller(house, LayerPlaces(important=1, recent=1))

    here = await recaller.recall(
        house.family, GIRAFFES, by=house.ada, shown=ContextTail(session, 1)
    )
    later = await recaller.recall(
        house.family, GIRAFFES, by=house.ada, shown=ContextTail(session, 2)
    )

    assert list(here.memories) == []
    assert len(later.memories) == 1


async def test_profiles_do_not_share_layers(house: House) -> None:
    await house.say(await house.session(), "I am allergic to peanuts.")
    await house.settle()
    work = await house.profile("Work")
    recaller = a_recaller(house, LayerPlaces(important=3, preferences=3, recent=3))

    found = await recaller.recall(work, GIRAFFES, by=house.ada, shown=None)

    assert list(found.memories) == []


async def test_a_forgotten_memory_is_in_no_layer(house: House) -> None:
    await house.say(await house.session(), "I am allergic to peanuts.")
    await house.settle()
    [memory] = await house.memories()
    await house.mem0.forgetting.memory(house.ada, memory.id)
    recaller = a_recaller(house, LayerPlaces(important=3, preferences=3, recent=3))

    found = await recaller.recall(house.family, GIRAFFES, by=house.ada, shown=None)

    assert list(found.memories) == []
