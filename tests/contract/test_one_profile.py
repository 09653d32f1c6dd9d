"""Whoever is bound to one profile names things of another in vain; what follows from a thing is everywhere."""

from contextlib import suppress
from functools import partial
from typing import Final
from uuid import uuid4

import pytest

from app.core.errors import NotFound
from app.models.actor import SYSTEM
from app.models.api_key import KeyGrant, Scope
from app.models.ids import ApiKeyId, ProfileId, SessionId, new_id
from app.models.page import Page
from app.models.user import Caller
from app.ports.database import Database, Transaction
from tests.contract.test_ownership import CALLS, OWN_ALONE, Things, all_of, nothing
from tests.support.database import Owner, a_profile, a_session

REACH: Final = """
profiles.all_of threads.find intents.find intents.update messages.page messages.by_ids
messages.unlearnable messages.any_hidden
messages.let_be_found messages.withhold messages.delete messages.ids_of_session memories.by_ids
memories.held_at memories.page memories.versions memories.ever_said memories.delete
memories.ids_of_profile memories.standing memories.superseded_by memories.counts places.outlines
places.links places.move_memories places.unite places.merge api_keys.page api_keys.count
api_keys.delete documents.with_digest documents.page documents.chunk_page documents.chunks_by_ids
documents.chunk_ids documents.chunk_ids_of_profile documents.all_of documents.count_waiting
documents.delete document_files.put document_files.get document_files.delete document_files.kept
index_changes.of_owner wipes.owed portability.known
usage.plan_of usage.standing usage.holds usage.months usage.kept usage.count_memories
"""
"""Asked for after the thing or its profile was got, or for what follows from it on every profile.

A new method stands here, or in `one_profile.py`: so that it is decided.
"""
THERE: Final = """
profiles.get profiles.default profiles.page profiles.by_ids sessions.get sessions.page messages.get
messages.of_run memories.get documents.get jobs.get
"""


def bound(owner: Owner, profile: ProfileId) -> Caller:
    """The owner, by a key that may do everything with one profile."""
    grant = KeyGrant(
        key_id=ApiKeyId(new_id()),
        scopes=frozenset(Scope),
        profile_id=profile,
        privacy_mode=None,
        requests_per_minute=None,
    )
    return Caller(owner.user, owner.tenant, login_id=uuid4(), grant=grant)


@pytest.fixture
async def elsewhere(database: Database, ann: Owner) -> Caller:
    """Ann, bound to a profile that nothing is on."""
    profile = a_profile(ann.user, name="elsewhere")
    await database.write(lambda tx: tx.profiles.add(profile, tenant_id=ann.tenant), by=SYSTEM)
    return bound(ann, profile.id)


def test_each_method_that_takes_an_owner_is_decided() -> None:
    assert set(REACH.split()) <= CALLS.keys()


async def test_what_is_on_another_profile_is_absent(
    database: Database, ann: Owner, elsewhere: Caller
) -> None:
    things = await database.write(lambda tx: Things(tx, ann), by=SYSTEM)
    before = await database.read(lambda tx: all_of(tx, things), by=SYSTEM)

    for name in CALLS.keys() - set(REACH.split()):
        with suppress(NotFound):
            found = await database.write(partial(CALLS[name], t=things, o=ann.user), by=elsewhere)
            if name in OWN_ALONE:
                shown = found.items[0] if isinstance(found, Page) else found
                assert shown.id == elsewhere.within, name
            else:
                assert nothing(found), name

    assert await database.read(lambda tx: all_of(tx, things), by=SYSTEM) == before


async def test_what_is_on_the_bound_profile_is_there(database: Database, ann: Owner) -> None:
    caller = bound(ann, ann.profile)
    things = await database.write(lambda tx: Things(tx, ann), by=SYSTEM)

    for name in THERE.split():
        found = await database.read(partial(CALLS[name], t=things, o=ann.user), by=caller)
        assert not nothing(found), name


async def test_a_session_that_reads_another_profile_is_in_no_list_and_in_no_file(
    database: Database, ann: Owner, elsewhere: Caller
) -> None:
    assert elsewhere.within
    session = a_session(ann.user, ann.profile, reads=(elsewhere.within,))
    await database.write(lambda tx: tx.sessions.add(session, tenant_id=ann.tenant), by=SYSTEM)

    def listed(tx: Transaction) -> list[SessionId]:
        page = tx.sessions.page(owner=ann.user, profile_id=None, words=(), after=None, limit=9)
        exported = [one.id for one in tx.portability.sessions(ann.profile)]
        assert sorted(exported) == sorted(one.id for one in page.items)
        return exported

    assert session.id in await database.read(listed, by=ann.actor)
    assert await database.read(listed, by=bound(ann, ann.profile)) == [ann.session]


async def test_a_key_that_is_found_tells_no_words(database: Database, ann: Owner) -> None:
    things = await database.write(lambda tx: Things(tx, ann), by=SYSTEM)

    found = await database.read(lambda tx: tx.api_keys.find(things.key_hash), by=SYSTEM)

    assert found is not None
    assert (found.owner, found.grant.key_id) == (ann.actor, things.key)
    assert not hasattr(found, "name")
    assert await database.read(lambda tx: tx.api_keys.find("f" * 64), by=SYSTEM) is None
