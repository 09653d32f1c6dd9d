"""By whom accounts are known elsewhere, and what is remembered of those that are gone."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from app.core.identity_errors import IdentityTaken
from app.models.actor import SYSTEM
from app.models.identity import Proof, Standing
from app.models.user import Caller
from app.ports.database import Database, Transaction
from tests.support.database import NOW, Owner

LATER = NOW + timedelta(hours=1)


def a_proof(**fields: Any) -> Proof:
    values: dict[str, Any] = {
        "issuer": "https://issuer.example",
        "subject": "ada",
        "tenant": "default",
        "login_id": uuid4(),
        "signed_in_at": NOW,
        "email": None,
        "is_email_proved": False,
        **fields,
    }
    return Proof(**values)


async def standing(database: Database, proof: Proof) -> Standing:
    return await database.read(lambda tx: tx.identities.standing(proof), by=SYSTEM)


async def admit(database: Database, proof: Proof, owner: Owner) -> None:
    def work(tx: Transaction) -> None:
        tx.identities.add(proof, user_id=owner.user, tenant_id=owner.tenant, at=NOW)

    await database.write(work, by=SYSTEM)


async def test_nobody_is_known_at_first(database: Database) -> None:
    assert await standing(database, a_proof()) == Standing()


async def test_somebody_is_known_by_issuer_and_subject(database: Database, ann: Owner) -> None:
    proof = a_proof()
    await admit(database, proof, ann)

    known = await standing(database, proof)

    assert known.caller == Caller(
        ann.user, ann.tenant, login_id=proof.login_id, is_known_elsewhere=True
    )
    for other in (a_proof(issuer="https://other.example"), a_proof(subject="Ada")):
        assert (await standing(database, other)).caller is None


async def test_nobody_is_two_accounts(database: Database, ann: Owner, ben: Owner) -> None:
    await admit(database, a_proof(), ann)

    with pytest.raises(IdentityTaken):
        await admit(database, a_proof(), ben)


async def test_an_ended_session_is_ended_and_no_other(database: Database, ann: Owner) -> None:
    ended, other = a_proof(), a_proof()
    await admit(database, ended, ann)
    caller = (await standing(database, ended)).caller
    assert caller is not None
    for _ in range(2):
        await database.write(lambda tx: tx.identities.end_login(caller, at=NOW), by=caller)

    assert (await standing(database, ended)).has_login_ended
    assert not (await standing(database, other)).has_login_ended


async def test_an_erased_account_takes_its_identities_along(database: Database, ann: Owner) -> None:
    await admit(database, a_proof(), ann)

    await database.write(lambda tx: tx.users.delete(ann.user), by=SYSTEM)

    assert (await standing(database, a_proof())).caller is None


async def depart(database: Database, proof: Proof, owner: Owner, *, owed: bool) -> str:
    caller = Caller(owner.user, owner.tenant, login_id=proof.login_id)
    return await database.write(
        lambda tx: tx.identities.depart(
            proof.issuer, proof.subject, of=caller, at=NOW, is_erasure_owed=owed
        ),
        by=caller,
    )


async def test_who_is_gone_is_remembered_for_a_while(database: Database, ann: Owner) -> None:
    proof = a_proof()
    for _ in range(2):
        await depart(database, proof, ann, owed=False)

    assert await standing(database, proof) == Standing(barred_until=NOW)
    await database.write(lambda tx: tx.identities.purge(before=NOW), by=SYSTEM)
    assert (await standing(database, proof)).barred_until == NOW
    await database.write(lambda tx: tx.identities.purge(before=LATER), by=SYSTEM)
    assert (await standing(database, proof)).barred_until is None


async def test_what_is_owed_is_remembered_until_it_is_done(database: Database, ann: Owner) -> None:
    proof = a_proof()
    digest = await depart(database, proof, ann, owed=True)
    await database.write(lambda tx: tx.identities.purge(before=LATER), by=SYSTEM)

    [owed] = await database.read(lambda tx: tx.identities.owed(), by=SYSTEM)
    assert (owed.digest, owed.subject) == (digest, "ada")
    assert (await standing(database, proof)).is_erasure_owed

    await database.write(lambda tx: tx.identities.erased(digest, at=LATER), by=SYSTEM)

    assert await database.read(lambda tx: tx.identities.owed(), by=SYSTEM) == []
    assert await standing(database, proof) == Standing(barred_until=LATER)


async def test_tenants_are_made_once_and_listed_with_their_users(
    database: Database, ann: Owner
) -> None:
    made = [
        await database.write(lambda tx: tx.tenants.ensure("acme", at=NOW), by=SYSTEM)
        for _ in range(2)
    ]

    known = await database.read(lambda tx: tx.tenants.all(), by=SYSTEM)

    assert made[0] == made[1]
    assert {(tenant.name, users) for tenant, users in known} == {("default", 1), ("acme", 0)}
    assert await database.read(lambda tx: tx.users.default_tenant(), by=SYSTEM) == ann.tenant
