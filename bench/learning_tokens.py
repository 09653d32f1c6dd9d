"""What a learnt turn costs in tokens: `python -m bench.learning_tokens FOLDER`.

LoCoMo conversations in user/assistant form are learnt in batches of so many turns (a turn is what the
user says and the answer to it), a batch never reaching across sessions, and the prompts are counted
that the extractor sends. Beside it stands what mem0's own `add` sends for each turn: its system
prompt, ten memories, ten messages and the two new ones. The known memories are LoCoMo's observations of
the sessions before. Answers are not counted: what a conversation teaches is the same in any batch.
"""

import argparse
import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from tqdm import tqdm

from app.adapters.bundled_tokens import BundledTokens
from app.adapters.mem0_extractor import Mem0Extractor
from app.adapters.mem0_prompts import load_extraction_prompts
from app.models.ids import MemoryId, new_id
from app.models.memory import Memory, MemoryKind, MemorySource, MemoryStatus
from app.models.message import Message, Role
from app.ports.chat_model import Prompt
from app.ports.token_counter import TokenCounter
from bench.extraction_locomo import Session, sessions_of

BATCHES: Final = (1, 2, 3, 5, 10)
_CONTEXT: Final = 6
_KNOWN: Final = 40
"""The newest twenty, and what twenty messages of a batch are nearest to, less what is in both."""
_MEM0_KNOWN: Final = 10
_MEM0_MESSAGES: Final = 10
_TOKENS: Final = Path(__file__).parents[1] / "app" / "assets" / "o200k_base.tiktoken"


class CountingModel:
    """Learns nothing, and counts what it is asked."""

    def __init__(self, tokens: TokenCounter) -> None:
        self._tokens = tokens
        self.asked_tokens = 0

    async def __call__(self, prompt: Prompt) -> str:
        """An empty answer."""
        self.asked_tokens += sum(self._tokens.count(m.content) for m in prompt.messages)
        return '{"memory": []}'


def turns_of(session: Session) -> list[list[Message]]:
    """The session's turns: who spoke first is the user, the other the assistant."""
    first = session.messages[0].name
    turns: list[list[Message]] = []
    for message in session.messages:
        is_user = message.name == first
        role = Role.USER if is_user else Role.ASSISTANT
        if is_user or not turns:
            turns.append([])
        turns[-1].append(replace(message, role=role, name=None))
    return turns


async def batched(
    sessions: Sequence[Session], *, size: int, tokens: TokenCounter
) -> tuple[int, int]:
    """Tokens sent and turns learnt when so many turns make a batch."""
    model = CountingModel(tokens)
    extractor = Mem0Extractor(model)
    count = 0
    for session, known in with_known(sessions):
        turns = turns_of(session)
        count += len(turns)
        for start in range(0, len(turns), size):
            before = [message for turn in turns[:start] for message in turn]
            new = [message for turn in turns[start : start + size] for message in turn]
            await extractor.extract(new, context=before[-_CONTEXT:], known=known[-_KNOWN:])
    return model.asked_tokens, count


def mem0s_own(sessions: Sequence[Session], *, tokens: TokenCounter) -> tuple[int, int]:
    """Tokens sent and turns learnt when mem0 adds each turn by itself."""
    prompts = load_extraction_prompts()
    system_tokens, total, count = tokens.count(prompts.system), 0, 0
    for session, known in with_known(sessions):
        said: list[dict[str, str]] = []
        for turn in turns_of(session):
            new = [{"role": m.role.value, "content": m.content} for m in turn]
            asked = prompts.build_user_part(
                existing_memories=[
                    {"id": str(number), "text": memory.content}
                    for number, memory in enumerate(known[-_MEM0_KNOWN:])
                ],
                new_messages=new,
                last_k_messages=said[-_MEM0_MESSAGES:],
            )
            total += system_tokens + tokens.count(asked)
            count += 1
            said += new
    return total, count


def with_known(sessions: Sequence[Session]) -> Iterator[tuple[Session, list[Memory]]]:
    """Each session with what the sessions before it taught, oldest first."""
    known: list[Memory] = []
    for session in sessions:
        yield session, list(known)
        first = session.messages[0]
        known += [_memory(observed.text, first) for observed in session.observations]


def _memory(content: str, said: Message) -> Memory:
    return Memory(
        id=MemoryId(new_id()),
        user_id=said.user_id,
        profile_id=said.profile_id,
        kind=MemoryKind.FACT,
        content=content,
        importance=0.5,
        confidence=0.9,
        status=MemoryStatus.ACTIVE,
        said_at=said.created_at,
        source=MemorySource.LEARNT,
        created_at=said.created_at,
        updated_at=said.created_at,
    )


async def measure(files: Sequence[Path]) -> None:
    """The figures are printed."""
    tokens = BundledTokens(_TOKENS)
    conversations = [list(sessions_of(json.loads(file.read_text("utf-8")))) for file in files]
    sessions = [conversation for conversation in conversations if conversation]
    own = [mem0s_own(one, tokens=tokens) for one in sessions]
    per_turn = sum(total for total, _ in own) / sum(count for _, count in own)
    lines = [f"mem0's own add, each turn: {per_turn:8.0f} tokens a turn"]
    for size in tqdm(BATCHES, unit="size"):
        results = [await batched(one, size=size, tokens=tokens) for one in sessions]
        cost = sum(total for total, _ in results) / sum(count for _, count in results)
        lines.append(f"batches of {size:>2} turns:      {cost:8.0f}  {cost / per_turn:6.1%}")
    print(*lines, sep="\n")  # noqa: T201 - its output


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    given = arguments.parse_args()
    asyncio.run(measure(sorted(given.folder.glob("*.json"))))
