from uuid import UUID

from fastapi import APIRouter

from app.api.deps import Admin, ChatUser, Services, WholeAccount
from app.api.problems import OF_USERS, problems
from app.api.repeating import NOT_REPEATABLE, Repeatable
from app.api.versions import UNCHANGED, IfMatch, ReadVersion, ToldVersion
from app.models.ids import ProfileId
from app.schemas.lists import Cursor, Limit, cursor_of, key_of
from app.schemas.profiles import (
    CopyAnswer,
    CopyRequest,
    MergeAnswer,
    MergeRequest,
    ProfileAnswer,
    ProfileCreation,
    ProfileList,
    ProfileUpdate,
)
from app.schemas.receipts import ReceiptAnswer

router = APIRouter(prefix="/memory-profiles", tags=["memory profiles"], responses=OF_USERS)


@router.get("")
async def list_memory_profiles(
    caller: ChatUser, services: Services, limit: Limit = 20, cursor: Cursor = None
) -> ProfileList:
    """List the caller's profiles, oldest first."""
    page = await services.supabase.profiles.page(caller, after=key_of(cursor), limit=limit)
    return ProfileList(
        data=[ProfileAnswer.of(profile) for profile in page.items],
        next_cursor=cursor_of(page.next_key),
    )


@router.post("", status_code=201, responses=problems(404, 409))
async def create_memory_profile(
    body: ProfileCreation,
    caller: WholeAccount,
    services: Services,
    repeatable: Repeatable,
    version: ToldVersion,
) -> ProfileAnswer:
    """Create a profile; as the default one it takes that place from the present default."""
    profile = await repeatable.once(
        caller,
        lambda intent: services.supabase.profiles.create(
            caller,
            name=body.name,
            description=body.description,
            persona=body.persona.model_dump(exclude_none=True) if body.persona else None,
            learning=body.learning,
            is_default=body.is_default,
            redact_pii=body.redact_pii,
            intent=intent,
        ),
        lambda made: services.supabase.profiles.get(caller, ProfileId(made[0])),
    )
    version.tell(profile)
    return ProfileAnswer.of(profile)


@router.get("/{profile_id}", responses=problems(404) | UNCHANGED)
async def read_memory_profile(
    profile_id: UUID, caller: ChatUser, services: Services, version: ReadVersion
) -> ProfileAnswer:
    """Read a profile."""
    profile = await services.supabase.profiles.get(caller, ProfileId(profile_id))
    version.tell(profile)
    return ProfileAnswer.of(profile)


@router.patch("/{profile_id}", responses=problems(404, 409, 412))
async def update_memory_profile(
    profile_id: UUID,
    body: ProfileUpdate,
    caller: Admin,
    services: Services,
    version: ToldVersion,
    expected: IfMatch,
) -> ProfileAnswer:
    """Change a profile; what is left out stays."""
    profile = await services.supabase.profiles.update(
        caller, ProfileId(profile_id), changes=body.changes(), expected=expected
    )
    version.tell(profile)
    return ProfileAnswer.of(profile)


@router.delete("/{profile_id}", responses=problems(404, 409, 412))
async def delete_memory_profile(
    profile_id: UUID, caller: Admin, services: Services, expected: IfMatch
) -> ReceiptAnswer:
    """Forget a profile with its sessions, memories and documents.

    Another becomes the default if need be.
    """
    return ReceiptAnswer.of(
        await services.mem0.forgetting.profile(caller, ProfileId(profile_id), expected=expected)
    )


@router.post("/{profile_id}/set-default", responses=problems(404))
async def set_default_memory_profile(
    profile_id: UUID, caller: WholeAccount, services: Services, version: ToldVersion
) -> ProfileAnswer:
    """Make a profile the only default."""
    profile = await services.supabase.profiles.set_default(caller, ProfileId(profile_id))
    version.tell(profile)
    return ProfileAnswer.of(profile)


@router.post(
    "/{profile_id}/copy",
    status_code=201,
    responses=problems(404, 409),
    dependencies=NOT_REPEATABLE,
)
async def copy_memory_profile(
    profile_id: UUID, body: CopyRequest, caller: WholeAccount, services: Services
) -> CopyAnswer:
    """Copy the active memories and the documents into a new profile, or into one that exists."""
    target = ProfileId(body.target_profile_id) if body.target_profile_id else None
    return CopyAnswer.of(
        await services.mem0.copy(caller, ProfileId(profile_id), target=target, name=body.name)
    )


@router.post("/{profile_id}/merge", responses=problems(404, 409))
async def merge_memory_profiles(
    profile_id: UUID, body: MergeRequest, caller: WholeAccount, services: Services
) -> MergeAnswer:
    """Take over everything of another profile, which is gone afterwards: all of it or nothing.

    Memories that say the same become one with the sources of both; of what can hold only once, such
    as where somebody lives, what was said last holds. This profile keeps its name, persona and
    learning, and messages stay as learnable as they were when they were said. Documents come along; of a file that
    both have, both stay. 409 while an answer is
    being written on one of the two.
    """
    merged = await services.mem0.merging.merge(
        caller, ProfileId(profile_id), source=ProfileId(body.from_profile_id)
    )
    return MergeAnswer.of(merged)
