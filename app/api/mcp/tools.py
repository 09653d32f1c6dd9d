"""The tools: what the REST API does with memories, for models."""

from typing import Final

from app.api.mcp.exchange import Exchange
from app.api.mcp.tool import Tool
from app.core.errors import InvalidInput
from app.models.api_key import Scope
from app.models.ids import MemoryId
from app.models.memory import REMEMBERED_KINDS, MemoryKind, MemoryStatus
from app.schemas.lists import cursor_of, key_of
from app.schemas.mcp import (
    AddArguments,
    DeleteAllArguments,
    DeleteArguments,
    ListArguments,
    MatchingMemories,
    MatchingMemory,
    MemoryArguments,
    ProfilesArguments,
    SearchArguments,
    ToldMemories,
    ToldMemory,
    ToldProfile,
    ToldProfiles,
    UpdateArguments,
)
from app.schemas.receipts import ReceiptAnswer


async def _search(exchange: Exchange, wanted: SearchArguments) -> MatchingMemories:
    profile = await exchange.profile(wanted.profile)
    matches = await exchange.services.mem0.recaller.search(
        exchange.caller,
        profile.id,
        wanted.query,
        kinds=REMEMBERED_KINDS,
        limit=wanted.limit,
        as_of=wanted.as_of,
    )
    return MatchingMemories(
        memories=[MatchingMemory.found(one, one.memory) for one in matches if one.memory]
    )


async def _add(exchange: Exchange, given: AddArguments) -> ToldMemory:
    profile = await exchange.profile(given.profile)
    memory = await exchange.services.mem0.book.add(
        exchange.caller,
        profile.id,
        kind=MemoryKind(given.kind),
        content=given.content,
        importance=given.importance,
        valid_from=None,
        valid_until=None,
    )
    return ToldMemory.of(memory)


async def _list(exchange: Exchange, wanted: ListArguments) -> ToldMemories:
    after = key_of(wanted.cursor)
    profile = await exchange.profile(wanted.profile)
    page = await exchange.services.mem0.book.page(
        exchange.caller,
        profile.id,
        kind=MemoryKind(wanted.kind) if wanted.kind else None,
        status=MemoryStatus.ACTIVE,
        after=after,
        limit=wanted.limit,
    )
    return ToldMemories(
        memories=[ToldMemory.of(memory) for memory in page.items],
        next_cursor=cursor_of(page.next_key),
    )


async def _get(exchange: Exchange, wanted: MemoryArguments) -> ToldMemory:
    book = exchange.services.mem0.book
    return ToldMemory.of(await book.get(exchange.caller, MemoryId(wanted.memory_id)))


async def _update(exchange: Exchange, given: UpdateArguments) -> ToldMemory:
    if not (changes := given.changes()):
        raise InvalidInput("Nothing would change: give content, kind, importance or a time")
    book = exchange.services.mem0.book
    memory = await book.update(exchange.caller, MemoryId(given.memory_id), changes=changes)
    return ToldMemory.of(memory)


async def _delete(exchange: Exchange, given: DeleteArguments) -> ReceiptAnswer:
    receipt = await exchange.services.mem0.forgetting.memory(
        exchange.caller, MemoryId(given.memory_id), quotes=given.quotes
    )
    return ReceiptAnswer.of(receipt)


async def _delete_all(exchange: Exchange, given: DeleteAllArguments) -> ReceiptAnswer:
    profile = await exchange.profile(given.profile)
    receipt = await exchange.services.mem0.forgetting.memories_of_profile(
        exchange.caller, profile.id, quotes=given.quotes
    )
    return ReceiptAnswer.of(receipt)


async def _profiles(exchange: Exchange, wanted: ProfilesArguments) -> ToldProfiles:
    page = await exchange.services.supabase.profiles.page(
        exchange.caller, after=key_of(wanted.cursor), limit=wanted.limit
    )
    return ToldProfiles(
        memory_profiles=[ToldProfile.of(profile) for profile in page.items],
        next_cursor=cursor_of(page.next_key),
    )


TOOLS: Final = (
    Tool(
        name="search_memories",
        title="Search memories",
        description="Find what is remembered of the user about something, best match first. Call it "
        "before answering whatever may depend on who the user is, whom they know, what they like "
        "or what they did. Weak matches come as well: judge by the score and the words.",
        scope=Scope.MEMORIES_READ,
        is_permitted=lambda policy: policy.recall,
        arguments=SearchArguments,
        result=MatchingMemories,
        run=_search,
    ),
    Tool(
        name="add_memory",
        title="Add a memory",
        description="Remember one thing of the user from now on. Call it when the user asks to have "
        "something remembered, or has agreed to it. Search first: what is known already is changed "
        "with update_memory. Never store passwords, keys or numbers of cards.",
        scope=Scope.MEMORIES_WRITE,
        is_permitted=lambda policy: policy.learn,
        arguments=AddArguments,
        result=ToldMemory,
        run=_add,
    ),
    Tool(
        name="get_memories",
        title="List memories",
        description="List all that is remembered and holds now, newest first, page by page. To look "
        "for something, search_memories is better.",
        scope=Scope.MEMORIES_READ,
        is_permitted=lambda policy: policy.recall,
        arguments=ListArguments,
        result=ToldMemories,
        run=_list,
    ),
    Tool(
        name="get_memory",
        title="Read a memory",
        description="Read one memory by its id, also one that holds no longer.",
        scope=Scope.MEMORIES_READ,
        is_permitted=lambda policy: policy.recall,
        arguments=MemoryArguments,
        result=ToldMemory,
        run=_get,
    ),
    Tool(
        name="update_memory",
        title="Change a memory",
        description="Correct a memory in its place; what is left out stays. What was true once and "
        "no longer is gets a valid_until, and the new state a memory of its own.",
        scope=Scope.MEMORIES_WRITE,
        is_permitted=lambda policy: policy.learn,
        arguments=UpdateArguments,
        result=ToldMemory,
        run=_update,
        is_destructive=True,
        is_idempotent=True,
    ),
    Tool(
        name="delete_memory",
        title="Forget a memory",
        description="Forget one memory for good, and what repeats it. It is not learnt again from "
        "the messages that it came from. Gives a receipt of what went.",
        scope=Scope.MEMORIES_WRITE,
        is_permitted=lambda policy: policy.retain,
        arguments=DeleteArguments,
        result=ReceiptAnswer,
        run=_delete,
        is_destructive=True,
        is_idempotent=True,
    ),
    Tool(
        name="delete_all_memories",
        title="Forget all memories of a profile",
        description="Forget everything that a profile remembers, for good; its conversations and "
        "documents stay. Only after the user has confirmed it in so many words. Gives a receipt of "
        "what went.",
        scope=Scope.MEMORIES_WRITE,
        is_permitted=lambda policy: policy.retain,
        arguments=DeleteAllArguments,
        result=ReceiptAnswer,
        run=_delete_all,
        is_destructive=True,
        is_idempotent=True,
    ),
    Tool(
        name="list_memory_profiles",
        title="List memory profiles",
        description="List the user's memory profiles. Each remembers by itself, such as one for work "
        "and one for the family; tools are about the default one unless they are told another.",
        scope=Scope.MEMORIES_READ,
        is_permitted=lambda _: True,
        arguments=ProfilesArguments,
        result=ToldProfiles,
        run=_profiles,
    ),
)
