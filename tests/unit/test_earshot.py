"""A secret that is told in one message is known as one in the messages around it."""

from collections.abc import Sequence

import pytest

from app.models.ids import SessionId
from app.models.message import Role
from app.models.profile import Learning
from app.services.appending import PastMessage
from app.services.earshot import EARSHOT, conversation
from tests.support.house import House
from tests.support.learner import a_learner, a_minute_ahead
from tests.support.scripted_extractor import ScriptedExtractor

SECRET = "Sesame-figs"
"""Nothing in it tells that it is one."""


async def told(house: House, *said: tuple[Role, str]) -> tuple[SessionId, ScriptedExtractor]:
    """A session with these messages in it, which were learnt from."""
    session = await house.session()
    await house.sessions.append(house.ada, session, [past(role, text) for role, text in said])
    return session, await learnt(house)


def past(role: Role, text: str) -> PastMessage:
    return PastMessage(role=role, content=text, name=None, created_at=None)


async def learnt(house: House) -> ScriptedExtractor:
    extractor = ScriptedExtractor()
    learner = a_learner(house, extractor, a_minute_ahead())
    while await learner.work_off_one():
        pass
    await house.mem0.indexer.catch_up()
    return extractor


async def assert_unknown(house: House, extractor: ScriptedExtractor) -> None:
    assert extractor.calls
    assert SECRET not in str(extractor.calls)
    assert not any(SECRET in one.content for one in await house.memories())
    assert not any(SECRET in one for one in await house.recalled(f"{SECRET} mind figs"))


CONVERSATIONS: Sequence[Sequence[tuple[Role, str]]] = (
    (
        (Role.USER, f"My password is {SECRET}"),
        (Role.ASSISTANT, f"Noted, I will keep {SECRET} in mind."),
    ),
    (
        (Role.USER, f"I always say {SECRET} to my cat."),
        (Role.USER, "I like figs."),
        (Role.USER, f"By the way, my wifi password is {SECRET.upper()}."),
    ),
    ((Role.ASSISTANT, "What is your password?"), (Role.USER, SECRET)),
    ((Role.ASSISTANT, "What is your password?"), (Role.USER, f"{SECRET} it is")),
    (
        (Role.ASSISTANT, "Wie lautet dein Passwort?"),
        (Role.USER, SECRET),
        (Role.ASSISTANT, f"Thank you. I noted {SECRET}."),
    ),
    ((Role.USER, "What is my wifi password?"), (Role.ASSISTANT, f"It is {SECRET}.")),
)


@pytest.mark.parametrize("said", CONVERSATIONS)
async def test_appended_messages_are_heard_together(
    house: House, said: Sequence[tuple[Role, str]]
) -> None:
    _, extractor = await told(house, *said)

    await assert_unknown(house, extractor)


@pytest.mark.parametrize("said", CONVERSATIONS)
async def test_so_are_those_that_are_appended_one_by_one(
    house: House, said: Sequence[tuple[Role, str]]
) -> None:
    session = await house.session()
    for role, text in said:
        await house.sessions.append(house.ada, session, [past(role, text)])
    extractor = await learnt(house)

    await assert_unknown(house, extractor)


async def test_what_was_said_before_is_not_found_any_more(house: House) -> None:
    session = await house.session()
    await house.say(session, f"I always say {SECRET} to my cat.")
    await house.mem0.indexer.catch_up()
    assert any(SECRET in one for one in await house.recalled(f"I always say {SECRET} to my cat"))

    await house.say(session, f"{SECRET} is my password.")
    await house.mem0.indexer.catch_up()

    assert not any(
        SECRET in one for one in await house.recalled(f"I always say {SECRET} to my cat")
    )


async def test_a_live_answer_to_a_question_is_withheld(house: House) -> None:
    session = await house.session()
    await house.sessions.append(
        house.ada, session, [past(Role.ASSISTANT, "What is your wifi password?")]
    )
    await house.say(session, SECRET)
    extractor = await learnt(house)

    await assert_unknown(house, extractor)
    messages = await house.messages(session)
    assert [one.withheld for one in messages if one.content == SECRET] == [True]


async def test_what_may_not_be_learnt_from_still_tells_what_is_secret(house: House) -> None:
    session = await house.session()
    await house.say(session, f"My password is {SECRET}")
    await learnt(house)
    await house.say(session, f"Remember {SECRET} for me.")
    extractor = await learnt(house)

    await assert_unknown(house, extractor)


async def test_an_approved_memory_does_not_make_a_secret_found(house: House) -> None:
    await house.profiles.update(house.ada, house.family.id, changes={"learning": Learning.ASK})
    session = await house.session()
    await house.say(session, f"My password is {SECRET}.")
    await house.say(session, f"I love figs and {SECRET}.")
    extractor = await learnt(house)
    await house.profiles.update(house.ada, house.family.id, changes={"learning": Learning.AUTO})
    for memory in await house.memories():
        await house.mem0.review.reject(house.ada, memory.id)
        await house.mem0.review.approve(house.ada, memory.id)
    await house.mem0.indexer.catch_up()

    await assert_unknown(house, extractor)


def test_other_messages_are_as_they_were() -> None:
    said = ["I like figs.", "My password is too weak.", "So do I.", "Yes, and I moved to Bergen."]
    talk = conversation(said)

    assert [talk.covered(position, redact=False) for position in range(len(said))] == said


def test_a_secret_is_known_as_far_as_it_is_heard() -> None:
    said = [f"My password is {SECRET}", *["I like tea."] * (EARSHOT - 1), SECRET, SECRET]
    talk = conversation(said)

    assert talk.covered(EARSHOT, redact=False) == "[secret]"
    assert talk.covered(EARSHOT + 1, redact=False) == SECRET
