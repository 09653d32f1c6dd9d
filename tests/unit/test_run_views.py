from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from app.adapters.process_bus import ProcessHub
from app.core.errors import ModelInterrupted, ModelRefused, RunBufferGone, RunNotFound
from app.core.privacy import PrivacyMode
from app.models.ids import ProcessId, RunId, UserId, new_id
from app.services.peers import Peers
from app.services.run_events import RunState
from app.services.run_exchange import RunExchange
from app.services.run_views import RunViews
from app.services.runs import Runs
from tests.support.clock import HandClock
from tests.support.house import House, a_house
from tests.support.scripted_model import ScriptedModel, Step


def later(house: House) -> RunViews:
    """Views of a process that was not there when the runs were."""
    runs = Runs(max_active=1, buffer_s=1, ephemeral_buffer_s=1, uptime_s=HandClock().uptime_s)
    me = ProcessId(new_id())
    alone = RunExchange(runs, Peers(ProcessHub().join(me), me=me))
    return RunViews(house.database, runs=runs, elsewhere=alone)


async def test_a_run_is_told_alike_from_its_process_and_from_its_messages(house: House) -> None:
    await house.say(await house.session(), "I live in Bergen.")
    await house.settle()
    run = await house.say(await house.session(), "Where do I live?")

    here = await house.run_views.get(house.ada, run.id)
    there = await later(house).get(house.ada, run.id)

    assert here.memories
    assert [memory.id for memory in here.memories] == [memory.id for memory in there.memories]
    assert replace(here, memories=()) == replace(there, memories=())


@pytest.mark.parametrize(
    ("script", "state"),
    [
        (["Well, ", ModelInterrupted()], RunState.FAILED),
        ([ModelRefused()], RunState.INTERRUPTED),
        (["Noted."], RunState.COMPLETED),
    ],
)
async def test_messages_tell_how_their_run_ended(
    tmp_path: Path, script: list[Step], state: RunState
) -> None:
    async with a_house(tmp_path, ScriptedModel("scripted", script)) as house:
        run = await house.say(await house.session(), "Hello.")

        assert (await later(house).get(house.ada, run.id)).state is state


async def test_a_paused_run_is_still_told_as_one(house: House) -> None:
    run = await house.say(await house.session(), "Hello.", mode=PrivacyMode.PAUSE_MEMORIES)

    view = await later(house).get(house.ada, run.id)

    assert view.privacy == run.privacy


async def test_a_run_that_left_messages_and_no_events_cannot_be_followed(house: House) -> None:
    run = await house.say(await house.session(), "Hello.")

    with pytest.raises(RunBufferGone):
        await later(house).followable(house.ada, run.id)
    await later(house).cancel(house.ada, run.id)


async def test_an_incognito_run_leaves_nothing_to_be_told(house: House) -> None:
    run = await house.say(await house.session(PrivacyMode.INCOGNITO), "Hello.")

    with pytest.raises(RunNotFound):
        await later(house).get(house.ada, run.id)


async def test_a_run_is_somebodys(house: House) -> None:
    run = await house.say(await house.session(), "Hello.")
    stranger = replace(house.ada, user_id=UserId(uuid4()))

    for views in (house.run_views, later(house)):
        with pytest.raises(RunNotFound):
            await views.get(stranger, run.id)
        with pytest.raises(RunNotFound):
            await views.cancel(stranger, run.id)
        with pytest.raises(RunNotFound):
            await views.followable(stranger, RunId(uuid4()))
