"""What a process does with notes of others that are not as they should be."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from app.adapters.process_bus import ProcessBus, ProcessHub
from app.core.privacy import PrivacyMode
from app.models.ids import ProcessId, UserId, new_id
from app.services.feed import Feed
from app.services.peers import Peers
from tests.support.house import House, a_house

KINDS = (
    "answer",
    "news",
    "forget",
    "run.find",
    "run.cancel",
    "run.follow",
    "run.leave",
    "run.events",
)


@pytest.fixture
def hub() -> ProcessHub:
    return ProcessHub()


@pytest.fixture
async def house(tmp_path: Path, hub: ProcessHub) -> AsyncIterator[House]:
    async with a_house(tmp_path, hub=hub) as house:
        yield house


@pytest.fixture
def other(hub: ProcessHub) -> ProcessBus:
    """Another process of the installation."""
    return hub.join(ProcessId(new_id()))


async def heard(count: int = 5) -> None:
    """Everything that was told is taken, and handled."""
    for _ in range(count):
        await asyncio.sleep(0)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("body", [{}, [], None, "xx", {"user_id": 7, "telling": []}])
async def test_a_note_that_is_not_as_it_should_be_harms_no_other(
    house: House,
    other: ProcessBus,
    caplog: pytest.LogCaptureFixture,
    kind: str,
    body: Mapping[str, Any],
) -> None:
    other.tell(kind, body)
    await heard()

    assert [one for one in caplog.records if one.levelno >= logging.ERROR] == []
    assert house.runs.active == []


async def test_a_feed_goes_on_after_a_note_that_it_cannot_read(
    hub: ProcessHub, other: ProcessBus
) -> None:
    me, user = ProcessId(new_id()), UserId(new_id())
    feed = Feed(Peers(hub.join(me), me=me))
    following = feed.follow(user, silence_s=5)
    await anext(following)

    other.tell("news", {})
    other.tell("news", {"user_id": user, "type": "job.changed", "fields": {}})

    assert [event.type for event in await anext(following)] == ["job.changed"]
    await following.aclose()


async def test_a_word_of_one_user_ends_no_conversation_of_another(
    house: House, other: ProcessBus
) -> None:
    session = await house.session(mode=PrivacyMode.INCOGNITO)
    await house.say(session, "A secret.")
    forget: dict[str, Any] = {"ids": [], "withheld": [], "exports": False, "look": False}

    for owner, held in ((UserId(new_id()), 2), (house.ada.user_id, 0)):
        for name, empty in (("sessions", "unkept_of"), ("unkept_of", "sessions")):
            other.tell("forget", {**forget, "user_id": owner, name: [session], empty: []})
        await heard()

        assert house.incognito.message_count(session) == held
