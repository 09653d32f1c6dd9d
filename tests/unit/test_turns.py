import asyncio
from pathlib import Path

import pytest

from app.core.errors import (
    ModelInterrupted,
    ModelRefused,
    NothingToRegenerate,
    RunInProgress,
    RunNotFound,
)
from app.core.privacy import PrivacyMode
from app.models.message import FinishReason, Message, Role
from app.models.profile import Learning
from app.ports.chat_model import ToolCallDelta
from app.services.run_events import RunState
from app.services.runs import Run
from tests.support.house import House, a_house
from tests.support.scripted_extractor import ScriptedExtractor
from tests.support.scripted_model import ScriptedModel

PAUSED = PrivacyMode.PAUSE_MEMORIES
INCOGNITO = PrivacyMode.INCOGNITO


async def types(run: Run) -> list[str]:
    return [event.type async for batch in run.follow() for event in batch]


def learnable(messages: list[Message]) -> list[bool]:
    return [message.learnable for message in messages]


async def test_a_turn_tells_what_it_does_in_order(house: House) -> None:
    run = await house.say(await house.session(), "I live in Bergen.")

    assert await types(run) == [
        "run.started",
        "message.delta",
        "message.completed",
        "usage",
        "memory.pending",
        "run.completed",
    ]


async def test_a_turn_that_ends_with_calls_tells_them_and_is_kept_without_a_word(
    tmp_path: Path,
) -> None:
    calls = [
        ToolCallDelta(0, "call_1", "weather", '{"city": '),
        ToolCallDelta(0, None, None, '"Bergen"}'),
    ]
    async with a_house(tmp_path, ScriptedModel("scripted", calls)) as house:
        session = await house.session()

        run = await house.say(session, "How is the weather?")

        events = [event async for batch in run.follow() for event in batch]
        told = [dict(event.fields) for event in events if event.type == "tool.call"]
        message = run.ids.message_id
        assert [one.pop("message_id") for one in told] == [message, message]
        assert told == [
            {"index": 0, "call_id": "call_1", "name": "weather", "arguments": '{"city": '},
            {"index": 0, "call_id": None, "name": None, "arguments": '"Bergen"}'},
        ]
        [end] = [event.fields for event in events if event.type == "message.completed"]
        assert (end["content"], end["finish_reason"]) == ("", FinishReason.TOOL_CALLS)
        assert events[-1].type == "run.completed"
        answer = (await house.messages(session))[-1]
        assert (answer.content, answer.finish_reason) == ("", FinishReason.TOOL_CALLS)


async def test_a_turn_that_breaks_off_within_its_first_call_leaves_no_answer(
    tmp_path: Path,
) -> None:
    begun = ToolCallDelta(0, "call_1", "weather", '{"city')
    model = ScriptedModel("scripted", [begun, ModelInterrupted()])
    async with a_house(tmp_path, model) as house:
        session = await house.session()

        run = await house.say(session, "How is the weather?")

        assert (await types(run))[-2:] == ["tool.call", "run.failed"]
        assert [message.role for message in await house.messages(session)] == [Role.USER]


@pytest.mark.parametrize(("mode", "reason"), [(PAUSED, "paused"), (INCOGNITO, "incognito")])
async def test_a_turn_that_does_not_learn_says_why(
    house: House, mode: PrivacyMode, reason: str
) -> None:
    run = await house.say(await house.session(), "I live in Bergen.", mode=mode)

    [skipped] = [e async for batch in run.follow() for e in batch if e.type == "memory.skipped"]
    assert skipped.fields["reason"] == reason


async def test_an_answer_that_saw_what_may_not_be_learnt_may_not_be_learnt(house: House) -> None:
    session = await house.session()
    await house.say(session, "My secret is figs.", mode=PAUSED)
    await house.say(session, "What was it?")

    messages = await house.messages(session)

    assert learnable(list(messages)) == [False, False, True, False]
    assert [message.searchable for message in messages] == [False, False, True, False]


async def test_an_answer_that_saw_such_an_answer_may_not_be_learnt_either(house: House) -> None:
    session = await house.session()
    await house.say(session, "My secret is figs.", mode=PAUSED)
    for text in ("What was it?", "Say it again.", "And again."):
        await house.say(session, text)

    answers = [m for m in await house.messages(session) if m.role is Role.ASSISTANT]

    assert learnable(answers) == [False] * 4


async def test_what_was_said_in_incognito_is_out_of_a_kept_turns_sight(tmp_path: Path) -> None:
    model = ScriptedModel("scripted", ["Noted."])
    async with a_house(tmp_path, model) as house:
        session = await house.session()
        await house.say(session, "My secret is figs.", mode=INCOGNITO)
        await house.say(session, "What was it?")

        assert "figs" not in str(model.prompts[-1])
        assert [m.content for m in await house.messages(session)] == ["What was it?", "Noted."]


async def test_a_wish_can_tighten_a_session_and_never_loosen_it(house: House) -> None:
    session = await house.session(PAUSED)
    run = await house.say(session, "I live in Bergen.", mode=PrivacyMode.NORMAL)

    assert run.privacy.mode is PAUSED
    assert learnable(list(await house.messages(session))) == [False, False]


async def test_a_profile_that_learns_nothing_is_obeyed_in_every_mode(house: House) -> None:
    silent = await house.profile("Silent", Learning.OFF)
    session = await house.session(profile=silent)

    run = await house.say(session, "I live in Bergen.")
    await house.settle()

    assert (run.privacy.policy.learn, run.privacy.policy.retain) == (False, True)
    assert await house.memories(silent) == []


async def test_messages_of_a_profile_that_asks_are_not_found_before_review(house: House) -> None:
    careful = await house.profile("Careful", Learning.ASK)
    session = await house.session(profile=careful)
    await house.say(session, "I live in Bergen.")
    await house.settle()

    assert [m.searchable for m in await house.messages(session)] == [False, False]
    assert await house.recalled("Where do I live?", careful) == []


async def test_an_answer_that_only_quotes_teaches_nothing_and_is_not_found(tmp_path: Path) -> None:
    model = ScriptedModel("parrot", ["You said figs."], only_quotes=True)
    extractor = ScriptedExtractor()
    async with a_house(tmp_path, model, extractor=extractor) as house:
        session = await house.session()
        await house.say(session, "I like figs.")
        await house.settle()

        [_, answer] = await house.messages(session)
        assert (answer.quoted, answer.searchable) == (True, False)
        assert [memory.content for memory in await house.memories()] == ["I like figs."]


async def test_regenerating_replaces_the_answer(tmp_path: Path) -> None:
    model = ScriptedModel("scripted", ["First."], ["Second."])
    async with a_house(tmp_path, model) as house:
        session = await house.session()
        await house.say(session, "Hello.")
        run = await house.chat.regenerate(house.ada, session)
        await run.wait()

        assert [m.content for m in await house.messages(session)] == ["Hello.", "Second."]
        assert "First." not in str(model.prompts[-1])
        assert not await house.index.ids(house.family.namespace) & {run.ids.message_id}


@pytest.mark.parametrize("mode", [PrivacyMode.NORMAL, INCOGNITO])
async def test_the_run_of_a_replaced_answer_does_not_tell_it_any_more(
    tmp_path: Path, mode: PrivacyMode
) -> None:
    model = ScriptedModel("scripted", ["First."], ["Second."])
    async with a_house(tmp_path, model) as house:
        session = await house.session(mode)
        old = await house.say(session, "Hello.")
        new = await house.chat.regenerate(house.ada, session)
        await new.wait()

        with pytest.raises(RunNotFound):
            house.runs.get(old.id, owner=house.ada.user_id)
        assert house.runs.get(new.id, owner=house.ada.user_id) is new
        assert new.state is RunState.COMPLETED


async def test_an_answer_that_cannot_be_replaced_stays(tmp_path: Path) -> None:
    model = ScriptedModel("scripted", ["First."], [ModelRefused()])
    async with a_house(tmp_path, model) as house:
        session = await house.session()
        old = await house.say(session, "Hello.")
        run = await house.chat.regenerate(house.ada, session)
        await run.wait()

        assert run.state is RunState.FAILED
        assert [m.content for m in await house.messages(session)] == ["Hello.", "First."]
        assert house.runs.get(old.id, owner=house.ada.user_id) is old


async def test_regenerating_is_never_less_private_than_the_question_was(house: House) -> None:
    session = await house.session()
    await house.say(session, "My secret is figs.", mode=PAUSED)

    run = await house.chat.regenerate(house.ada, session, mode=PrivacyMode.NORMAL)
    await run.wait()

    assert run.privacy.mode is PAUSED
    [_, answer] = await house.messages(session)
    assert (answer.privacy_mode, answer.learnable) == (PAUSED, False)


async def test_regenerating_more_privately_does_not_find_what_was_kept(house: House) -> None:
    session = await house.session()
    await house.say(session, "I live in Bergen.")

    with pytest.raises(NothingToRegenerate):
        await house.chat.regenerate(house.ada, session, mode=INCOGNITO)

    run = await house.say(session, "Go on.")
    assert run.state is RunState.COMPLETED, "the refusal left no lease behind"


async def test_an_incognito_answer_can_be_regenerated_and_is_still_not_kept(house: House) -> None:
    session = await house.session(INCOGNITO)
    await house.say(session, "My secret is figs.")
    run = await house.chat.regenerate(house.ada, session)
    await run.wait()

    assert len(await house.messages(session)) == 2
    assert (
        await house.database.read(lambda tx: tx.messages.recent(session, limit=9), by=house.ada)
        == []
    )


async def test_there_is_nothing_to_regenerate_in_an_empty_session(house: House) -> None:
    with pytest.raises(NothingToRegenerate):
        await house.chat.regenerate(house.ada, await house.session())


async def test_a_session_answers_one_message_at_a_time(tmp_path: Path) -> None:
    model = ScriptedModel("slow", ["Well, ", None])
    async with a_house(tmp_path, model) as house:
        session, other = await house.session(), await house.session()
        run = await house.chat.start_run(house.ada, session, "Hello.")
        await model.waiting.wait()

        with pytest.raises(RunInProgress):
            await house.chat.start_run(house.ada, session, "Hello?")
        with pytest.raises(RunInProgress):
            await house.chat.regenerate(house.ada, session)
        elsewhere = await house.chat.start_run(house.ada, other, "Hello.")

        for one in (run, elsewhere):
            one.cancel()
            await one.wait()
        assert len(await house.messages(session)) == 2


async def test_a_cancelled_answer_is_kept_as_far_as_it_came(tmp_path: Path) -> None:
    model = ScriptedModel("slow", ["Well, ", None])
    async with a_house(tmp_path, model) as house:
        session = await house.session()
        run = await house.chat.start_run(house.ada, session, "Hello.")
        await model.waiting.wait()
        run.cancel()

        assert (await types(run))[-1] == "run.cancelled"
        [_, answer] = await house.messages(session)
        assert (answer.content, answer.finish_reason) == ("Well, ", FinishReason.CANCELLED)
        assert model.closed == 1


async def test_a_broken_answer_is_kept_and_marked_and_the_session_is_free(tmp_path: Path) -> None:
    model = ScriptedModel("broken", ["Well, ", ModelInterrupted()], ["Noted."])
    async with a_house(tmp_path, model) as house:
        session = await house.session()
        run = await house.say(session, "Hello.")

        assert (await types(run))[-1] == "run.failed"
        [_, answer] = await house.messages(session)
        assert (answer.content, answer.finish_reason) == ("Well, ", FinishReason.ERROR)
        assert (await house.say(session, "Go on.")).state is RunState.COMPLETED


async def test_a_refused_question_is_kept_and_waits_for_its_answer(tmp_path: Path) -> None:
    model = ScriptedModel("moody", [ModelRefused()], ["Noted."])
    async with a_house(tmp_path, model) as house:
        session = await house.session()
        assert (await house.say(session, "Hello.")).state is RunState.FAILED
        assert [m.role for m in await house.messages(session)] == [Role.USER]

        run = await house.chat.regenerate(house.ada, session)
        await run.wait()

        assert [m.content for m in await house.messages(session)] == ["Hello.", "Noted."]


async def test_an_answer_whose_lease_was_taken_over_is_not_written(tmp_path: Path) -> None:
    until = asyncio.Event()
    model = ScriptedModel("slow", ["Well, ", until])
    async with a_house(tmp_path, model) as house:
        session = await house.session()
        run = await house.chat.start_run(house.ada, session, "Hello.")
        await model.waiting.wait()
        await house.database.write(lambda tx: tx.sessions.release_all_leases(), by=house.ada)
        until.set()
        await run.wait()

        assert run.state is RunState.CANCELLED
        assert [m.role for m in await house.messages(session)] == [Role.USER]


async def test_what_no_longer_fits_the_window_is_recalled_instead(house: House) -> None:
    session = await house.session()
    await house.say(session, "I live in Bergen.")
    for _ in range(3):
        await house.say(session, "plum " * 6_000)
    await house.settle()

    run = await house.say(session, "Where do I live?")

    assert run.result is not None
    assert "I live in Bergen." in [memory.content for memory in run.result.memories]
