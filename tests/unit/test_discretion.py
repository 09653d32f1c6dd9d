"""What a profile's memories may not hold is neither learnt, nor found again, nor told to an extractor."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, tzinfo

import pytest

from app.models.memory import Memory, MemoryKind, MemoryStatus
from app.models.message import Message, Role
from app.models.profile import Learning, Profile
from app.ports.extractor import Extracted
from app.services.appending import PastMessage
from tests.support.house import House
from tests.support.learner import a_learner, a_minute_ahead
from tests.support.scripted_extractor import ScriptedExtractor
from tests.unit.secret_sentences import FIXED, MENTIONED, MIXED, TOLD, TOLD_IF_MIXED

PERSONAL = "My sister Anna, anna@example.com, phone 22 12 34 56, likes figs."
SECRET = "The wifi password is Sesame77, and I like figs."


async def discreet(house: House, profile: Profile) -> Profile:
    return await house.profiles.update(house.ada, profile.id, changes={"redact_pii": True})


async def note(house: House, content: str) -> None:
    """A memory, written by hand."""
    await house.mem0.book.add(
        house.ada,
        house.family.id,
        kind=MemoryKind.FACT,
        content=content,
        importance=0.5,
        valid_from=None,
        valid_until=None,
    )


async def test_personal_data_are_learnt_unless_a_profile_says_otherwise(house: House) -> None:
    session = await house.session()
    await house.say(session, "Anna's address is anna@example.com.")
    await a_learner(house, ScriptedExtractor(), a_minute_ahead()).work_off_one()
    await house.mem0.indexer.catch_up()

    assert any("anna@example.com" in one.content for one in await house.memories())
    assert any("anna@example.com" in one for one in await house.recalled("Anna's address?"))


async def test_a_discreet_profile_learns_the_rest(house: House) -> None:
    await discreet(house, house.family)
    extractor = ScriptedExtractor()
    session = await house.session()
    await house.say(session, PERSONAL)
    await a_learner(house, extractor, a_minute_ahead()).work_off_one()
    await house.mem0.indexer.catch_up()

    [memory] = await house.memories()
    assert memory.content == "My sister Anna, [email], phone [phone], likes figs."
    assert "anna@example.com" not in str(extractor.calls)
    assert "22 12 34 56" not in str(extractor.calls)
    assert await house.recalled("What does Anna like?") == [memory.content]


async def test_a_message_with_personal_data_stays_where_it_was_said(house: House) -> None:
    await discreet(house, house.family)
    session = await house.session()
    await house.say(session, PERSONAL)

    [question, _] = await house.messages(session)

    assert question.content == PERSONAL
    assert question.learnable
    assert not question.searchable


async def test_what_is_withheld_is_learnt_as_the_profile_learns(house: House) -> None:
    await discreet(house, house.family)
    await house.say(await house.session(), PERSONAL)
    await a_learner(house, ScriptedExtractor(), a_minute_ahead()).work_off_one()
    assert [one.status for one in await house.memories()] == [MemoryStatus.ACTIVE]


async def test_what_was_said_where_memories_are_reviewed_still_is(house: House) -> None:
    await discreet(house, house.family)
    await house.profiles.update(house.ada, house.family.id, changes={"learning": Learning.ASK})
    await house.say(await house.session(), PERSONAL)
    await house.profiles.update(house.ada, house.family.id, changes={"learning": Learning.AUTO})
    await a_learner(house, ScriptedExtractor(), a_minute_ahead()).work_off_one()
    assert [one.status for one in await house.memories()] == [MemoryStatus.PENDING]


async def test_an_extractor_is_not_told_them_by_what_is_known(house: House) -> None:
    await discreet(house, house.family)
    await note(house, "Anna's address is anna@example.com.")
    extractor = _Curious()
    await house.say(await house.session(), "I like figs.")
    await a_learner(house, extractor, a_minute_ahead()).work_off_one()

    assert extractor.known == ["Anna's address is [email]."]
    assert "Anna's address is anna@example.com." in [m.content for m in await house.memories()]


async def test_a_secret_is_never_learnt_nor_found_again(house: House) -> None:
    extractor = ScriptedExtractor()
    session = await house.session()
    await house.say(session, SECRET)
    await house.say(session, "I like figs.")
    await a_learner(house, extractor, a_minute_ahead()).work_off_one()
    await house.mem0.indexer.catch_up()

    assert [memory.content for memory in await house.memories()] == ["I like figs."]
    assert "Sesame77" not in str(extractor.calls)
    assert not any("Sesame77" in one for one in await house.recalled("What is the wifi password?"))
    assert SECRET in [message.content for message in await house.messages(session)]


async def test_an_extractor_that_finds_a_secret_is_not_believed(house: House) -> None:
    await house.say(await house.session(), "I like figs.")
    learner = a_learner(house, _Inventive(), a_minute_ahead())
    await learner.work_off_one()

    assert await house.memories() == []


async def test_a_memory_written_by_hand_is_as_it_was_written(house: House) -> None:
    await discreet(house, house.family)
    await note(house, SECRET)
    await house.mem0.indexer.catch_up()

    assert await house.recalled("What is the wifi password?") == [SECRET]


@pytest.mark.parametrize("sentences", [TOLD, TOLD_IF_MIXED], ids=["told", "told if mixed"])
async def test_however_a_secret_is_told_it_becomes_neither_memory_nor_episode(
    house: House, sentences: Sequence[str]
) -> None:
    said = {
        one.format(f"{MIXED}{number}"): f"{MIXED}{number}" for number, one in enumerate(sentences)
    }
    for sentence in (*said, *FIXED):
        past = PastMessage(role=Role.USER, content=sentence, name=None, created_at=None)
        await house.sessions.append(house.ada, await house.session(), [past])
    await house.settle()

    memories = [one.content for one in await house.memories()]
    secrets = [*said.values(), *FIXED.values()]
    assert [one for one in memories if any(secret in one for secret in secrets)] == []
    asked = {**said, **FIXED}.items()
    found = {one: await house.recalled(f"{one} password") for one, _ in asked}
    assert [one for one, secret in asked if any(secret in text for text in found[one])] == []


async def test_what_only_speaks_of_secrets_is_found(house: House) -> None:
    for sentence in MENTIONED:
        past = PastMessage(role=Role.USER, content=sentence, name=None, created_at=None)
        await house.sessions.append(house.ada, await house.session(), [past])
    await house.settle()
    sessions = await house.sessions.page(
        house.ada, profile_id=None, words=(), after=None, limit=200
    )

    messages = [one for view in sessions.items for one in await house.messages(view.session.id)]
    assert [one.content for one in messages if not one.searchable] == []


class _Curious(ScriptedExtractor):
    """Keeps what it is told to be known."""

    known: list[str]

    async def extract(
        self,
        new: Sequence[Message],
        *,
        context: Sequence[Message],
        known: Sequence[Memory],
        zone: tzinfo = UTC,
    ) -> Sequence[Extracted]:
        self.known = [memory.content for memory in known]
        return await super().extract(new, context=context, known=known, zone=zone)


class _Inventive(ScriptedExtractor):
    """Answers with something that nobody said."""

    async def extract(
        self,
        new: Sequence[Message],
        *,
        context: Sequence[Message],
        known: Sequence[Memory],
        zone: tzinfo = UTC,
    ) -> Sequence[Extracted]:
        found = await super().extract(new, context=context, known=known, zone=zone)
        return [replace(one, content="User's PIN is 4821.") for one in found]
