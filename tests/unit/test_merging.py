"""Two profiles that become one: all of it, and nothing of it more exposed than it was."""

from pathlib import Path

import pytest

from app.core.errors import InvalidInput, ProfileNotFound, RunInProgress
from app.core.privacy import PrivacyMode
from app.models.ids import ProfileId, SessionId, new_id
from app.models.job import JobState
from app.models.memory import Memory, MemoryKind, MemoryStatus
from app.models.message import Message
from app.models.profile import Learning, Profile
from app.services.merging import Merged
from tests.support.house import House, a_house
from tests.support.learner import a_minute_ahead, job_of
from tests.support.reading import Reader
from tests.support.scripted_model import ScriptedModel

TOLD = "I live in Bergen."
ASKED = "Where do I live?"


@pytest.fixture
async def work(house: House) -> Profile:
    return await house.profile("Work")


async def told(house: House, text: str, profile: Profile) -> Message:
    """A message, learnt from as far as it may be, and indexed."""
    session = await house.session(profile=profile)
    await house.say(session, text)
    await house.settle()
    return (await house.messages(session))[0]


async def noted(house: House, content: str, profile: Profile) -> Memory:
    memory = await house.mem0.book.add(
        house.ada,
        profile.id,
        kind=MemoryKind.FACT,
        content=content,
        importance=0.5,
        valid_from=None,
        valid_until=None,
    )
    await house.mem0.indexer.catch_up()
    return memory


async def merge(house: House, source: Profile, *, into: Profile | None = None) -> Merged:
    merged = await house.mem0.merging.merge(house.ada, (into or house.family).id, source=source.id)
    await house.mem0.indexer.catch_up()
    return merged


async def profiles(house: House) -> dict[str, bool]:
    """The names of all profiles, and whether each is the default."""
    page = await house.profiles.page(house.ada, after=None, limit=10)
    return {one.name: one.is_default for one in page.items}


async def test_everything_of_a_profile_belongs_to_the_other_one(
    house: House, work: Profile
) -> None:
    message = await told(house, TOLD, work)
    paused = await house.session(PrivacyMode.PAUSE_MEMORIES, profile=work)
    await house.say(paused, "I like figs.")
    [before] = await house.memories(work)
    history = await house.mem0.book.history(house.ada, before.id)

    merged = await merge(house, work)

    assert (merged.moved.memories, merged.moved.sessions, merged.moved.messages) == (1, 2, 4)
    assert (merged.merged, merged.superseded) == ([], [])
    assert await profiles(house) == {"Family": True}
    [after] = await house.memories()
    assert (after.id, after.source_message_ids) == (before.id, (message.id,))
    assert await house.mem0.book.history(house.ada, before.id) == history
    for session, mode in ((message.session_id, "normal"), (paused, "pause_memories")):
        view = await house.sessions.get(house.ada, session)
        assert (view.session.profile_id, view.session.privacy_mode) == (house.family.id, mode)
    assert {one.profile_id for one in await house.messages(paused)} == {house.family.id}
    assert TOLD in await house.recalled(ASKED)


async def test_the_index_holds_what_sql_says_and_nothing_of_the_old_profile(
    house: House, work: Profile
) -> None:
    await told(house, TOLD, work)
    await told(house, "I like figs.", house.family)

    await merge(house, work)

    assert await house.index.ids(work.namespace) == set()
    assert await house.mem0.indexer.reconcile() == 0
    assert len(await house.index.ids(house.family.namespace)) == 6


async def test_the_default_is_carried_over(house: House, work: Profile) -> None:
    await told(house, TOLD, house.family)

    merged = await merge(house, house.family, into=work)

    assert merged.profile.is_default
    assert await profiles(house) == {"Work": True}
    assert TOLD in await house.recalled(ASKED, work)


async def test_what_says_the_same_becomes_one_with_the_sources_of_both(
    house: House, work: Profile
) -> None:
    here = await told(house, "I like figs.", house.family)
    there = await told(house, "I like figs.", work)
    [stays], [goes] = await house.memories(), await house.memories(work)

    merged = await merge(house, work)

    assert list(merged.merged) == [goes.id]
    [left] = await house.memories()
    assert left.id == stays.id
    assert set(left.source_message_ids) == {here.id, there.id}
    assert goes.id not in await house.index.ids(house.family.namespace)


async def test_other_words_for_the_same_are_the_same(house: House, work: Profile) -> None:
    await noted(house, "User likes tea, milk and coffee.", house.family)
    await noted(house, "User enjoys coffee, tea and milk.", work)
    await noted(house, "User dislikes coffee, tea and milk.", work)

    merged = await merge(house, work)

    assert len(merged.merged) == 1
    assert len(await house.memories()) == 2


async def test_of_what_can_hold_only_once_what_was_said_last_holds(
    house: House, work: Profile
) -> None:
    await told(house, "I live in Oslo.", house.family)
    await told(house, TOLD, work)
    [oslo], [bergen] = await house.memories(), await house.memories(work)

    merged = await merge(house, work)

    assert list(merged.superseded) == [oslo.id]
    ended = await house.mem0.book.get(house.ada, oslo.id)
    assert (ended.status, ended.superseded_by) == (MemoryStatus.SUPERSEDED, bergen.id)
    assert ended.valid_until == bergen.said_at
    assert oslo.content not in await house.recalled(ASKED)
    versions = await house.mem0.book.history(house.ada, oslo.id)
    assert [one.change for one in versions] == ["added", "superseded"]


async def test_what_arrives_and_was_said_earlier_holds_no_longer(
    house: House, work: Profile
) -> None:
    await told(house, "I live in Oslo.", work)
    await told(house, TOLD, house.family)

    await merge(house, work)

    [bergen] = [one for one in await house.memories() if one.status is MemoryStatus.ACTIVE]
    assert "Bergen" in bergen.content


async def test_an_answer_that_was_shown_a_twin_is_unlearnt_with_the_memory_that_stayed(
    house: House, work: Profile
) -> None:
    stays = await noted(house, "Ada keeps bees.", house.family)
    await noted(house, "Ada keeps bees.", work)
    session = await house.session(profile=work)
    run = await house.say(session, "Who keeps bees?")
    await merge(house, work)
    answer = (await house.messages(session))[1]
    assert answer.learnable
    assert [use.id for use in answer.memories_used] == [stays.id]
    assert run.result is not None
    assert run.result.memories == [], "under its old name nothing could be forgotten"

    await house.mem0.forgetting.memory(house.ada, stays.id)

    assert not (await house.messages(session))[1].learnable
    assert await house.memories() == []


async def test_words_said_under_a_stricter_setting_stay_as_they_were_stamped(
    house: House,
) -> None:
    diary = await house.profile("Diary", Learning.OFF)
    message = await told(house, TOLD, diary)

    await merge(house, diary)
    await house.settle()

    kept = await house.messages(message.session_id)
    assert not any(one.learnable or one.searchable for one in kept)
    assert await house.memories() == []
    assert await house.recalled(ASKED) == []
    await house.say(message.session_id, "I like figs.")
    await house.settle()
    assert [one.content for one in await house.memories()] == ["User likes figs."]


async def test_what_was_said_where_memories_are_reviewed_waits_for_review(house: House) -> None:
    asks = await house.profile("Asks", Learning.ASK)
    session = await house.session(profile=asks)
    await house.say(session, TOLD)

    await merge(house, asks)
    await house.settle()

    assert [one.status for one in await house.memories()] == [MemoryStatus.PENDING]
    assert await house.recalled(ASKED) == []


async def test_nothing_is_merged_while_an_answer_is_written_on_either(tmp_path: Path) -> None:
    go_on = ScriptedModel("slow", ["Well, ", None])
    async with a_house(tmp_path, go_on) as house:
        work = await house.profile("Work")
        for profile in (house.family, work):
            go_on.waiting.clear()
            run = await house.chat.start_run(house.ada, await house.session(profile=profile), TOLD)
            await go_on.waiting.wait()

            with pytest.raises(RunInProgress):
                await house.mem0.merging.merge(house.ada, house.family.id, source=work.id)

            run.cancel()
            await run.wait()
        assert await profiles(house) == {"Family": True, "Work": False}
        await merge(house, work)


async def test_nonsense_changes_nothing(house: House, work: Profile) -> None:
    await told(house, TOLD, work)

    with pytest.raises(InvalidInput):
        await merge(house, work, into=work)
    with pytest.raises(ProfileNotFound):
        await house.mem0.merging.merge(house.ada, work.id, source=ProfileId(new_id()))
    with pytest.raises(ProfileNotFound):
        await house.mem0.merging.merge(house.ada, ProfileId(new_id()), source=work.id)

    assert len(await house.memories(work)) == 1


async def test_an_incognito_conversation_goes_on(house: House, work: Profile) -> None:
    session = await house.session(PrivacyMode.INCOGNITO, profile=work)
    await house.say(session, "A secret.")

    await merge(house, work)
    await house.say(session, "Another one.")

    assert [one.content for one in await house.messages(session)] == [
        "A secret.",
        "Noted.",
        "Another one.",
        "Noted.",
    ]
    assert house.incognito.message_count(session) == 4
    await house.settle()
    assert await house.memories() == []


@pytest.mark.parametrize("where", ["Work", "Family"])
async def test_a_job_under_way_writes_nothing_and_is_done_once_where_all_is_now(
    house: House, work: Profile, where: str
) -> None:
    read = work if where == "Work" else house.family
    other = house.family if where == "Work" else work
    waiting = await house.session(profile=other)
    run = await house.say(await house.session(profile=read), "Plums taste good.")
    reader = Reader(house, a_minute_ahead())

    async with reader.reading():
        await house.say(waiting, "Figs taste good.")
        await merge(house, work)

    assert await house.memories() == []
    while await reader.learner.work_off_one():
        pass
    assert sorted(one.content for one in await house.memories()) == [
        "Figs taste good.",
        "Plums taste good.",
    ]
    job = (await reader.learner.outcome(house.ada, job_of(run))).job
    assert (job.state, job.profile_id, job.attempts) == (JobState.DONE, house.family.id, 1)


async def reads(house: House, session: SessionId) -> tuple[ProfileId, ...]:
    return (await house.sessions.get(house.ada, session)).session.reads


async def test_who_read_the_one_reads_the_other_once_and_nobody_itself(
    house: House, work: Profile
) -> None:
    third = await house.profile("Third")
    of_family = await house.session(reads=[work, third])
    of_work = await house.session(profile=work, reads=[house.family])
    of_third = await house.session(profile=third, reads=[work])
    of_both = await house.session(profile=third, reads=[work, house.family])

    await merge(house, work)

    assert await reads(house, of_family) == (third.id,)
    assert await reads(house, of_work) == ()
    assert await reads(house, of_third) == (house.family.id,)
    assert await reads(house, of_both) == (house.family.id,)


async def test_names_of_speakers_are_known_to_the_profile_that_goes_on(
    house: House, work: Profile
) -> None:
    await house.database.write(lambda tx: tx.profiles.add_speakers(work.id, ["Anna"]), by=house.ada)
    await house.database.write(
        lambda tx: tx.profiles.add_speakers(house.family.id, ["Ben"]), by=house.ada
    )

    merged = await merge(house, work)

    assert merged.profile.speakers == ("Ben", "Anna")


async def test_forgetting_finds_all_of_it_after_a_merge(house: House, work: Profile) -> None:
    message = await told(house, "I like figs.", work)
    await told(house, "I like figs.", house.family)
    await merge(house, work)
    [memory] = await house.memories()

    await house.mem0.forgetting.memory(house.ada, memory.id)

    assert not (await house.messages(message.session_id))[0].learnable
    assert await house.recalled("What do I like?") == []
    assert await house.index.ids(house.family.namespace) == set()
