from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.models.ids import ProfileId, UserId
from app.models.namespace import Namespace


class Learning(StrEnum):
    """Whether what is said on a profile becomes memories: at once, after review, or never."""

    AUTO = "auto"
    ASK = "ask"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Profile:
    """A named set of memories of one user. Exactly one of a user's profiles is the default."""

    id: ProfileId
    user_id: UserId
    name: str
    description: str | None
    is_default: bool
    persona: Mapping[str, object] | None
    learning: Learning
    speakers: tuple[str, ...]
    """Names under which somebody spoke in this profile's messages, at most 50."""
    created_at: datetime
    updated_at: datetime
    redact_pii: bool = False
    """Whether personal numbers and addresses are kept from learning; see `services/personal_data`."""

    @property
    def namespace(self) -> Namespace:
        """Where this profile's memories live."""
        return Namespace(self.user_id, self.id)
