from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

from app.models.ids import ProfileId, UserId, new_id
from app.services.feed import QUEUE, Feed
from app.services.run_events import RunEvent


@asynccontextmanager
async def listening(
    feed: Feed, user: UserId, *, within: ProfileId | None = None
) -> AsyncIterator[AsyncIterator[RunEvent]]:
    """The news of one who listens from now on, until nobody may any more."""
    following = feed.follow(user, silence_s=5, within=within)
    async with aclosing(following):
        assert await anext(following) == ()
        yield (event async for events in following for event in events)


async def numbers(heard: AsyncIterator[RunEvent]) -> list[int]:
    """Of all events that are left."""
    return [event.id async for event in heard]


async def test_numbers_tell_nothing_of_what_happens_to_others() -> None:
    feed, ann, ben = Feed(), UserId(new_id()), UserId(new_id())
    feed.tell(ann, "session.updated")
    async with listening(feed, ann) as anns, listening(feed, ben) as bens:
        feed.tell(ben, "session.updated")
        feed.tell(ann, "session.updated")
        feed.tell(ben, "session.updated")
        feed.tell(ann, "session.updated")
        feed.close()

        assert await numbers(anns) == await numbers(bens) == [1, 2]


async def test_whoever_hears_of_one_profile_learns_nothing_of_another() -> None:
    feed, ann = Feed(), UserId(new_id())
    work, home = ProfileId(new_id()), ProfileId(new_id())
    async with listening(feed, ann, within=work) as heard:
        feed.tell(ann, "memory.saved", memory_profile_id=work)
        for _ in range(QUEUE + 1):
            feed.tell(ann, "memory.saved", memory_profile_id=home)
        feed.tell(ann, "memory.moved", memory_profile_id=work, from_profile_id=home)
        feed.tell(ann, "memory.saved", memory_profile_id=work)
        feed.close()

        assert await numbers(heard) == [1, 2]


async def test_one_who_falls_back_too_far_is_let_go() -> None:
    feed, ann = Feed(), UserId(new_id())
    async with listening(feed, ann) as heard:
        for _ in range(QUEUE + 1):
            feed.tell(ann, "session.updated")

        assert len(await numbers(heard)) == QUEUE - 1
