"""What is to be done once: known with what it made, or not at all."""

from datetime import timedelta
from typing import Final

import pytest

from app.core.repeat_errors import IntentTaken
from app.models.actor import SYSTEM
from app.models.ids import new_id
from app.models.intent import Intent, Outcome
from app.ports.database import Database, Transaction
from tests.support.database import NOW, Owner

INTENT: Final = Intent("d" * 64, "f" * 64)
DAY: Final = timedelta(days=1)
MADE: Final = [new_id(), new_id()]


def add(tx: Transaction, owner: Owner, *, days: int = 0, intent: Intent = INTENT) -> None:
    at = NOW + days * DAY
    tx.intents.add(intent, MADE, by=owner.actor, at=at, since=at - DAY, is_done=False)


async def found(database: Database, owner: Owner, *, days: int = 0) -> Outcome | None:
    since = NOW + (days - 1) * DAY
    return await database.read(
        lambda tx: tx.intents.find(INTENT.digest, owner=owner.user, since=since), by=owner.actor
    )


async def test_it_is_known_with_what_it_made(database: Database, ann: Owner, ben: Owner) -> None:
    await database.write(lambda tx: add(tx, ann), by=ann.actor)

    assert await found(database, ann) == Outcome(INTENT.fingerprint, MADE, is_done=False)
    assert await found(database, ben) is None
    assert await found(database, ann, days=2) is None


async def test_it_is_carried_out_once_a_day(database: Database, ann: Owner, ben: Owner) -> None:
    await database.write(lambda tx: add(tx, ann), by=ann.actor)
    await database.write(lambda tx: add(tx, ben), by=ben.actor)

    with pytest.raises(IntentTaken):
        await database.write(lambda tx: add(tx, ann), by=ann.actor)
    await database.write(lambda tx: add(tx, ann, days=2), by=ann.actor)

    assert await found(database, ann, days=2) is not None


async def test_it_is_not_known_when_what_it_made_is_not_kept(
    database: Database, ann: Owner
) -> None:
    def fail(tx: Transaction) -> None:
        add(tx, ann)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await database.write(fail, by=ann.actor)

    assert await found(database, ann) is None


async def test_it_comes_to_something_else(database: Database, ann: Owner) -> None:
    def change(tx: Transaction) -> bool:
        add(tx, ann)
        made = MADE[:1]
        return tx.intents.update(INTENT.digest, owner=ann.user, is_done=True, made=made)

    assert await database.write(change, by=ann.actor)
    assert await found(database, ann) == Outcome(INTENT.fingerprint, MADE[:1], is_done=True)


async def test_old_ones_are_swept_away(database: Database, ann: Owner) -> None:
    def add_both(tx: Transaction) -> None:
        add(tx, ann)
        add(tx, ann, days=3, intent=Intent("e" * 64, "f" * 64))

    await database.write(add_both, by=ann.actor)

    assert await database.write(lambda tx: tx.intents.purge(before=NOW + DAY), by=SYSTEM) == 1
    assert await found(database, ann) is None
