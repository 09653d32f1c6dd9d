"""Sessions that recall from several profiles, and learn into their own."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from app.core.errors import IndexUnavailable, ProfileNotFound
from app.core.privacy import PrivacyMode
from app.models.clock import utc_now
from app.models.ids import ProfileId, SessionId, new_id
from app.models.memory import Memory, MemoryKind
from app.models.message import Message
from app.models.profile import Learning, Profile
from app.ports.embedder import Vectors
from app.services.recalling import Recaller
from app.services.runs import Run
from app.services.shared_embedding import SharedEmbedder
from tests.support.house import House, a_house
from tests.support.scripted_model import ScriptedModel
from tests.support.word_embedder import WordEmbedder

ASKED = "Who keeps bees and goats?"
BEES, GOATS = "Ada keeps bees.", "Ada keeps goats."


@pytest.fixture
async def work(house: House) -> Profile:
    return await house.profile("Work")


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


def used(run: Run) -> list[str]:
    assert run.result is not None
    return [one.content for one in run.result.memories]


async def answer_of(house: House, session: SessionId) -> Message:
    return (await house.messages(session))[-1]


async def test_a_session_recalls_from_each_profile_that_it_reads(
    house: House, work: Profile
) -> None:
    bees = await noted(house, BEES, house.family)
    goats = await noted(house, GOATS, work)
    other = await house.profile("Other")
    await noted(house, "Ada keeps bees and goats and cats.", other)

    run = await house.say(await house.session(reads=[work]), ASKED)

    assert run.result is not None
    found = {one.id: one.profile_id for one in run.result.memories}
    assert found == {bees.id: house.family.id, goats.id: work.id}
    [told] = [event async for batch in run.follow() for event in batch if event.id == 2]
    assert {one["memory_profile_id"] for one in told.fields["memories"]} == {  # type: ignore[attr-defined]
        house.family.id,
        work.id,
    }


async def test_what_several_profiles_found_comes_best_first_and_once(
    house: House, work: Profile
) -> None:
    await noted(house, BEES, house.family)
    await noted(house, "Ada keeps bees and goats.", work)
    await house.mem0.book.copy(house.ada, house.family.id, target=work.id, name=None)
    await house.mem0.indexer.catch_up()

    run = await house.say(await house.session(reads=[work]), ASKED)

    assert run.result is not None
    scores = [one.score for one in run.result.memories]
    assert scores == sorted(scores, reverse=True)
    assert sorted(used(run)) == ["Ada keeps bees and goats.", BEES], "the copy says nothing new"


async def test_a_profile_that_has_nothing_to_say_adds_nothing(house: House, work: Profile) -> None:
    await noted(house, "The printer is on the second floor.", work)
    await noted(house, BEES, house.family)

    run = await house.say(await house.session(reads=[work]), "Who keeps bees?")

    assert used(run) == [BEES]


async def test_an_answer_that_read_another_profile_is_neither_learnt_nor_found(
    tmp_path: Path,
) -> None:
    model = ScriptedModel("repeats", ["Goats, you keep goats."], ["Indeed."])
    async with a_house(tmp_path, model) as house:
        work = await house.profile("Work")
        await noted(house, GOATS, work)
        session = await house.session(reads=[work])

        await house.say(session, "Who keeps goats?")
        answer = await answer_of(house, session)
        await house.say(session, "I like plums.")
        later = await answer_of(house, session)
        await house.settle()

        assert (answer.learnable, answer.searchable) == (False, False)
        assert not later.learnable, "it was shown the answer before it"
        assert answer.id not in await house.index.ids(house.family.namespace)
        assert [one.content for one in await house.memories()] == ["User likes plums."]
        assert await house.recalled("Who keeps goats?") == []


async def test_an_answer_that_was_shown_what_was_said_on_another_profile_is_not_learnt(
    house: House, work: Profile
) -> None:
    await house.say(await house.session(profile=work), "The goats of the office ran away.")
    await house.settle()
    assert await house.memories(work) == []
    session = await house.session(reads=[work])

    run = await house.say(session, "Which goats of the office ran away?")

    assert used(run) == ["The goats of the office ran away."]
    assert not (await answer_of(house, session)).learnable


async def test_an_answer_that_read_nothing_of_the_other_profile_is_learnt_from(
    house: House, work: Profile
) -> None:
    await noted(house, BEES, house.family)
    session = await house.session(reads=[work])

    await house.say(session, "Who keeps bees?")

    assert (await answer_of(house, session)).learnable


async def test_an_answer_written_anew_reads_the_same_profiles(house: House, work: Profile) -> None:
    await noted(house, GOATS, work)
    session = await house.session(reads=[work])
    await house.say(session, "Who keeps goats?")

    run = await house.chat.regenerate(house.ada, session)
    await run.wait()

    assert used(run) == [GOATS]
    assert not (await answer_of(house, session)).learnable
    [_, view] = (await house.sessions.messages(house.ada, session, before=None, limit=9)).items
    assert [one.profile_id for one in view.memories_used] == [work.id]


async def test_what_an_answer_read_is_told_after_it_moved_or_is_read_no_more(
    house: House, work: Profile
) -> None:
    goats = await noted(house, GOATS, work)
    session = await house.session(reads=[work])
    await house.say(session, "Who keeps goats?")

    await house.sessions.update(house.ada, session, changes={"reads": []})
    await house.mem0.moving.move(house.ada, work.id, [goats.id], to=house.family.id)

    [_, view] = (await house.sessions.messages(house.ada, session, before=None, limit=9)).items
    assert [(one.id, one.profile_id) for one in view.memories_used] == [(goats.id, house.family.id)]


async def test_what_was_read_elsewhere_and_moved_here_meanwhile_is_not_learnt(
    tmp_path: Path,
) -> None:
    model = ScriptedModel("slow", ["Goats, ", None])
    async with a_house(tmp_path, model) as house:
        work = await house.profile("Work")
        goats = await noted(house, GOATS, work)
        session = await house.session(reads=[work])
        run = await house.chat.start_run(house.ada, session, "Who keeps goats?")
        await model.waiting.wait()

        await house.mem0.moving.move(house.ada, work.id, [goats.id], to=house.family.id)
        run.cancel()
        await run.wait()

        assert not (await answer_of(house, session)).learnable


async def test_what_was_read_here_and_moved_away_meanwhile_is_not_learnt(tmp_path: Path) -> None:
    model = ScriptedModel("slow", ["Goats, ", None])
    async with a_house(tmp_path, model) as house:
        work = await house.profile("Work")
        goats = await noted(house, GOATS, house.family)
        session = await house.session()
        run = await house.chat.start_run(house.ada, session, "Who keeps goats?")
        await model.waiting.wait()

        await house.mem0.moving.move(house.ada, house.family.id, [goats.id], to=work.id)
        run.cancel()
        await run.wait()

        assert not (await answer_of(house, session)).learnable


@pytest.mark.parametrize(
    ("mode", "found"),
    [(PrivacyMode.PAUSE_MEMORIES, [GOATS]), (PrivacyMode.INCOGNITO, [])],
)
async def test_a_paused_session_reads_and_an_incognito_one_reads_nothing(
    house: House, work: Profile, mode: PrivacyMode, found: list[str]
) -> None:
    await noted(house, GOATS, work)

    run = await house.say(await house.session(mode, reads=[work]), "Who keeps goats?")

    assert used(run) == found


async def test_a_profile_that_does_not_learn_can_be_read(house: House) -> None:
    diary = await house.profile("Diary", Learning.OFF)
    await noted(house, GOATS, diary)

    run = await house.say(await house.session(reads=[diary]), "Who keeps goats?")

    assert used(run) == [GOATS]


async def test_its_own_profile_and_the_same_one_twice_change_nothing(
    house: House, work: Profile
) -> None:
    session = await house.session(reads=[work, house.family, work])
    assert (await house.sessions.get(house.ada, session)).session.reads == (work.id,)

    other = await house.profile("Other")
    view = await house.sessions.update(
        house.ada, session, changes={"reads": [other.id, work.id, house.family.id, other.id]}
    )
    assert view.session.reads == tuple(sorted((work.id, other.id)))

    view = await house.sessions.update(house.ada, session, changes={"title": "Both"})
    assert len(view.session.reads) == 2, "what is not named stays"


async def test_an_unknown_profile_leaves_all_as_it_was(house: House, work: Profile) -> None:
    session = await house.session(reads=[work])
    unknown = [work.id, ProfileId(new_id())]

    with pytest.raises(ProfileNotFound):
        await house.sessions.update(
            house.ada, session, changes={"reads": unknown, "title": "Never"}
        )
    with pytest.raises(ProfileNotFound):
        await house.sessions.create(
            house.ada, profile_id=None, mode=PrivacyMode.NORMAL, title=None, reads=unknown
        )

    page = await house.sessions.page(house.ada, profile_id=None, words=(), after=None, limit=10)
    [left] = page.items
    assert (left.session.reads, left.title) == ((work.id,), None)


async def test_a_forgotten_profile_is_read_by_nobody_and_told_by_nothing(
    house: House, work: Profile
) -> None:
    await noted(house, GOATS, work)
    session = await house.session(reads=[work])
    run = await house.say(session, "Who keeps goats?")
    assert used(run) == [GOATS]

    receipt = await house.mem0.forgetting.profile(house.ada, work.id)

    assert receipt.deleted["chat_session_reads"] == 1
    assert (await house.sessions.get(house.ada, session)).session.reads == ()
    assert used(run) == [], "nor do events that are still kept tell of it"
    assert used(await house.say(session, "Who keeps goats?")) == []


async def test_a_forgotten_session_leaves_no_reads(house: House, work: Profile) -> None:
    session = await house.session(reads=[work])

    await house.mem0.forgetting.session(house.ada, session)

    rows = dict(
        await house.database.read(
            lambda tx: tx.users.owned_row_counts(house.ada.user_id), by=house.ada
        )
    )
    assert rows["chat_session_reads"] == 0


async def test_a_memory_that_moved_is_found_once_before_the_index_knows(
    house: House, work: Profile
) -> None:
    goats = await noted(house, GOATS, house.family)
    await house.mem0.moving.move(house.ada, house.family.id, [goats.id], to=work.id)
    assert used(await house.say(await house.session(), "Who keeps goats?")) == []

    await house.mem0.indexer.catch_up(work.namespace)
    assert goats.id in await house.index.ids(house.family.namespace), "the old point is still there"
    run = await house.say(await house.session(reads=[work]), "Who keeps goats?")

    assert used(run) == [GOATS]


class Counting(WordEmbedder):
    """Counts how often it is asked."""

    def __init__(self, *, fails: bool = False) -> None:
        self.asked = 0
        self._fails = fails

    async def embed(self, texts: Sequence[str]) -> Vectors:
        self.asked += 1
        if self._fails:
            raise IndexUnavailable
        return await super().embed(texts)


@pytest.mark.parametrize("fails", [False, True])
async def test_a_question_is_embedded_once_however_many_profiles_are_read(
    house: House, *, fails: bool
) -> None:
    profiles = [await house.profile(f"p{number}") for number in range(8)]
    embedder = Counting(fails=fails)
    recaller = Recaller(
        house.database,
        index=house.index,
        embedder=SharedEmbedder(embedder),
        indexer=house.mem0.indexer,
        top_k=5,
        candidates=50,
        deadline_s=2,
        clock=utc_now,
    )

    found = await recaller.recall(house.family, ASKED, by=house.ada, shown=None, further=profiles)

    assert embedder.asked == 1
    assert found.unavailable is fails
