"""Records of a file to rows of one account, some hundred at a time."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final, assert_never

from app.models.ids import ProfileId
from app.models.imports import ImportReport
from app.models.portable import (
    Entry,
    Flaw,
    Noun,
    PortableAccount,
    PortableDocument,
    PortableFormat,
    PortableHeader,
    PortableMemory,
    PortableMessage,
    PortableProfile,
    PortableSession,
    Skipped,
)
from app.models.user import Caller
from app.ports.database import Transaction
from app.services.imports.conversations import Conversations
from app.services.imports.distilled import Distilled
from app.services.imports.identities import Identities
from app.services.imports.knowledge import Knowledge
from app.services.imports.profiles import OneProfile, Targets, WholeAccount
from app.services.imports.rows import Rows
from app.services.imports.tallies import Tallies

AT_A_TIME: Final = 500


class Placement:
    """Puts a file into one profile, or into a whole account."""

    def __init__(
        self,
        tx: Transaction,
        rows: Rows,
        *,
        caller: Caller,
        into: ProfileId | None,
        default: PortableProfile | None,
        at: datetime,
    ) -> None:
        """Nothing is placed yet.

        Args:
            tx: what is here is read in it.
            rows: what is new is written to them.
            caller: whose account.
            into: the profile, None for the account.
            default: the file's default profile, if it has one.
            at: the present.

        Raises:
            ProfileNotFound: absent, or someone else's.
        """
        self._tx = tx
        self._rows = rows
        self._caller = caller
        self._tallies = Tallies()
        identities = Identities(
            tx,
            owner=caller.user_id,
            into=into or caller.user_id,
            within=[into] if into else None,
        )
        self._targets: Targets = (
            OneProfile(tx, rows, into=tx.profiles.get(into, owner=caller.user_id))
            if into
            else WholeAccount(tx, rows, caller=caller, identities=identities, default=default)
        )
        self._conversations = Conversations(
            tx,
            rows,
            caller=caller,
            targets=self._targets,
            identities=identities,
            tallies=self._tallies,
            at=at,
        )
        self._distilled = Distilled(
            tx,
            rows,
            caller=caller,
            targets=self._targets,
            identities=identities,
            tallies=self._tallies,
            at=at,
        )
        self._knowledge = self._knowing(identities)
        self._waiting: list[PortableSession | PortableMessage | PortableMemory] = []

    def place(
        self,
        entries: Iterable[Entry],
        *,
        file_format: PortableFormat,
        progress: Callable[[int], None],
    ) -> ImportReport:
        """What has become of the entries of a file without flaws.

        Args:
            entries: in the order in which an importer tells them.
            file_format: for the report.
            progress: called with the number of records done.

        Raises:
            ValueError: there is a flaw among them.
        """
        for entry in entries:
            self._take(entry)
            if len(self._waiting) >= AT_A_TIME:
                self._place_waiting()
                progress(self._tallies.seen)
        self._place_waiting()
        self._conversations.finish()
        progress(self._tallies.seen)
        return self._tallies.report(file_format)

    def _knowing(self, identities: Identities) -> Knowledge:
        return Knowledge(
            self._rows,
            caller=self._caller,
            targets=self._targets,
            identities=identities,
            tallies=self._tallies,
        )

    def _take(self, entry: Entry) -> None:
        match entry:
            case PortableSession() | PortableMessage() | PortableMemory():
                self._waiting.append(entry)
            case PortableProfile():
                self._place_profile(entry)
            case PortableDocument():
                self._place_waiting()
                self._knowledge.place([entry])
            case PortableAccount():
                self._place_account(entry)
            case Skipped():
                self._tallies.skipped += 1
            case PortableHeader():
                pass
            case Flaw():
                raise ValueError("a file with flaws is not placed")
            case never:
                assert_never(never)

    def _place_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._conversations.place_sessions([o for o in waiting if isinstance(o, PortableSession)])
        self._conversations.place_messages([o for o in waiting if isinstance(o, PortableMessage)])
        self._distilled.place([o for o in waiting if isinstance(o, PortableMemory)])

    def _place_profile(self, record: PortableProfile) -> None:
        target = self._targets.receive(record)
        if target.conflict:
            self._tallies.conflict(target.conflict)
        self._tallies.count(Noun.PROFILES, in_file=1, added=int(target.is_new))

    def _place_account(self, record: PortableAccount) -> None:
        account = self._tx.users.get(self._caller.user_id)
        if account.display_name is None and record.display_name is not None:
            self._rows.rename_account(record.display_name)
