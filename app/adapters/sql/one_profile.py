"""The same repositories for a caller who reaches one profile only: what is of others is not there.

They stand where a caller names a thing or asks for a list. What follows from it reaches further: what
is forgotten is forgotten on every profile, and so `all_of` and the methods that take many ids do not
ask who calls.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Select, and_

from app.adapters.sql import tables
from app.adapters.sql.cipher import Cipher
from app.adapters.sql.documents import SqlDocuments
from app.adapters.sql.imports import SqlImports
from app.adapters.sql.jobs import SqlJobs
from app.adapters.sql.memories import SqlMemories
from app.adapters.sql.messages import SqlMessages
from app.adapters.sql.portability import SqlPortability
from app.adapters.sql.profiles import SqlProfiles
from app.adapters.sql.session_rows import reads_no_other
from app.adapters.sql.sessions import SqlSessions
from app.core.document_errors import DocumentNotFound
from app.core.errors import (
    JobNotFound,
    MemoryNotFound,
    MessageNotFound,
    ProfileNotFound,
    SessionNotFound,
)
from app.core.transfer_errors import ImportNotFound
from app.models.document import Document
from app.models.ids import (
    DocumentId,
    ImportId,
    JobId,
    MemoryId,
    MessageId,
    ProfileId,
    RunId,
    SessionId,
    UserId,
)
from app.models.imports import Import
from app.models.job import Job
from app.models.memory import Memory
from app.models.message import Message
from app.models.page import Page, PageKey
from app.models.profile import Profile
from app.models.session import Session


class _Within:
    """A repository that reaches one profile, over the one that reaches all."""

    def __init__(self, *over: Any, within: ProfileId) -> None:
        super().__init__(*over)
        self._within = within


class ProfilesWithin(_Within, SqlProfiles):
    """One profile, which is the default to whoever is bound to it."""

    def get(self, profile_id: ProfileId, *, owner: UserId) -> Profile:
        """The profile.

        Raises:
            ProfileNotFound: absent, someone else's, or another one.
        """
        if profile_id != self._within:
            raise ProfileNotFound
        return super().get(profile_id, owner=owner)

    def by_ids(self, ids: Iterable[ProfileId], *, owner: UserId) -> Sequence[Profile]:
        """The one profile, if it is among them."""
        return super().by_ids([one for one in ids if one == self._within], owner=owner)

    def default(self, *, owner: UserId) -> Profile:
        """The one profile.

        Raises:
            ProfileNotFound: it is gone.
        """
        return self.get(self._within, owner=owner)

    def named(self, name: str, *, owner: UserId) -> Profile:
        """The one profile, if that is its name.

        Raises:
            ProfileNotFound: it has another.
        """
        return self.get(super().named(name, owner=owner).id, owner=owner)

    def page(self, *, owner: UserId, after: PageKey | None, limit: int) -> Page[Profile]:
        """The one profile."""
        found = super().by_ids([self._within], owner=owner)
        return Page(items=[one for one in found if not after or one.id > after.id], next_key=None)


class SessionsWithin(_Within, SqlSessions):
    """Sessions on one profile that read no other."""

    def get(self, session_id: SessionId, *, owner: UserId) -> Session:
        """The session.

        Raises:
            SessionNotFound: absent, someone else's, on another profile, or reading one.
        """
        session = super().get(session_id, owner=owner)
        if {session.profile_id, *session.reads} != {self._within}:
            raise SessionNotFound
        return session

    def delete(self, session_id: SessionId, *, owner: UserId) -> None:
        """The session and its messages are gone.

        Raises:
            SessionNotFound: as for `get`.
        """
        self.get(session_id, owner=owner)
        super().delete(session_id, owner=owner)

    def _listed(self, owner: UserId) -> Select[Any]:
        on_it = tables.chat_sessions.c.memory_profile_id == self._within
        return super()._listed(owner).where(on_it, reads_no_other(self._within))


class MessagesWithin(_Within, SqlMessages):
    """Messages on one profile."""

    def get(self, message_id: MessageId, *, owner: UserId) -> Message:
        """The message.

        Raises:
            MessageNotFound: absent, someone else's, or on another profile.
        """
        message = super().get(message_id, owner=owner)
        if message.profile_id != self._within:
            raise MessageNotFound
        return message

    def of_run(self, run_id: RunId, *, owner: UserId) -> Sequence[Message]:
        """The messages that a run wrote, oldest first."""
        found = super().of_run(run_id, owner=owner)
        return [one for one in found if one.profile_id == self._within]


class MemoriesWithin(_Within, SqlMemories):
    """Memories of one profile."""

    def get(self, memory_id: MemoryId, *, owner: UserId) -> Memory:
        """The memory.

        Raises:
            MemoryNotFound: absent, someone else's, or of another profile.
        """
        memory = super().get(memory_id, owner=owner)
        if memory.profile_id != self._within:
            raise MemoryNotFound
        return memory


class DocumentsWithin(_Within, SqlDocuments):
    """Documents of one profile."""

    def get(self, document_id: DocumentId, *, owner: UserId) -> Document:
        """The document.

        Raises:
            DocumentNotFound: absent, someone else's, or of another profile.
        """
        document = super().get(document_id, owner=owner)
        if document.profile_id != self._within:
            raise DocumentNotFound
        return document


class ImportsWithin(_Within, SqlImports):
    """Imports into one profile."""

    def get(self, import_id: ImportId, *, owner: UserId) -> Import:
        """The import.

        Raises:
            ImportNotFound: absent, someone else's, or not into this profile.
        """
        found = super().get(import_id, owner=owner)
        if found.profile_id != self._within:
            raise ImportNotFound
        return found


class JobsWithin(_Within, SqlJobs):
    """The learning jobs of one profile."""

    def get(self, job_id: JobId, *, owner: UserId) -> Job:
        """The job.

        Raises:
            JobNotFound: absent, someone else's, or of another profile.
        """
        job = super().get(job_id, owner=owner)
        if job.profile_id != self._within:
            raise JobNotFound
        return job


class PortabilityWithin(SqlPortability):
    """One profile out and in, without the sessions that read another."""

    def __init__(self, connection: Connection, cipher: Cipher, *, within: ProfileId) -> None:
        super().__init__(connection, cipher)
        self._shown = and_(self._shown, reads_no_other(within))
