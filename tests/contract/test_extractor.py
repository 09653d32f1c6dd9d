"""What every extractor does, whether by rules or by a model whose answers are scripted."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from app.adapters.mem0_extractor import Mem0Extractor
from app.adapters.rule_extractor import RuleExtractor
from app.models.memory import MemoryKind
from app.models.message import Role
from app.ports.extractor import Extracted, Extractor
from tests.support.messages import a_memory, a_message
from tests.support.scripted_completion import ScriptedCompletion, answer


def extractor(kind: str, *memories: dict[str, Any]) -> Extractor:
    """An extractor of the kind; the model's finds the memories that are given."""
    if kind == "rules":
        return RuleExtractor()
    return Mem0Extractor(ScriptedCompletion(answer(*memories)))


EVERY_KIND = pytest.mark.parametrize("kind", ["rules", "model"])


@EVERY_KIND
async def test_each_memory_names_the_message_that_says_it_in_the_order_of_saying(kind: str) -> None:
    new = [a_message("I live in Bergen."), a_message("Hm."), a_message("I went to Rome yesterday.")]
    model_finds = (
        {
            "text": "User went to Rome on 7 May 2023.",
            "sources": [3],
            "kind": "event",
            "valid_from": "2023-05-07",
        },
        {"text": "User lives in Bergen.", "sources": [1], "kind": "fact"},
    )

    home, rome = await extractor(kind, *model_finds).extract(new, context=(), known=())

    assert (home.content, home.source_message_ids) == ("User lives in Bergen.", (new[0].id,))
    assert (rome.content, rome.source_message_ids) == (
        "User went to Rome on 7 May 2023.",
        (new[2].id,),
    )
    assert (home.kind, rome.kind) == (MemoryKind.FACT, MemoryKind.EVENT)
    assert (home.valid_from, rome.valid_from) == (None, datetime(2023, 5, 7, tzinfo=UTC))
    assert all_are_sound([home, rome])


def all_are_sound(found: Sequence[Extracted]) -> bool:
    return all(
        0 < len(item.content) <= 1_000
        and 0 <= item.importance <= 1
        and 0 <= item.confidence <= 1
        and item.source_message_ids
        for item in found
    )


@EVERY_KIND
async def test_nothing_new_yields_nothing(kind: str) -> None:
    known = [a_memory("User lives in Bergen.")]

    found = await extractor(kind).extract((), context=[a_message("I live in Oslo.")], known=known)

    assert list(found) == []


@EVERY_KIND
async def test_small_talk_yields_nothing(kind: str) -> None:
    found = await extractor(kind).extract([a_message("Hi, how are you?")], context=(), known=())

    assert list(found) == []


@EVERY_KIND
@pytest.mark.parametrize(
    "changes",
    [{"role": Role.ASSISTANT}, {"role": Role.SYSTEM}, {"learnable": False}, {"quoted": True}],
)
async def test_a_message_that_may_not_teach_is_never_a_source(
    kind: str, changes: dict[str, Any]
) -> None:
    silent = a_message("I live in Bergen.", **changes)
    model_finds = {"text": "User lives in Bergen.", "sources": [1]}

    found = await extractor(kind, model_finds).extract([silent], context=(), known=())

    assert list(found) == []


@EVERY_KIND
async def test_what_opens_an_account_is_never_remembered(kind: str) -> None:
    model_finds = {"text": "User's password is hunter2.", "sources": [1]}

    found = await extractor(kind, model_finds).extract(
        [a_message("My password is hunter2.")], context=(), known=()
    )

    assert list(found) == []


@EVERY_KIND
async def test_a_named_assistant_of_a_transcript_is_a_person_to_learn_of(kind: str) -> None:
    maria = a_message("I have a cat called Bailey.", name="Maria", role=Role.ASSISTANT)
    model_finds = {
        "text": "Maria has a cat called Bailey.",
        "sources": [1],
        "attributed_to": "assistant",
    }

    (memory,) = await extractor(kind, model_finds).extract([maria], context=(), known=())

    assert memory.content == "Maria has a cat called Bailey."
    assert memory.source_message_ids == (maria.id,)
