"""When what was said becomes memories: every setting, its default and its unit."""

from typing import Final

from pydantic import BaseModel, ConfigDict, Field, field_validator


class LearningSettings(BaseModel):
    """When what was said becomes memories."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    turns: int | None = Field(default=None, ge=1, le=100)
    idle_s: float | None = Field(default=None, ge=0)
    max_wait_s: float | None = Field(default=None, ge=0)
    lease_s: float = Field(default=60.0, gt=0)
    attempts: int = Field(default=5, ge=1, le=20)
    backoff_s: float = Field(default=5.0, ge=0)

    @field_validator("turns", "idle_s", "max_wait_s", mode="before")
    @classmethod
    def _empty_is_unset(cls, given: object) -> object:
        return None if given == "" else given


class LearningPaceSettings(BaseModel):
    """When what was said is learnt from, once it is known by what.

    mem0's prompt has 8,000 tokens before the first message: learning five turns at a time costs 27 %
    of a prompt per turn (`python -m bench.learning_tokens`). Rules cost a millisecond and need not wait.
    """

    model_config = ConfigDict(frozen=True)
    turns: int
    idle_s: float
    max_wait_s: float


PACE_OF_RULES: Final = LearningPaceSettings(turns=20, idle_s=2, max_wait_s=30)
PACE_OF_A_MODEL: Final = LearningPaceSettings(turns=5, idle_s=300, max_wait_s=1_800)
