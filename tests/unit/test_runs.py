import asyncio
from collections.abc import Callable, Coroutine
from contextlib import aclosing

import pytest

from app.core.errors import Draining, Overloaded, RunNotFound
from app.core.privacy import PrivacyMode, strictest
from app.models.ids import MessageId, ProfileId, SessionId, UserId, new_id
from app.services.run_events import RunEvent, RunState
from app.services.runs import Run, RunIds, Runs
from tests.support.clock import HandClock

Work = Callable[[], Coroutine[None, None, None]]


def some_runs(clock: HandClock, *, max_active: int = 10) -> Runs:
    return Runs(max_active=max_active, buffer_s=300, ephemeral_buffer_s=60, uptime_s=clock.uptime_s)


def a_run(clock: HandClock, mode: PrivacyMode = PrivacyMode.NORMAL) -> Run:
    return Run(
        RunIds(),
        session_id=SessionId(new_id()),
        profile_id=ProfileId(new_id()),
        user_id=UserId(new_id()),
        question_id=MessageId(new_id()),
        privacy=strictest(mode),
        started_at=clock(),
    )


def speaks(run: Run, *words: str) -> Work:
    """Says the words, one at a time, and completes."""

    async def work() -> None:
        for word in words:
            run.publish("message.delta", delta=word)
            await asyncio.sleep(0)
        run.publish("run.completed")

    return work


def goes_on(run: Run) -> Work:
    """Says one word, and waits until it is cancelled."""

    async def work() -> None:
        run.publish("message.delta", delta="one")
        with run.scope:
            await asyncio.Event().wait()
        run.publish("run.cancelled")

    return work


async def heard(run: Run, *, after: int = 0) -> list[RunEvent]:
    return [event async for events in run.follow(after=after) for event in events]


async def test_followers_hear_everything_in_order_up_to_the_one_terminal_event(
    clock: HandClock,
) -> None:
    runs, run = some_runs(clock), a_run(clock)
    runs.start(run, speaks(run, "a", "b"))

    first, second = await asyncio.gather(heard(run), heard(run))

    assert first == second
    assert [event.id for event in first] == [1, 2, 3]
    assert [event.type for event in first] == ["message.delta", "message.delta", "run.completed"]


async def test_a_late_follower_hears_what_it_missed(clock: HandClock) -> None:
    runs, run = some_runs(clock), a_run(clock)
    runs.start(run, speaks(run, "a", "b"))
    await run.wait()

    assert [event.id for event in await heard(run, after=1)] == [2, 3]
    assert await heard(run, after=3) == []


async def test_a_follower_that_claims_to_have_heard_the_future_still_hears_the_end(
    clock: HandClock,
) -> None:
    runs, run = some_runs(clock), a_run(clock)
    runs.start(run, speaks(run, "a", "b"))

    assert [event.type for event in await heard(run, after=99)][-1:] == ["run.completed"]


async def test_silence_is_told_as_an_empty_batch(clock: HandClock) -> None:
    runs, run = some_runs(clock), a_run(clock)
    runs.start(run, goes_on(run))

    async with aclosing(run.follow(silence_s=0.01)) as batches:
        assert [event.type for event in await anext(batches)] == ["message.delta"]
        assert await anext(batches) == ()
        run.cancel()
        batch = await anext(batches)
        while not batch:
            batch = await anext(batches)

    assert [event.type for event in batch] == ["run.cancelled"]


async def test_what_is_withheld_before_it_is_told_is_never_told(clock: HandClock) -> None:
    run, forgotten, kept = a_run(clock), new_id(), new_id()
    run.withhold([forgotten])

    run.publish("memory.used", memories=[{"id": forgotten}, {"id": kept}])
    run.publish("run.completed")

    [used, _] = await heard(run)
    assert used.fields["memories"] == [{"id": kept}]


async def test_nothing_follows_a_terminal_event(clock: HandClock) -> None:
    run = a_run(clock)
    run.publish("run.completed")

    with pytest.raises(RuntimeError):
        run.publish("message.delta", delta="more")


@pytest.mark.parametrize("breaks", [False, True], ids=["just ends", "breaks"])
async def test_work_that_forgets_its_terminal_event_has_failed(
    clock: HandClock, caplog: pytest.LogCaptureFixture, *, breaks: bool
) -> None:
    runs, run = some_runs(clock), a_run(clock)

    async def work() -> None:
        if breaks:
            raise ValueError("My secret")

    runs.start(run, work)

    assert [event.type for event in await heard(run)] == ["run.failed"]
    assert run.state == "failed"
    assert bool(caplog.records) is breaks


async def test_a_kept_run_goes_on_when_its_follower_leaves(clock: HandClock) -> None:
    runs, run = some_runs(clock), a_run(clock)
    runs.start(run, goes_on(run))
    async with aclosing(run.follow()) as batches:
        await anext(batches)

    await asyncio.sleep(0.01)

    assert run.state is RunState.RUNNING
    run.cancel()
    await run.wait()


async def test_an_ephemeral_run_ends_when_its_last_follower_leaves(clock: HandClock) -> None:
    runs, run = some_runs(clock), a_run(clock, PrivacyMode.INCOGNITO)
    runs.start(run, goes_on(run))
    async with aclosing(run.follow()) as first:
        await anext(first)
        async with aclosing(run.follow()) as second:
            await anext(second)
        await asyncio.sleep(0.01)
        assert run in runs.active

    await asyncio.sleep(0.01)

    assert run.state is RunState.CANCELLED


async def test_a_run_belongs_to_its_user(clock: HandClock) -> None:
    runs, run = some_runs(clock), a_run(clock)
    runs.start(run, speaks(run))

    assert runs.get(run.id, owner=run.user_id) is run
    with pytest.raises(RunNotFound):
        runs.get(run.id, owner=UserId(new_id()))
    await run.wait()


async def test_the_log_of_an_ended_run_is_swept_away_after_a_while(clock: HandClock) -> None:
    runs, ended, going = some_runs(clock), a_run(clock), a_run(clock)
    runs.start(ended, speaks(ended))
    runs.start(going, goes_on(going))
    await ended.wait()
    await asyncio.sleep(0)

    clock.advance(seconds=300)
    assert runs.sweep() == 0
    clock.advance(seconds=1)
    assert runs.sweep() == 1

    with pytest.raises(RunNotFound):
        runs.get(ended.id, owner=ended.user_id)
    assert runs.active == [going]
    await runs.drain(timeout_s=0)


async def test_a_forgotten_session_takes_its_runs_with_it(clock: HandClock) -> None:
    runs, run, other = some_runs(clock), a_run(clock), a_run(clock)
    for one in (run, other):
        runs.start(one, goes_on(one))
    await asyncio.sleep(0)

    assert runs.forget_session(run.session_id, only_ephemeral=True) == 0
    assert runs.forget_session(run.session_id) == 1
    await run.wait()

    assert run.state is RunState.CANCELLED
    assert runs.active == [other]
    await runs.drain(timeout_s=0)


async def test_runs_are_forgotten_on_behalf_of_their_owner_only(clock: HandClock) -> None:
    runs, run = some_runs(clock), a_run(clock)
    runs.start(run, goes_on(run))
    await asyncio.sleep(0)

    assert runs.forget_session(run.session_id, owner=UserId(new_id())) == 0
    assert runs.forget([run.question_id], owner=UserId(new_id())) == 0
    assert runs.active == [run]
    assert runs.forget([run.question_id], owner=run.user_id) == 1
    await runs.drain(timeout_s=0)


async def test_no_more_runs_start_than_are_allowed(clock: HandClock) -> None:
    runs, run = some_runs(clock, max_active=1), a_run(clock)
    runs.admit()
    runs.start(run, goes_on(run))

    with pytest.raises(Overloaded):
        runs.admit()
    run.cancel()
    await run.wait()
    await asyncio.sleep(0)

    runs.admit()


async def test_draining_waits_then_cancels_and_admits_nobody(clock: HandClock) -> None:
    runs, quick, slow = some_runs(clock), a_run(clock), a_run(clock)
    runs.start(quick, speaks(quick, "a"))
    runs.start(slow, goes_on(slow))

    await runs.drain(timeout_s=0.05)

    assert (quick.state, slow.state) == (RunState.COMPLETED, RunState.CANCELLED)
    with pytest.raises(Draining):
        runs.admit()
