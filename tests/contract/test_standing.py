"""What layers read from SQL."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest

from app.models.actor import SYSTEM
from app.models.ids import ProfileId
from app.models.memory import Layer, LayerLimits, MemoryKind, MemoryStatus
from app.ports.database import Database, Transaction
from tests.support.database import NOW, Owner, a_memory, a_message, a_profile

HOUR = timedelta(hours=1)
EVERY = (Layer.IMPORTANT, Layer.PREFERENCES, Layer.RECENT)


async def kept(database: Database, owner: Owner, content: str, **fields: Any) -> None:
    await database.write(
        lambda tx: tx.memories.add(a_memory(owner, content, **fields), tenant_id=owner.tenant),
        by=SYSTEM,
    )


async def standing(
    database: Database,
    owner: Owner,
    *layers: Layer,
    limit: int = 9,
    profiles: Sequence[ProfileId] = (),
) -> Mapping[Layer, list[str]]:
    """The contents that each layer gives."""
    limits = LayerLimits(at_most=dict.fromkeys(layers, limit), least_importance=0.8, at=NOW)
    found = await database.read(
        lambda tx: tx.memories.standing(
            profiles or [owner.profile], owner=owner.user, limits=limits
        ),
        by=SYSTEM,
    )
    return {layer: [one.content for one in some] for layer, some in found.items()}


async def test_each_layer_puts_its_own_first(database: Database, ann: Owner) -> None:
    liked = MemoryKind.PREFERENCE
    await kept(database, ann, "Ann has a dog.", importance=0.6, said_at=NOW - 3 * HOUR)
    await kept(database, ann, "Ann likes tea.", importance=0.4, kind=liked, said_at=NOW - 2 * HOUR)
    await kept(database, ann, "Ann is diabetic.", importance=0.9, said_at=NOW - 5 * HOUR)
    await kept(database, ann, "Ann hates jazz.", importance=0.8, kind=liked, said_at=NOW - 4 * HOUR)

    found = await standing(database, ann, *EVERY, limit=2)

    assert found == {
        Layer.IMPORTANT: ["Ann is diabetic.", "Ann hates jazz."],
        Layer.PREFERENCES: ["Ann hates jazz.", "Ann likes tea."],
        Layer.RECENT: ["Ann likes tea.", "Ann has a dog."],
    }


async def test_of_what_is_as_important_the_newest_comes_first(
    database: Database, ann: Owner
) -> None:
    for hours in (3, 1, 2):
        await kept(database, ann, f"{hours} h ago", importance=0.9, said_at=NOW - hours * HOUR)

    found = await standing(database, ann, Layer.IMPORTANT)

    assert found[Layer.IMPORTANT] == ["1 h ago", "2 h ago", "3 h ago"]


@pytest.mark.parametrize(
    "fields",
    [
        *({"status": status} for status in MemoryStatus if status is not MemoryStatus.ACTIVE),
        {"valid_until": NOW},
        {"valid_until": NOW - HOUR},
    ],
    ids=str,
)
async def test_no_layer_gives_what_does_not_hold(
    database: Database, ann: Owner, fields: dict[str, Any]
) -> None:
    await kept(database, ann, "It was.", importance=1.0, kind=MemoryKind.PREFERENCE, **fields)

    assert await standing(database, ann, *EVERY) == {}


async def test_what_ends_later_still_holds(database: Database, ann: Owner) -> None:
    await kept(database, ann, "It is.", valid_until=NOW + HOUR)

    assert await standing(database, ann, Layer.RECENT) == {Layer.RECENT: ["It is."]}


async def test_a_layer_reads_the_profiles_that_it_is_told_and_no_others(
    database: Database, ann: Owner
) -> None:
    work, secret = (a_profile(ann.user, name=name) for name in ("work", "secret"))

    def furnish(tx: Transaction) -> None:
        for profile in (work, secret):
            tx.profiles.add(profile, tenant_id=ann.tenant)
            there = Owner(ann.tenant, ann.user, profile.id, ann.session)
            tx.memories.add(a_memory(there, f"At {profile.name}."), tenant_id=ann.tenant)

    await database.write(furnish, by=SYSTEM)
    await kept(database, ann, "At home.", said_at=NOW - HOUR)

    home = await standing(database, ann, Layer.RECENT)
    both = await standing(database, ann, Layer.RECENT, profiles=[ann.profile, work.id])

    assert home == {Layer.RECENT: ["At home."]}
    assert both == {Layer.RECENT: ["At work.", "At home."]}


async def test_a_layer_knows_where_its_memories_come_from(database: Database, ann: Owner) -> None:
    [message] = await database.write(
        lambda tx: tx.messages.append([a_message(ann)], tenant_id=ann.tenant), by=SYSTEM
    )
    await kept(database, ann, "Hello was said.", source_message_ids=(message.id,))
    limits = LayerLimits(at_most={Layer.RECENT: 1}, least_importance=0.8, at=NOW)

    found = await database.read(
        lambda tx: tx.memories.standing([ann.profile], owner=ann.user, limits=limits), by=SYSTEM
    )

    assert [one.source_message_ids for one in found[Layer.RECENT]] == [(message.id,)]
