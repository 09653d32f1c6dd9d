"""Ids as OpenAI's clients see them: a prefix that says of what, and the UUID without its dashes."""

from enum import StrEnum
from uuid import UUID

from app.models.ids import id_of


class Kind(StrEnum):
    """What an id is of, and what is called so here."""

    RESPONSE = "resp"
    """A run."""
    CONVERSATION = "conv"
    """A session."""
    ITEM = "msg"
    """A message."""


def named(kind: Kind, thing: UUID) -> str:
    """The id of a thing."""
    return f"{kind}_{thing.hex}"


def id_in(kind: Kind, text: str) -> UUID | None:
    """The thing of this id; None when it is no id of such a thing."""
    prefix, _, rest = text.partition("_")
    thing = id_of(rest) if prefix == kind else None
    return thing if thing is not None and named(kind, thing) == text else None


def call_item(run_id: UUID, index: int) -> str:
    """The id of a call that a run asks for."""
    return f"fc_{run_id.hex}_{index}"


def run_of_call(text: str) -> UUID | None:
    """The run that asked for the call of this id; None when it is no such id."""
    prefix, _, rest = text.partition("_")
    run, _, index = rest.partition("_")
    run_id = id_of(run) if prefix == "fc" and index.isdecimal() else None
    return run_id if run_id is not None and run == run_id.hex else None
