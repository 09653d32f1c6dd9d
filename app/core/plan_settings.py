"""Plans and their quotas; `config.py` reads them."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
)
from pydantic_settings import NoDecode

from app.core.bounds import Rate
from app.core.reach_settings import ReachSettings
from app.models.plan import Plan, Plans, Quota

_EXAMPLE: Final = '{"free": {"turns_per_month": 300}, "pro": {"turns": "60/minute"}}'
PlanName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,19}$")]
Most = Annotated[int, Field(ge=0, le=10**15)]


class PlanSettings(BaseModel):
    """One plan. What it does not say is unlimited."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    name: PlanName
    turns: Rate | None = None
    turns_per_month: Most | None = None
    tokens_per_month: Most | None = None
    memories: Most | None = None
    documents: Most | None = None
    document_bytes: Most | None = None

    @property
    def plan(self) -> Plan:
        """The plan as services know it."""
        given = {
            Quota.TURNS: self.turns_per_month,
            Quota.TOKENS: self.tokens_per_month,
            Quota.MEMORIES: self.memories,
            Quota.DOCUMENTS: self.documents,
            Quota.DOCUMENT_BYTES: self.document_bytes,
        }
        quotas = {quota: limit for quota, limit in given.items() if limit is not None}
        return Plan(name=self.name, turns_rate=self.turns, quotas=quotas)


class PlannedSettings(ReachSettings):
    """Which plans there are: one without quotas for everybody, unless it is set."""

    plans: Annotated[tuple[PlanSettings, ...], NoDecode] = ()

    @field_validator("plans", mode="before")
    @classmethod
    def _plans_in_json(cls, given: object) -> object:
        return plans_in(given) if isinstance(given, str) else given

    @property
    def plan_book(self) -> Plans:
        """All plans, by name."""
        return Plans({one.name: one.plan for one in self.plans})


def plans_in(text: str) -> tuple[PlanSettings, ...]:
    """The plans in an object in JSON, by name; none in an empty text.

    Raises:
        ValueError: it is none, in a sentence.
    """
    if not text.strip():
        return ()
    try:
        given = json.loads(text)
    except ValueError:
        given = None
    if not isinstance(given, dict) or not all(isinstance(one, dict) for one in given.values()):
        raise ValueError(f"is no object of plans in JSON: write {_EXAMPLE}, in one line")
    return tuple(_plan(name, one) for name, one in given.items())


def _plan(name: str, given: Mapping[str, Any]) -> PlanSettings:
    try:
        return PlanSettings.model_validate({**given, "name": name})
    except ValidationError as error:
        first = error.errors()[0]
        what = ".".join(str(part) for part in first["loc"])
        reason = "is not known" if first["type"] == "extra_forbidden" else first["msg"]
        raise ValueError(f"plan {name}, {what}: {reason}") from None
