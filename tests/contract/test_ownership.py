"""Every method that takes an owner finds nothing of anybody else's, and changes nothing of it."""

import inspect
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, Final, Protocol, get_type_hints
from uuid import uuid4

import pytest

from app.core.errors import NotFound
from app.models.actor import SYSTEM
from app.models.ids import (
    ApiKeyId,
    ChunkId,
    DocumentId,
    ImportId,
    JobId,
    MemoryId,
    MessageId,
    RunId,
    TenantId,
    UserId,
    new_id,
)
from app.models.imports import Import, ImportState
from app.models.intent import Intent
from app.models.memory import Layer, LayerLimits, MemoryChange
from app.models.message import Usage
from app.models.page import Page
from app.models.portable import Noun, PortableFormat
from app.models.usage import Hold, month_of
from app.models.wipe import Store
from app.ports.database import Database, Transaction
from tests.support.database import (
    NOW,
    Owner,
    Site,
    a_chunk,
    a_document,
    a_memory,
    a_message,
    a_profile,
    a_session,
    add_owner,
    an_api_key,
)


class Things:
    """One of everything, of one owner."""

    def __init__(self, tx: Transaction, owner: Owner, *, uses_plan: bool = True) -> None:
        """Made now; what was used of a plan only if that is wanted, for schemas of before."""
        self.owner = owner
        self.name = uuid4().hex
        tx.profiles.add(a_profile(owner.user, name=self.name), tenant_id=owner.tenant)
        self.thread = uuid4().hex
        thread = a_session(owner.user, owner.profile, thread=self.thread)
        tx.threads.open(thread, tenant_id=owner.tenant)
        self.intent = uuid4().hex
        intent = Intent(self.intent, "of what")
        tx.intents.add(intent, (), by=owner.actor, at=NOW, since=NOW, is_done=True)
        self.run = RunId(new_id())
        [message] = tx.messages.append([a_message(owner, run_id=self.run)], tenant_id=owner.tenant)
        self.message: MessageId = message.id
        unseen = a_message(owner, learnable=True, searchable=False)
        [hidden] = tx.messages.append([unseen], tenant_id=owner.tenant)
        self.hidden: MessageId = hidden.id
        memory = a_memory(owner, source_message_ids=(message.id,))
        tx.memories.add(memory, tenant_id=owner.tenant)
        self.memory: MemoryId = memory.id
        twin = a_memory(owner, superseded_by=memory.id)
        tx.memories.add(twin, tenant_id=owner.tenant)
        self.twin: MemoryId = twin.id
        self.job: JobId = tx.jobs.join(
            owner.namespace, tenant_id=owner.tenant, now=NOW, run_at=NOW, latest=NOW
        )
        tx.index_changes.mark(
            owner.namespace, [message.id], tenant_id=owner.tenant, is_episode=True
        )
        document = a_document(owner)
        tx.documents.add(document)
        tx.documents.finish(document.id, at=NOW)
        self.document: DocumentId = document.id
        tx.document_files.put(document.id, b"sealed", owner=owner.user)
        chunk = a_chunk(document)
        tx.documents.add_chunks([chunk], tenant_id=owner.tenant)
        self.chunk: ChunkId = chunk.id
        tx.index_changes.mark(owner.namespace, [chunk.id], tenant_id=owner.tenant, is_episode=False)
        tx.wipes.owe(Store.DATABASE, user_id=owner.user, tenant_id=owner.tenant)
        key = an_api_key(owner)
        self.key_hash = uuid4().hex
        tx.api_keys.add(key, key_hash=self.key_hash)
        self.key: ApiKeyId = key.id
        self.plan = self.name[:20]
        if uses_plan:
            tx.users.update(owner.user, changes={"plan": self.plan}, at=NOW)
            tx.usage.add(MONTH, Usage(input_tokens=5, output_tokens=2), by=owner.actor)
            tx.usage.hold(MONTH, {self.name: Hold(9, NOW)}, by=owner.actor)
        self.file = ImportId(new_id())
        tx.imports.add(
            Import(
                id=self.file,
                tenant_id=owner.tenant,
                user_id=owner.user,
                profile_id=None,
                format=PortableFormat.MEMORYCHAT,
                state=ImportState.RUNNING,
                done=0,
                total=1,
                report=None,
                error=None,
                created_at=NOW,
                finished_at=None,
            )
        )


MONTH: Final = month_of(NOW)


class Call(Protocol):
    """What is asked for of somebody's things, as one or the other."""

    def __call__(self, tx: Transaction, t: Things, o: UserId) -> Any: ...


def put_file(tx: Transaction, t: Things, o: UserId) -> UserId:
    tx.document_files.put(t.document, b"anew", owner=o)
    return o


def delete_key(tx: Transaction, t: Things, o: UserId) -> UserId:
    tx.api_keys.delete(t.key, owner=o)
    return o


CALLS: Mapping[str, Call] = {
    "profiles.get": lambda tx, t, o: tx.profiles.get(t.owner.profile, owner=o),
    "profiles.by_ids": lambda tx, t, o: tx.profiles.by_ids([t.owner.profile], owner=o),
    "profiles.default": lambda tx, t, o: tx.profiles.default(owner=o),
    "profiles.named": lambda tx, t, o: tx.profiles.named(t.name, owner=o),
    "profiles.page": lambda tx, t, o: tx.profiles.page(owner=o, after=None, limit=9),
    "profiles.update": lambda tx, t, o: tx.profiles.update(
        t.owner.profile, owner=o, changes={"name": "taken over"}, at=NOW
    ),
    "profiles.set_default": lambda tx, t, o: tx.profiles.set_default(
        t.owner.profile, owner=o, at=NOW
    ),
    "profiles.delete": lambda tx, t, o: tx.profiles.delete(t.owner.profile, owner=o, at=NOW),
    "profiles.all_of": lambda tx, t, o: [
        one for one in tx.profiles.all_of(owner=o) if one.id == t.owner.profile
    ],
    "sessions.get": lambda tx, t, o: tx.sessions.get(t.owner.session, owner=o),
    "sessions.page": lambda tx, t, o: tx.sessions.page(
        owner=o, profile_id=t.owner.profile, words=(), after=None, limit=9
    ),
    "sessions.update": lambda tx, t, o: tx.sessions.update(
        t.owner.session, owner=o, changes={"title": "taken over"}, at=NOW
    ),
    "sessions.delete": lambda tx, t, o: tx.sessions.delete(t.owner.session, owner=o),
    "threads.find": lambda tx, t, o: tx.threads.find(t.thread, owner=o),
    "intents.find": lambda tx, t, o: tx.intents.find(t.intent, owner=o, since=NOW),
    "intents.update": lambda tx, t, o: tx.intents.update(t.intent, owner=o, is_done=False),
    "messages.get": lambda tx, t, o: tx.messages.get(t.message, owner=o),
    "messages.page": lambda tx, t, o: tx.messages.page(
        t.owner.session, owner=o, before=None, limit=9
    ),
    "messages.by_ids": lambda tx, t, o: tx.messages.by_ids([t.message], owner=o),
    "messages.of_run": lambda tx, t, o: tx.messages.of_run(t.run, owner=o),
    "messages.unlearnable": lambda tx, t, o: not tx.messages.unlearnable([t.message], owner=o),
    "messages.any_hidden": lambda tx, t, o: tx.messages.any_hidden([t.hidden], owner=o),
    "messages.let_be_found": lambda tx, t, o: tx.messages.let_be_found(
        [t.hidden], owner=o, found=True
    ),
    "messages.withhold": lambda tx, t, o: tx.messages.withhold([t.message], owner=o),
    "messages.delete": lambda tx, t, o: tx.messages.delete([t.message], owner=o),
    "messages.ids_of_session": lambda tx, t, o: tx.messages.ids_of_session(
        t.owner.session, owner=o
    ),
    "memories.get": lambda tx, t, o: tx.memories.get(t.memory, owner=o),
    "memories.by_ids": lambda tx, t, o: tx.memories.by_ids([t.memory], owner=o),
    "memories.held_at": lambda tx, t, o: tx.memories.held_at(NOW, [t.memory], owner=o),
    "memories.page": lambda tx, t, o: tx.memories.page(
        t.owner.profile, owner=o, kind=None, status=None, after=None, limit=9
    ),
    "memories.update": lambda tx, t, o: tx.memories.update(
        t.memory,
        owner=o,
        changes={"content": "taken over"},
        change=MemoryChange.UPDATED,
        job_id=None,
        at=NOW,
    ),
    "memories.versions": lambda tx, t, o: tx.memories.versions(t.memory, owner=o),
    "memories.ever_said": lambda tx, t, o: list(tx.memories.ever_said([t.memory], owner=o)),
    "memories.delete": lambda tx, t, o: tx.memories.delete([t.memory], owner=o),
    "memories.ids_of_profile": lambda tx, t, o: tx.memories.ids_of_profile(
        t.owner.profile, owner=o, status=None
    ),
    "memories.standing": lambda tx, t, o: tx.memories.standing(
        [t.owner.profile],
        owner=o,
        limits=LayerLimits(at_most={Layer.RECENT: 9}, least_importance=0.0, at=NOW),
    ),
    "memories.superseded_by": lambda tx, t, o: tx.memories.superseded_by(t.memory, owner=o),
    "memories.counts": lambda tx, t, o: tx.memories.counts(t.owner.profile, owner=o),
    "places.outlines": lambda tx, t, o: tx.places.outlines(t.owner.profile, owner=o),
    "places.links": lambda tx, t, o: list(tx.places.links(t.owner.profile, owner=o)),
    "places.move_memories": lambda tx, t, o: tx.places.move_memories(
        [t.memory], owner=o, to=t.owner.profile
    ),
    "places.unite": lambda tx, t, o: tx.places.unite({t.twin: t.memory}, owner=o),
    "places.merge": lambda tx, t, o: (
        tx.places.merge(t.owner.profile, into=t.owner.profile, owner=o).memories
    ),
    "api_keys.page": lambda tx, t, o: [
        one for one in tx.api_keys.page(owner=o, after=None, limit=9).items if one.id == t.key
    ],
    "api_keys.count": lambda tx, t, o: tx.api_keys.count(owner=o) if o == t.owner.user else 0,
    "api_keys.delete": delete_key,
    "jobs.get": lambda tx, t, o: tx.jobs.get(t.job, owner=o),
    "imports.get": lambda tx, t, o: tx.imports.get(t.file, owner=o),
    "documents.get": lambda tx, t, o: tx.documents.get(t.document, owner=o),
    "documents.with_digest": lambda tx, t, o: tx.documents.with_digest(
        str(t.document), t.owner.profile, owner=o
    ),
    "documents.page": lambda tx, t, o: tx.documents.page(
        t.owner.profile, owner=o, after=None, limit=9
    ),
    "documents.chunk_page": lambda tx, t, o: tx.documents.chunk_page(
        t.document, owner=o, after=None, limit=9
    ),
    "documents.chunks_by_ids": lambda tx, t, o: tx.documents.chunks_by_ids([t.chunk], owner=o),
    "documents.chunk_ids": lambda tx, t, o: tx.documents.chunk_ids(t.document, owner=o),
    "documents.chunk_ids_of_profile": lambda tx, t, o: tx.documents.chunk_ids_of_profile(
        t.owner.profile, owner=o
    ),
    "documents.all_of": lambda tx, t, o: [
        one for one in tx.documents.all_of(owner=o) if one == t.document
    ],
    "documents.count_waiting": lambda tx, t, o: tx.documents.count_waiting(t.document, owner=o),
    "documents.delete": lambda tx, t, o: tx.documents.delete(t.document, owner=o),
    "document_files.put": put_file,
    "document_files.get": lambda tx, t, o: tx.document_files.get(t.document, owner=o),
    "document_files.delete": lambda tx, t, o: tx.document_files.delete(t.document, owner=o),
    "document_files.kept": lambda tx, t, o: [
        one for one in tx.document_files.kept(owner=o) if one == (t.owner.user, t.document)
    ],
    "index_changes.of_owner": lambda tx, t, o: [
        change for change in tx.index_changes.of_owner(o) if change.point_id == t.message
    ],
    "usage.plan_of": lambda tx, t, o: tx.usage.plan_of(owner=o) == t.plan,
    "usage.standing": lambda tx, t, o: tx.usage.standing(MONTH, owner=o)[0] == t.plan,
    "usage.holds": lambda tx, t, o: t.name in tx.usage.holds(MONTH, owner=o),
    "usage.months": lambda tx, t, o: [
        one for one in tx.usage.months(owner=o) if t.name in one.holds
    ],
    "usage.kept": lambda tx, t, o: tx.usage.kept(owner=o) if o == t.owner.user else 0,
    "usage.count_memories": lambda tx, t, o: (
        tx.usage.count_memories(owner=o) if o == t.owner.user else 0
    ),
    "wipes.owed": lambda tx, t, o: [
        one for one in tx.wipes.owed(owner=o) if one.user_id == t.owner.user
    ],
    "portability.known": lambda tx, t, o: tx.portability.known(
        Noun.MESSAGES, [t.message], owner=o, within=None
    ),
}
CHANGES_PLACES = (".move_memories", ".unite", ".merge", ".let_be_found", ".withhold")
OWN_ALONE = {"profiles.default", "profiles.page"}
"""Take no id, and so answer with what the caller has."""


def methods_with_owner() -> Iterator[str]:
    for noun, repository in get_type_hints(Transaction).items():
        for name, method in inspect.getmembers(repository, inspect.isfunction):
            if not name.startswith("_") and "owner" in inspect.signature(method).parameters:
                yield f"{noun}.{name}"


def nothing(found: Any) -> bool:
    return not (found.items if isinstance(found, Page) else found)


def all_of(tx: Transaction, things: Things) -> list[Any]:
    """Everything there is, to see that none of it changes."""
    owner = things.owner
    return [
        CALLS[name](tx, things, owner.user)
        for name in CALLS
        if not name.endswith((".update", ".delete", ".put", ".set_default", *CHANGES_PLACES))
    ]


def test_every_method_that_takes_an_owner_is_tried() -> None:
    assert set(methods_with_owner()) == CALLS.keys()


@pytest.fixture
async def zoe(database: Database, site: Site) -> Owner:
    """Somebody of another tenant."""
    tenant = TenantId(uuid4())
    site.add_tenant(tenant)
    return await database.write(lambda tx: add_owner(tx, tenant=tenant), by=SYSTEM)


@pytest.fixture(params=["of the same tenant", "of another tenant"])
async def stranger(request: pytest.FixtureRequest, ben: Owner, zoe: Owner) -> Owner:
    """Somebody else."""
    return ben if request.param == "of the same tenant" else zoe


async def test_an_address_is_known_to_its_own_tenant_only(
    database: Database, ann: Owner, zoe: Owner
) -> None:
    assert ann.tenant != zoe.tenant
    user = await database.read(lambda tx: tx.users.get(zoe.user), by=SYSTEM)

    found = await database.read(
        lambda tx: tx.users.credentials(user.email, tenant_id=zoe.tenant), by=SYSTEM
    )
    assert found is not None
    assert found[0].id == zoe.user
    assert not await database.read(
        lambda tx: tx.users.credentials(user.email, tenant_id=ann.tenant), by=SYSTEM
    )


async def test_nothing_of_somebody_elses_is_found_or_changed(
    database: Database, ann: Owner, stranger: Owner
) -> None:
    things = await database.write(lambda tx: Things(tx, ann), by=SYSTEM)
    await database.write(lambda tx: Things(tx, stranger), by=SYSTEM)
    before = await database.read(lambda tx: all_of(tx, things), by=SYSTEM)

    for name, call in CALLS.items():
        with suppress(NotFound):
            found = await database.write(partial(call, t=things, o=stranger.user), by=SYSTEM)
            if name in OWN_ALONE:
                shown = found.items[0] if isinstance(found, Page) else found
                assert shown.user_id == stranger.user, name
            else:
                assert nothing(found), name
        after = await database.read(lambda tx: all_of(tx, things), by=SYSTEM)
        assert after == before, name


async def test_the_owner_finds_it(database: Database) -> None:
    def one_of_everything(tx: Transaction) -> Things:
        owner = add_owner(tx)
        tx.profiles.add(a_profile(owner.user, name="other"), tenant_id=owner.tenant)
        return Things(tx, owner)

    for name, call in CALLS.items():
        things = await database.write(one_of_everything, by=SYSTEM)

        found = await database.write(partial(call, t=things, o=things.owner.user), by=SYSTEM)

        assert name in ("profiles.delete", "sessions.delete") or not nothing(found), name


async def test_an_account_goes_with_all_of_its_rows_and_with_no_others(
    database: Database, ann: Owner, ben: Owner
) -> None:
    await database.write(lambda tx: Things(tx, ann), by=SYSTEM)
    things = await database.write(lambda tx: Things(tx, ben), by=SYSTEM)
    before = await database.read(lambda tx: all_of(tx, things), by=SYSTEM)
    owned = dict(await database.read(lambda tx: tx.users.owned_row_counts(ann.user), by=SYSTEM))
    tables = {
        "usage_months",
        "memory_profiles",
        "chat_sessions",
        "chat_messages",
        "memories",
        "memory_jobs",
    }
    assert all(owned[table] for table in tables)

    assert await database.write(lambda tx: tx.users.delete(ann.user), by=SYSTEM) == 1

    left = dict(await database.read(lambda tx: tx.users.owned_row_counts(ann.user), by=SYSTEM))
    assert not any(left.values())
    assert await database.read(lambda tx: all_of(tx, things), by=SYSTEM) == before
    assert await database.write(lambda tx: tx.users.delete(ann.user), by=SYSTEM) == 0


async def test_what_raises_leaves_nothing_behind(database: Database, ann: Owner) -> None:
    def work(tx: Transaction) -> None:
        Things(tx, ann)
        raise LookupError

    with pytest.raises(LookupError):
        await database.write(work, by=SYSTEM)

    counts = dict(await database.read(lambda tx: tx.users.owned_row_counts(ann.user), by=SYSTEM))
    assert counts["memories"] == counts["chat_messages"] == counts["memory_jobs"] == 0
