from dataclasses import replace
from datetime import datetime

from app.models.ids import MemoryId, ProfileId, new_id
from app.models.memory import Memory, MemorySource, MemoryStatus
from app.models.profile import Profile
from app.models.user import Caller
from app.ports.database import Transaction
from app.services.contradicting import let_the_latest_hold
from app.services.memory_rows import add_memory
from app.services.superseding import Author

_ANY_NUMBER = 1_000_000


def copy_memories(
    tx: Transaction,
    caller: Caller,
    profile_id: ProfileId,
    *,
    target: ProfileId | None,
    name: str | None,
    at: datetime,
) -> tuple[Profile, int]:
    """The profile that received the active memories, and how many of them were new to it.

    Of what can hold only once, what was said last holds there.

    Args:
        tx: the transaction to do it in.
        caller: the owner of both profiles.
        profile_id: where from.
        target: an existing profile, or None for a new one.
        name: of the new one.
        at: the present.

    Raises:
        ProfileNotFound: either is absent, or someone else's.
        ProfileNameTaken: the new one's name is in use.
    """
    source = tx.profiles.get(profile_id, owner=caller.user_id)
    if target is not None:
        receiver = tx.profiles.get(target, owner=caller.user_id)
    else:
        receiver = _twin(source, name=name or source.name, at=at)
        tx.profiles.add(receiver, tenant_id=caller.tenant_id)
    active = tx.memories.page(
        profile_id,
        owner=caller.user_id,
        kind=None,
        status=MemoryStatus.ACTIVE,
        after=None,
        limit=_ANY_NUMBER,
    ).items
    contents = [one.content for one in active]
    known = {one.content for one in tx.memories.with_content(receiver.id, contents)}
    new = {one.content: one for one in active if one.content not in known}
    for memory in reversed(new.values()):
        add_memory(tx, _copied(memory, to=receiver, at=at), tenant_id=caller.tenant_id)
    slots = [one.slot for one in new.values() if one.slot]
    let_the_latest_hold(tx, receiver.id, slots, author=Author(caller.tenant_id, None, at))
    return receiver, len(new)


def _twin(profile: Profile, *, name: str, at: datetime) -> Profile:
    return replace(
        profile,
        id=ProfileId(new_id()),
        name=name,
        is_default=False,
        speakers=(),
        created_at=at,
        updated_at=at,
    )


def _copied(memory: Memory, *, to: Profile, at: datetime) -> Memory:
    return replace(
        memory,
        id=MemoryId(new_id()),
        profile_id=to.id,
        source=MemorySource.COPIED,
        job_id=None,
        created_at=at,
        updated_at=at,
    )
