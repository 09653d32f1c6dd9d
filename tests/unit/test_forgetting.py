import asyncio
from pathlib import Path

import pytest

from app.core.errors import LastProfile, MemoryNotFound, MessageNotFound, RunNotFound
from app.core.privacy import PrivacyMode
from app.models.ids import MemoryId, new_id
from app.models.message import Message
from app.models.wipe import Store
from app.services.run_events import RunState
from app.services.runs import Run
from tests.support.fragile_index import FragileIndex
from tests.support.house import House, a_house
from tests.support.scripted_model import ScriptedModel

TOLD = "I live in Bergen."
ASKED = "Where do I live?"


async def told(house: House) -> Message:
    """The message that everything is known from, learnt and indexed."""
    session = await house.session()
    await house.say(session, TOLD)
    await house.settle()
    assert len(await house.memories()) == 1
    return (await house.messages(session))[0]


async def said(run: Run) -> str:
    """Everything that a run's log tells."""
    return "\n".join([str(event.fields) async for batch in run.follow() for event in batch])


async def test_a_forgotten_memory_is_not_learnt_again_from_its_message(house: House) -> None:
    message = await told(house)
    [memory] = await house.memories()

    receipt = await house.mem0.forgetting.memory(house.ada, memory.id)
    await house.settle()

    assert receipt.deleted == {"memories": 1, "index_points": 3}, "its message, and the answer"
    assert receipt.unlearned_messages == 2
    assert await house.memories() == []
    assert await house.recalled(ASKED) == []
    kept = {one.id: one for one in await house.messages(message.session_id)}
    assert kept[message.id].content == TOLD
    assert not kept[message.id].learnable
    assert message.id not in await house.index.ids(house.family.namespace)


async def test_a_forgotten_message_takes_what_was_known_from_it_alone(house: House) -> None:
    message = await told(house)

    receipt = await house.mem0.forgetting.message(house.ada, message.session_id, message.id)

    assert receipt.deleted == {"memories": 1, "index_points": 2, "chat_messages": 1, "runs": 1}
    assert await house.memories() == []
    assert message.id not in await house.index.ids(house.family.namespace)
    assert (await house.sessions.get(house.ada, message.session_id)).title is None


async def test_a_memory_with_another_source_outlives_one_of_them(house: House) -> None:
    first, _ = await told(house), await told(house)

    await house.mem0.forgetting.message(house.ada, first.session_id, first.id)

    [memory] = await house.memories()
    assert len(memory.source_message_ids) == 1


async def test_a_copy_goes_with_the_message_it_came_from_index_included(house: House) -> None:
    message = await told(house)
    copy, _ = await house.mem0.book.copy(house.ada, house.family.id, target=None, name="Copy")
    await house.mem0.indexer.catch_up()
    assert await house.recalled(ASKED, copy) != []

    await house.mem0.forgetting.message(house.ada, message.session_id, message.id)

    assert await house.memories(copy) == []
    assert await house.index.ids(copy.namespace) == set()


async def test_a_forgotten_message_is_not_found_in_another_profiles_answers(
    tmp_path: Path,
) -> None:
    model = ScriptedModel("repeats", ["Noted."], ["You live in Bergen."])
    async with a_house(tmp_path, model) as house:
        message = await told(house)
        copy, _ = await house.mem0.book.copy(house.ada, house.family.id, target=None, name="Copy")
        await house.mem0.indexer.catch_up()
        session = await house.session(profile=copy)
        await house.say(session, ASKED)
        await house.mem0.indexer.catch_up()
        answer = (await house.messages(session))[1]
        assert answer.id in await house.index.ids(copy.namespace)

        receipt = await house.mem0.forgetting.message(house.ada, message.session_id, message.id)

        [_, answer] = await house.messages(session)
        assert not answer.learnable
        assert not answer.searchable
        assert answer.id not in await house.index.ids(copy.namespace)
        assert receipt.unlearned_messages == 2, "the answers in either profile"


async def test_forgetting_a_copy_leaves_the_original_and_its_message(house: House) -> None:
    await told(house)
    copy, _ = await house.mem0.book.copy(house.ada, house.family.id, target=None, name="Copy")
    [memory] = await house.memories(copy)

    receipt = await house.mem0.forgetting.memory(house.ada, memory.id)

    assert receipt.unlearned_messages == 0
    assert await house.memories(copy) == []
    assert await house.index.ids(copy.namespace) == set()
    assert TOLD in await house.recalled(ASKED)


async def test_a_profile_without_its_memories_keeps_its_conversations(house: House) -> None:
    message = await told(house)

    receipt = await house.mem0.forgetting.memories_of_profile(house.ada, house.family.id)
    await house.settle()

    assert receipt.deleted["memories"] == 1
    assert await house.recalled(ASKED) == []
    assert await house.memories() == []
    assert TOLD in [one.content for one in await house.messages(message.session_id)]
    assert await house.index.ids(house.family.namespace) == set()


async def test_events_of_a_forgotten_message_cannot_be_followed_any_more(house: House) -> None:
    session = await house.session()
    run = await house.say(session, TOLD)
    [question, _] = await house.messages(session)

    await house.mem0.forgetting.message(house.ada, session, question.id)

    with pytest.raises(RunNotFound):
        house.runs.get(run.id, owner=house.ada.user_id)


async def test_events_of_other_runs_do_not_tell_what_is_forgotten(house: House) -> None:
    message = await told(house)
    [memory] = await house.memories()
    run = await house.say(await house.session(), ASKED)
    assert TOLD in await said(run)

    await house.mem0.forgetting.memory(house.ada, memory.id)
    assert memory.content not in await said(run)
    await house.mem0.forgetting.message(house.ada, message.session_id, message.id)

    assert "Bergen" not in await said(run)
    assert run.result is not None
    assert run.result.memories == []


async def test_a_memory_forgotten_while_its_answer_is_spoken_is_told_by_nothing(
    tmp_path: Path,
) -> None:
    go_on = asyncio.Event()
    model = ScriptedModel("slow", ["Noted."], ["Well, ", go_on, "there."])
    async with a_house(tmp_path, model) as house:
        await told(house)
        [memory] = await house.memories()
        run = await house.chat.start_run(house.ada, await house.session(), ASKED)
        await model.waiting.wait()
        assert model.prompts[-1].memories

        await house.mem0.forgetting.memory(house.ada, memory.id)
        go_on.set()
        await run.wait()

        view = await house.run_views.get(house.ada, run.id)
        assert view.answer is not None
        assert list(view.memories) == [], "neither it nor the message that it came from"
        assert "Bergen" not in await said(run)


async def test_a_question_that_is_forgotten_while_it_is_answered_has_no_answer(
    tmp_path: Path,
) -> None:
    model = ScriptedModel("slow", ["Well, ", None])
    async with a_house(tmp_path, model) as house:
        session = await house.session()
        run = await house.chat.start_run(house.ada, session, TOLD)
        await model.waiting.wait()
        [question] = await house.messages(session)

        await house.mem0.forgetting.message(house.ada, session, question.id)
        await run.wait()

        assert run.state is RunState.CANCELLED
        assert await house.messages(session) == []


async def test_a_forgotten_session_leaves_nothing(house: House) -> None:
    message = await told(house)
    secret = await house.session(PrivacyMode.INCOGNITO)
    await house.say(secret, TOLD)

    receipt = await house.mem0.forgetting.session(house.ada, message.session_id)
    hidden = await house.mem0.forgetting.session(house.ada, secret)

    assert receipt.deleted == {
        "chat_messages": 2,
        "chat_sessions": 1,
        "index_points": 3,
        "memories": 1,
        "runs": 1,
    }
    assert hidden.deleted == {"chat_sessions": 1, "incognito_messages": 2, "runs": 1}
    assert house.incognito.message_count(secret) == 0
    assert await house.index.ids(house.family.namespace) == set()


async def test_a_forgotten_profile_leaves_no_points(house: House) -> None:
    await told(house)
    await house.profile("Work")

    points = len(await house.index.ids(house.family.namespace))
    receipt = await house.mem0.forgetting.profile(house.ada, house.family.id)

    assert receipt.deleted["index_points"] == points == 3
    assert receipt.deleted["memories"] == 1
    assert receipt.deleted["chat_messages"] == 2
    assert await house.index.ids(house.family.namespace) == set()
    [left] = (await house.profiles.page(house.ada, after=None, limit=10)).items
    assert (left.name, left.is_default) == ("Work", True)


async def test_a_forgotten_profile_takes_the_copies_of_what_was_said_there(
    tmp_path: Path,
) -> None:
    model = ScriptedModel("repeats", ["Noted."], ["You live in Bergen."])
    async with a_house(tmp_path, model) as house:
        await told(house)
        copy, _ = await house.mem0.book.copy(house.ada, house.family.id, target=None, name="Copy")
        await house.mem0.indexer.catch_up()
        session = await house.session(profile=copy)
        run = await house.say(session, ASKED)
        await house.mem0.indexer.catch_up()

        receipt = await house.mem0.forgetting.profile(house.ada, house.family.id)

        assert receipt.deleted["memories"] == 2
        assert receipt.unlearned_messages == 1, "the answer that repeats it"
        assert await house.memories(copy) == []
        assert await house.recalled(ASKED, copy) == []
        assert run.result is not None
        assert run.result.memories == []


async def test_a_copy_that_is_known_from_elsewhere_too_outlives_its_profile(house: House) -> None:
    await told(house)
    copy, _ = await house.mem0.book.copy(house.ada, house.family.id, target=None, name="Copy")
    await house.say(await house.session(profile=copy), TOLD)
    await house.settle()

    await house.mem0.forgetting.profile(house.ada, house.family.id)

    [memory] = await house.memories(copy)
    assert len(memory.source_message_ids) == 1


async def test_the_last_profile_stays_with_all_it_holds(house: House) -> None:
    await told(house)

    with pytest.raises(LastProfile):
        await house.mem0.forgetting.profile(house.ada, house.family.id)

    assert await house.recalled(ASKED) != []


async def test_a_forgotten_account_leaves_no_points_and_no_rows(house: House) -> None:
    await told(house)

    points = len(await house.index.ids(house.family.namespace))
    receipt = await house.mem0.forgetting.account(house.ada)

    assert receipt.deleted["users"] == 1
    assert receipt.deleted["index_points"] == points > 0
    assert await house.index.ids(house.family.namespace) == set()
    rows = await house.database.read(
        lambda tx: tx.users.owned_row_counts(house.ada.user_id), by=house.ada
    )
    assert not [table for table, count in rows if count]


async def test_what_is_not_there_cannot_be_forgotten(house: House) -> None:
    message, elsewhere = await told(house), await house.session()

    with pytest.raises(MemoryNotFound):
        await house.mem0.forgetting.memory(house.ada, MemoryId(new_id()))
    with pytest.raises(MessageNotFound):
        await house.mem0.forgetting.message(house.ada, elsewhere, message.id)


async def test_leaving_incognito_ends_what_was_said_there(tmp_path: Path) -> None:
    model = ScriptedModel("slow", ["Well, ", None])
    async with a_house(tmp_path, model) as house:
        session = await house.session(PrivacyMode.INCOGNITO)
        run = await house.chat.start_run(house.ada, session, TOLD)
        await model.waiting.wait()

        await house.sessions.update(
            house.ada, session, changes={"privacy_mode": PrivacyMode.NORMAL}
        )
        async with asyncio.timeout(5):
            await run.wait()

        assert run.state is RunState.CANCELLED
        assert await house.messages(session) == []
        assert house.incognito.message_count(session) == 0


@pytest.mark.parametrize("is_slow", [False, True])
async def test_forgetting_is_done_though_the_index_lets_go_later(
    tmp_path: Path, *, is_slow: bool
) -> None:
    index = FragileIndex()
    async with a_house(tmp_path, index=index) as house:
        message = await told(house)
        index.break_down(slowly=is_slow)

        receipt = await house.mem0.forgetting.session(house.ada, message.session_id)

        assert receipt.deleted["chat_messages"] == 2
        assert receipt.bytes_pending == (Store.DATABASE, Store.INDEX)
        index.mend()
        assert await index.ids(house.family.namespace) != set()
        await house.mem0.indexer.catch_up()
        assert await index.ids(house.family.namespace) == set()
