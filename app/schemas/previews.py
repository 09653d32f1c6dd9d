from uuid import UUID

from pydantic import Field

from app.models.message import Role
from app.schemas.chat import TurnPrivacy
from app.schemas.fields import Answer, Body, MessageText, Reads
from app.schemas.memories import UsedMemory
from app.services.previews import Preview


class PreviewRequest(Body):
    """A message that is not sent; in a session of the profile, or in a new one."""

    message: MessageText
    session_id: UUID | None = None
    reads_memory_profile_ids: Reads | None = Field(
        default=None, description="As if the session read these; what it does read unless given."
    )


class PromptPart(Answer):
    """One message of the prompt, to the letter."""

    role: Role
    content: str
    tokens: int


class PreviewedMemory(Answer):
    """A memory that the system message would quote, and why."""

    memory: UsedMemory
    tokens: int


class TokenBudget(Answer):
    """How the model's window would be shared out, in tokens."""

    window: int
    prompt: int
    memories: int = Field(description="Of the prompt.")
    memories_limit: int
    answer_reserve: int


class PreviewAnswer(Answer):
    """What the model would see."""

    privacy: TurnPrivacy
    messages: list[PromptPart]
    memories: list[PreviewedMemory]
    memory_unavailable: bool
    budget: TokenBudget

    @classmethod
    def of(cls, preview: Preview) -> "PreviewAnswer":
        """The preview as clients see it."""
        budget = preview.budget
        return cls(
            privacy=TurnPrivacy.of(preview.privacy),
            messages=[
                PromptPart(role=one.part.role, content=one.part.content, tokens=one.tokens)
                for one in preview.messages
            ],
            memories=[
                PreviewedMemory(memory=UsedMemory.of(memory), tokens=tokens)
                for memory, tokens in preview.memories
            ],
            memory_unavailable=preview.unavailable,
            budget=TokenBudget(
                window=budget.window_tokens,
                prompt=sum(one.tokens for one in preview.messages),
                memories=sum(tokens for _, tokens in preview.memories),
                memories_limit=budget.memory_tokens,
                answer_reserve=budget.answer_tokens,
            ),
        )
