"""Plans: what an account may use, as the operator has it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

DEFAULT_PLAN: Final = "free"
"""The plan of everybody whom the operator has given no other."""


class Quota(StrEnum):
    """The things that a plan can have a quota of."""

    TURNS = "turns"
    """Answers of the model in a calendar month."""
    TOKENS = "tokens"
    """Of those answers and of what the model was sent for them, in a calendar month."""
    MEMORIES = "memories"
    """All that are kept, of any status."""
    DOCUMENTS = "documents"
    DOCUMENT_BYTES = "document_bytes"
    """Of all documents' originals together."""


MONTHLY: Final = frozenset({Quota.TURNS, Quota.TOKENS})
"""What begins anew with each month; of all else, deleting makes room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What an account on it may use."""

    name: str
    turns_rate: str | None = None
    """Such as `20/minute`; None for no other than everybody's."""
    quotas: Mapping[Quota, int] = field(default_factory=dict)
    """What is not in it is unlimited."""

    def limit(self, quota: Quota) -> int | None:
        """How many; None for as many as one likes."""
        return self.quotas.get(quota)


class Plans:
    """The plans that there are, by name; one whose name is not known is the default one."""

    def __init__(self, plans: Mapping[str, Plan]) -> None:
        """These, and a default one without quotas unless it is among them."""
        self._plans = {DEFAULT_PLAN: Plan(name=DEFAULT_PLAN), **plans}

    @property
    def names(self) -> tuple[str, ...]:
        """Of all of them."""
        return tuple(self._plans)

    @property
    def any_rate(self) -> bool:
        """Whether a plan says how fast turns may follow each other."""
        return any(one.turns_rate for one in self._plans.values())

    def named(self, name: str) -> Plan:
        """The plan of this name."""
        return self._plans.get(name) or self._plans[DEFAULT_PLAN]

    def any_of(self, *quotas: Quota) -> bool:
        """Whether a plan has one of these quotas."""
        return any(one.limit(quota) is not None for one in self._plans.values() for quota in quotas)
