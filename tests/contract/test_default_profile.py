import asyncio
from collections import Counter

import pytest

from app.core.errors import LastProfile, ProfileNameTaken, UserNotFound
from app.models.actor import SYSTEM
from app.models.ids import ProfileId, UserId, new_id
from app.models.profile import Profile
from app.ports.database import Database, Transaction
from tests.support.database import NOW, Owner, Site, a_profile


async def profiles(database: Database, owner: Owner) -> list[Profile]:
    page = await database.read(
        lambda tx: tx.profiles.page(owner=owner.user, after=None, limit=100), by=SYSTEM
    )
    return list(page.items)


async def add(
    database: Database, owner: Owner, name: str, *, is_default: bool = False
) -> ProfileId:
    profile = a_profile(owner.user, name=name, is_default=is_default)
    await database.write(
        lambda tx: tx.profiles.add(profile, tenant_id=owner.tenant), by=owner.actor
    )
    return profile.id


async def test_there_is_one_default_after_any_of_many_concurrent_writes(
    database: Database, ann: Owner, site: Site
) -> None:
    """Writers of two stores over one database: other threads, other connections."""
    ids = [await add(database, ann, f"p{number}") for number in range(8)]

    async with site.open() as second:

        async def claim(number: int) -> None:
            store = (database, second)[number % 2]
            chosen = ids[number % len(ids)]
            await store.write(
                lambda tx: tx.profiles.set_default(chosen, owner=ann.user, at=NOW), by=ann.actor
            )

        async def create(number: int) -> None:
            await add((database, second)[number % 2], ann, f"new {number}", is_default=True)

        async def watch() -> list[int]:
            counts = []
            for _ in range(20):
                seen = await profiles(database, ann)
                counts.append(sum(profile.is_default for profile in seen))
            return counts

        watching = asyncio.create_task(watch())
        await asyncio.gather(*map(claim, range(32)), *map(create, range(8)))
        watched = await watching

    assert set(watched) == {1}
    assert Counter(profile.is_default for profile in await profiles(database, ann))[True] == 1


async def test_concurrent_deletions_leave_one_and_it_is_the_default(
    database: Database, ann: Owner
) -> None:
    ids = [ann.profile, *[await add(database, ann, f"p{number}") for number in range(4)]]

    async def delete(profile: ProfileId) -> bool:
        try:
            await database.write(
                lambda tx: tx.profiles.delete(profile, owner=ann.user, at=NOW), by=ann.actor
            )
        except LastProfile:
            return False
        return True

    assert sorted(await asyncio.gather(*map(delete, ids))) == [False, True, True, True, True]
    [left] = await profiles(database, ann)
    assert left.is_default


async def test_deleting_the_default_promotes_the_oldest_other(
    database: Database, ann: Owner
) -> None:
    oldest, _ = await add(database, ann, "b"), await add(database, ann, "a")

    await database.write(
        lambda tx: tx.profiles.delete(ann.profile, owner=ann.user, at=NOW), by=ann.actor
    )

    assert (
        await database.read(lambda tx: tx.profiles.default(owner=ann.user), by=SYSTEM)
    ).id == oldest


async def test_a_name_is_taken_in_any_case(database: Database, ann: Owner, ben: Owner) -> None:
    other = await add(database, ann, "Straße")

    with pytest.raises(ProfileNameTaken):
        await add(database, ann, "STRASSE")
    with pytest.raises(ProfileNameTaken):
        await database.write(
            lambda tx: tx.profiles.update(
                other, owner=ann.user, changes={"name": "PERSONAL"}, at=NOW
            ),
            by=SYSTEM,
        )
    await add(database, ben, "strasse")


async def test_a_failed_creation_leaves_the_default_alone(database: Database, ann: Owner) -> None:
    with pytest.raises(ProfileNameTaken):
        await add(database, ann, "personal", is_default=True)

    assert [profile.is_default for profile in await profiles(database, ann)] == [True]


async def test_nobody_has_no_default(database: Database) -> None:
    with pytest.raises(UserNotFound):
        await database.read(lambda tx: tx.profiles.default(owner=UserId(new_id())), by=SYSTEM)


async def test_speakers_are_those_of_the_messages(database: Database, ann: Owner) -> None:
    def work(tx: Transaction) -> None:
        tx.profiles.add_speakers(ann.profile, ["Karl", "Ida", "Karl"])
        tx.profiles.add_speakers(ann.profile, ["Ida", "Anna"])

    await database.write(work, by=SYSTEM)
    [profile] = await profiles(database, ann)
    assert profile.speakers == ("Karl", "Ida", "Anna")

    await database.write(lambda tx: tx.profiles.refresh_speakers(ann.profile), by=SYSTEM)
    [profile] = await profiles(database, ann)
    assert profile.speakers == ()


async def test_at_most_fifty_speakers_are_kept(database: Database, ann: Owner) -> None:
    names = [f"speaker {number}" for number in range(60)]
    await database.write(lambda tx: tx.profiles.add_speakers(ann.profile, names), by=SYSTEM)

    [profile] = await profiles(database, ann)
    assert profile.speakers == tuple(names[:50])
