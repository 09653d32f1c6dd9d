from typing import Annotated, Final
from uuid import UUID

from fastapi import Query
from pydantic import Field

from app.models.identity import AccountElsewhere
from app.models.job import Receipt
from app.models.wipe import PendingWipe, Store
from app.schemas.fields import Answer, Timestamp

MAX_QUOTING_IDS: Final = 100

Quotes = Annotated[
    bool,
    Query(
        description="Delete the answers that repeat it as well: those that the receipt would count "
        "in `quoting_messages`, which is 0 then."
    ),
]


class ReceiptAnswer(Answer):
    """What was forgotten, counted per store."""

    deleted: dict[str, int]
    unlearned_messages: int = Field(
        description="Messages that stay in their conversations, and are neither learnt from nor found "
        "by recall any more: those that what was forgotten came from, and answers that had read it."
    )
    quoting_messages: int = Field(
        description="Answers that stay in their conversations, and repeat what was forgotten: they "
        "share a name, a number or another telling word with it that the user had not said there "
        "before. No model is shown them again, no search finds them, and each says "
        "`repeats_forgotten`. A repetition in other words altogether is not recognised. "
        "`?quotes=true` deletes them as well: then they count in `deleted`, none stays, and this is "
        "0. Their own words are not forgotten, so an answer that shares only those with them stays "
        "as it is."
    )
    quoting_message_ids: list[UUID] = Field(
        description=f"Of the first {MAX_QUOTING_IDS} of them, the oldest first."
    )
    bytes_pending: list[str] = Field(
        description="Where bytes of what was deleted still stand in files, `database` or `index`, "
        "though nothing finds them any more. One wipe serves all deletions, so it is all that is left "
        "of yours, as `GET /me/forgetting` has it, and empty when this deletion took nothing that was "
        "in a file, such as what was said in incognito. And `processes` where "
        "there are several, and one did not answer: its memory may hold some until it looks by itself."
    )
    bytes_gone_by: Timestamp | None = Field(
        description="When those are gone at the latest; null when none are left."
    )
    bytes_unattested: list[Store] = Field(
        description="Stores that are on a server whose files are its own, such as Postgres: nothing "
        "finds there what was deleted, and its bytes go when that server writes something else in "
        "their place. Empty for an embedded installation."
    )
    completed_at: Timestamp
    account_elsewhere: AccountElsewhere = Field(
        description="What became of the account where it signed in, when it is the account that went: "
        "`erased` there too; `pending` while that service does not answer, which is asked again until "
        "it has; `kept`, since it is yours to delete there, as at Google; `none` in all other cases."
    )

    @classmethod
    def of(cls, receipt: Receipt) -> "ReceiptAnswer":
        """The receipt as clients see it."""
        return cls(
            deleted=dict(receipt.deleted),
            unlearned_messages=receipt.unlearned_messages,
            quoting_messages=len(receipt.quoting),
            quoting_message_ids=list(receipt.quoting[:MAX_QUOTING_IDS]),
            bytes_pending=list(receipt.bytes_pending),
            bytes_gone_by=receipt.bytes_gone_by,
            bytes_unattested=list(receipt.bytes_unattested),
            completed_at=receipt.completed_at,
            account_elsewhere=receipt.account_elsewhere,
        )


class PendingWipeAnswer(Answer):
    """A store whose files hold bytes of what was deleted; nothing finds them any more."""

    store: Store
    since: Timestamp = Field(description="When the first of it was deleted.")
    gone_by: Timestamp = Field(
        description="When the last of it is gone at the latest. If the server ends before, soon "
        "after its next start."
    )

    @classmethod
    def of(cls, pending: PendingWipe) -> "PendingWipeAnswer":
        """The store as clients see it."""
        return cls(store=pending.store, since=pending.since, gone_by=pending.gone_by)


class ForgettingAnswer(Answer):
    """What is still being wiped of what the caller deleted or changed; empty when nothing is."""

    data: list[PendingWipeAnswer]
