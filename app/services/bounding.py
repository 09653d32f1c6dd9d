"""The most tokens that a turn will take, told before it begins."""

from collections.abc import Callable, Sequence
from datetime import datetime

import orjson

from app.models.message import Message
from app.models.profile import Profile
from app.ports.chat_model import Prompt
from app.services.prompts import (
    ANSWER_OVERHEAD_TOKENS,
    MESSAGE_OVERHEAD_TOKENS,
    PromptBuilder,
)
from app.services.supplied import SuppliedTalk


class TokenBounds:
    """Counts the prompt without memories, and adds the most that these and the answer may have."""

    def __init__(self, prompts: PromptBuilder, *, count: Callable[[str], int]) -> None:
        """A `count` tells the tokens of one text."""
        self._prompts = prompts
        self._count = count

    def of_turn(
        self, profile: Profile, text: str, history: Sequence[Message], *, now: datetime
    ) -> int:
        """Of a message in its session: the model's window at the most."""
        packed = self._prompts.answer(profile=profile, message=text, now=now, history=history)
        return min(self._bound(packed.prompt), self._prompts.budget.window_tokens)

    def of_talk(self, profile: Profile, talk: SuppliedTalk, *, now: datetime) -> int:
        """Of a conversation as its client has it, however long."""
        packed = self._prompts.supplied(talk, profile=profile, now=now, memories=())
        return self._bound(packed.prompt)

    def _bound(self, prompt: Prompt) -> int:
        budget = self._prompts.budget
        sent = sum(self._count(one.content) + MESSAGE_OVERHEAD_TOKENS for one in prompt.messages)
        if prompt.options:
            sent += self._count(orjson.dumps(dict(prompt.options)).decode())
        answer = prompt.max_output_tokens or budget.answer_tokens
        return sent + ANSWER_OVERHEAD_TOKENS + budget.memory_tokens + answer
