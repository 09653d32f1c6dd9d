from collections.abc import Sequence
from datetime import timedelta

import pytest

from app.core.errors import ProfileNotFound, RunInProgress, SessionNotFound
from app.core.privacy import PrivacyMode
from app.models.clock import utc_now
from app.models.ids import ProfileId, SessionId, new_id
from app.models.message import Message, Role
from app.models.page import PageKey
from app.services.appending import PastMessage
from app.services.runs import RunIds
from tests.support.house import House

INCOGNITO = PrivacyMode.INCOGNITO


def some_past(*texts: str, role: Role = Role.USER, name: str | None = None) -> list[PastMessage]:
    return [PastMessage(role=role, content=text, name=name, created_at=None) for text in texts]


async def all_pages(house: House, session: SessionId, *, limit: int) -> list[str]:
    """Every message, put together page by page from the newest."""
    told: list[str] = []
    before: PageKey | None = None
    while True:
        page = await house.sessions.messages(house.ada, session, before=before, limit=limit)
        told = [*(view.message.content for view in page.items), *told]
        before = page.next_key
        if before is None:
            return told


def contents(messages: Sequence[Message]) -> list[str]:
    return [message.content for message in messages]


async def test_a_session_takes_its_title_from_its_first_message(house: House) -> None:
    session = await house.session()
    await house.say(session, "I live in Bergen.")
    await house.say(session, "I like figs.")

    view = await house.sessions.get(house.ada, session)

    assert (view.title, view.message_count) == ("I live in Bergen.", 4)


async def test_a_title_of_ones_own_stays(house: House) -> None:
    session = await house.session()
    await house.sessions.update(house.ada, session, changes={"title": "Mine"})
    await house.say(session, "I live in Bergen.")

    assert (await house.sessions.get(house.ada, session)).title == "Mine"


async def test_an_incognito_title_is_shown_and_never_in_the_database(house: House) -> None:
    view = await house.sessions.create(house.ada, profile_id=None, mode=INCOGNITO, title="Secret")
    assert view.title == "Secret"
    await house.sessions.update(house.ada, view.session.id, changes={"title": "Top secret"})
    await house.say(view.session.id, "My secret is figs.")

    shown = await house.sessions.get(house.ada, view.session.id)

    assert (shown.title, shown.message_count) == ("Top secret", 2)
    assert (shown.session.title, shown.session.message_count) == (None, 0)


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
async def test_kept_and_unkept_messages_page_as_one_list(house: House, limit: int) -> None:
    session = await house.session()
    await house.sessions.append(house.ada, session, some_past("a", "b", "c"))
    await house.sessions.update(house.ada, session, changes={"privacy_mode": INCOGNITO})
    await house.sessions.append(house.ada, session, some_past("d", "e"))

    assert await all_pages(house, session, limit=limit) == ["a", "b", "c", "d", "e"]

    await house.sessions.update(house.ada, session, changes={"privacy_mode": PrivacyMode.NORMAL})
    assert await all_pages(house, session, limit=limit) == ["a", "b", "c"]


async def test_a_change_of_anything_but_the_mode_ends_nothing(house: House) -> None:
    session = await house.session(INCOGNITO)
    await house.say(session, "My secret is figs.")

    await house.sessions.update(house.ada, session, changes={"privacy_mode": INCOGNITO})
    await house.sessions.update(house.ada, session, changes={"title": "Mine"})

    assert len(await house.messages(session)) == 2


async def test_past_messages_are_found_and_their_speakers_known(house: House) -> None:
    session = await house.session()
    await house.sessions.append(house.ada, session, some_past("I live in Bergen.", name="Anna"))
    await house.mem0.indexer.catch_up()

    assert await house.recalled("Where does Anna live?") == ["I live in Bergen."]
    assert (await house.profiles.get(house.ada, house.family.id)).speakers == ("Anna",)


@pytest.mark.parametrize(
    ("mode", "learnable", "kept"),
    [
        (PrivacyMode.NORMAL, True, 1),
        (PrivacyMode.PAUSE_MEMORIES, False, 1),
        (INCOGNITO, False, 0),
    ],
)
async def test_past_messages_obey_the_sessions_mode(
    house: House, mode: PrivacyMode, *, learnable: bool, kept: int
) -> None:
    session = await house.session(mode)

    [message] = await house.sessions.append(house.ada, session, some_past("I like figs."))

    assert (message.learnable, message.searchable) == (learnable, learnable)
    assert (
        len(
            await house.database.read(lambda tx: tx.messages.recent(session, limit=9), by=house.ada)
        )
        == kept
    )
    assert contents(await house.messages(session)) == ["I like figs."]


async def test_nothing_is_appended_while_an_answer_is_written(house: House) -> None:
    session, now = await house.session(), utc_now()
    until = now + timedelta(seconds=15)
    await house.database.write(
        lambda tx: tx.sessions.take_lease(
            session, token=RunIds().lease_token, now=now, until=until
        ),
        by=house.ada,
    )

    with pytest.raises(RunInProgress):
        await house.sessions.append(house.ada, session, some_past("I like figs."))

    assert await house.messages(session) == []


async def test_sessions_are_found_by_their_words_latest_first(house: House) -> None:
    first, second = await house.session(), await house.session()
    await house.say(first, "I like FIGS and plums.")
    await house.say(second, "I like figs.")

    async def found(*words: str) -> list[SessionId]:
        page = await house.sessions.page(
            house.ada, profile_id=None, words=words, after=None, limit=10
        )
        return [view.session.id for view in page.items]

    assert await found("figs") == [second, first]
    assert await found("figs", "plum") == [first]
    assert await found("100%") == []


async def test_what_is_absent_is_not_found(house: House) -> None:
    with pytest.raises(SessionNotFound):
        await house.sessions.get(house.ada, SessionId(new_id()))
    with pytest.raises(SessionNotFound):
        await house.sessions.append(house.ada, SessionId(new_id()), some_past("x"))
    with pytest.raises(ProfileNotFound):
        await house.sessions.page(
            house.ada, profile_id=ProfileId(new_id()), words=(), after=None, limit=1
        )
