"""Fields by which requests of other protocols choose profile, mode and session."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, Field, StrictBool

ModelName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=300,
        description="`memorychat` for the default profile, `memorychat/<profile>` for another one, "
        "either with `:incognito` or `:pause_memories` after it; `memorychat-task` for titles and the "
        "like, which reads and writes no memory.",
        examples=["memorychat/work:incognito"],
    ),
]
Conversation = Annotated[
    list[dict[str, Any]],
    Field(min_length=1, max_length=10_000, description="The conversation, oldest first."),
]
Stores = Annotated[
    StrictBool | None, Field(description="`false`: nothing is kept, and nothing is learnt.")
]


class Selecting(BaseModel):
    """A body that may select, under a name of ours or among its metadata."""

    memorychat: Annotated[
        dict[str, Any] | None,
        Field(description="`profile`, `mode` and `session_id`; `metadata` may have them instead."),
    ] = None
    metadata: dict[str, Any] | None = None

    @property
    def slots(self) -> Mapping[str, Any]:
        """Where profile, mode and session may be selected."""
        return {"memorychat": self.memorychat, "metadata": self.metadata}
