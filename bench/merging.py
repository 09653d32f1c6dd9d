"""How long two large profiles take to become one, and what others feel of it meanwhile.

    python -m bench.merging [--memories 10000]

Each of the two has so many memories, and twice as many messages. A tenth of those that arrive say what
is known already, and a twentieth contradicts it. The index follows later, in the background.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeVar

from app.core.privacy import PrivacyMode
from app.models.actor import SYSTEM
from app.models.clock import utc_now
from app.models.ids import MemoryId, MessageId, new_id
from app.models.memory import Memory, MemoryKind, MemorySource, MemoryStatus
from app.models.message import MemoryUse, Message, Role
from app.models.profile import Profile
from app.models.session import Session
from app.models.user import Caller
from app.ports.database import Transaction
from bench.library import empty_session, first_version, open_library
from bench.portability import sentence

Result = TypeVar("Result")

AT_A_TIME: Final = 500
PER_SESSION: Final = 50
TICK_S: Final = 0.005


def fill(tx: Transaction, caller: Caller, profile: Profile, *, memories: int, first: int) -> None:
    """The profile has so many memories, each with a source; `first` numbers their sentences."""
    said: list[MessageId] = []
    known = [MemoryId(new_id()) for _ in range(memories)]
    for start in range(0, 2 * memories, PER_SESSION):
        session = replace(empty_session(profile), next_seq=PER_SESSION + 1)
        messages = [a_message(session, start + place, place, known) for place in range(PER_SESSION)]
        tx.portability.add_sessions([session], tenant_id=caller.tenant_id)
        tx.portability.add_messages(messages, tenant_id=caller.tenant_id)
        said += [message.id for message in messages]
    rows = [
        a_memory(profile, known[number], first + number, number, said[2 * number])
        for number in range(memories)
    ]
    for start in range(0, memories, AT_A_TIME):
        tx.portability.add_memories(
            [(memory, [first_version(memory)]) for memory in rows[start : start + AT_A_TIME]],
            tenant_id=caller.tenant_id,
        )


def a_message(session: Session, number: int, place: int, known: list[MemoryId]) -> Message:
    """A question, or an answer that was given five memories."""
    answers = place % 2 == 1
    used = [known[(number * 5 + one) % len(known)] for one in range(5)] if answers else []
    return Message(
        id=MessageId(new_id()),
        user_id=session.user_id,
        profile_id=session.profile_id,
        session_id=session.id,
        seq=place + 1,
        role=Role.ASSISTANT if answers else Role.USER,
        content=sentence(number),
        privacy_mode=PrivacyMode.NORMAL,
        learnable=True,
        searchable=True,
        memories_used=tuple(MemoryUse(one, MemoryKind.FACT, 0.5, {"base": 0.5}) for one in used),
        created_at=session.created_at,
    )


def a_memory(
    profile: Profile, memory_id: MemoryId, told: int, number: int, source: MessageId
) -> Memory:
    """A sentence; every twentieth claims a slot that the other profile claims as well."""
    now = utc_now()
    return Memory(
        id=memory_id,
        user_id=profile.user_id,
        profile_id=profile.id,
        kind=MemoryKind.FACT,
        content=sentence(told),
        importance=0.5,
        confidence=0.9,
        status=MemoryStatus.ACTIVE,
        said_at=now,
        slot=f"User|{number}" if number % 20 == 0 else None,
        source=MemorySource.LEARNT,
        source_message_ids=(source,),
        created_at=now,
        updated_at=now,
    )


async def timed(work: Awaitable[Result]) -> tuple[Result, float, float]:
    """What it came to, how long it took, and how late the event loop was at worst meanwhile."""
    late = [0.0]
    watching = asyncio.create_task(_watch(late))
    start = time.perf_counter()
    result = await work
    took_s = time.perf_counter() - start
    watching.cancel()
    return result, took_s, max(late)


async def _watch(late: list[float]) -> None:
    while True:
        start = time.perf_counter()
        await asyncio.sleep(TICK_S)
        late.append(time.perf_counter() - start - TICK_S)


async def run(memories: int) -> None:
    """Two profiles are filled and merged."""
    with tempfile.TemporaryDirectory() as folder:
        async with open_library(Path(folder)) as library:
            container = library.container
            receiver, giver = await library.empty_profile(), await library.empty_profile()
            caller = library.caller
            for profile, first in ((receiver, 0), (giver, memories - memories // 10)):
                await container.stores.database.write(
                    lambda tx, profile=profile, first=first: fill(  # type: ignore[misc]
                        tx, caller, profile, memories=memories, first=first
                    ),
                    by=SYSTEM,
                )
            ids = await container.stores.database.read(
                lambda tx: tx.memories.ids_of_profile(giver.id, owner=caller.user_id, status=None),
                by=SYSTEM,
            )
            mem0 = container.mem0
            _, moving_s, _ = await timed(
                mem0.moving.move(caller, giver.id, ids[-500:], to=receiver.id)
            )
            merged, took_s, late_s = await timed(
                mem0.merging.merge(caller, receiver.id, source=giver.id)
            )
            waiting = await container.stores.database.read(
                lambda tx: tx.index_changes.count(receiver.id), by=SYSTEM
            )
    print(f"moving 500 of {memories} memories: {moving_s * 1e3:.0f} ms")  # noqa: T201
    print(f"merging two profiles of {memories} memories: {took_s:.2f} s")  # noqa: T201
    print(f"  moved {merged.moved}")  # noqa: T201
    print(f"  merged {len(merged.merged)}, superseded {len(merged.superseded)}")  # noqa: T201
    print(f"  the event loop was {late_s * 1e3:.0f} ms late at most")  # noqa: T201
    print(f"  {waiting} points wait for the index")  # noqa: T201


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--memories", type=int, default=10_000)
    asyncio.run(run(parser.parse_args().memories))


if __name__ == "__main__":
    main()
