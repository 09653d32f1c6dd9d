from collections.abc import Callable
from typing import Protocol, TypeVar

from app.models.actor import Actor
from app.models.ids import ProfileId
from app.ports.repositories.accounts import LoginRepository, UserRepository
from app.ports.repositories.api_keys import ApiKeyRepository
from app.ports.repositories.document_files import DocumentFileRepository
from app.ports.repositories.documents import DocumentRepository
from app.ports.repositories.identities import IdentityRepository, TenantRepository
from app.ports.repositories.intents import IntentRepository
from app.ports.repositories.jobs import IndexChangeRepository, JobRepository
from app.ports.repositories.memories import MemoryRepository
from app.ports.repositories.messages import MessageRepository
from app.ports.repositories.places import PlaceRepository
from app.ports.repositories.portability import ImportRepository, PortabilityRepository
from app.ports.repositories.processes import ErasureRepository, ProcessRepository
from app.ports.repositories.profiles import ProfileRepository
from app.ports.repositories.sessions import SessionRepository
from app.ports.repositories.threads import ThreadRepository
from app.ports.repositories.usage import UsageRepository
from app.ports.repositories.wipes import WipeRepository

Result = TypeVar("Result")


class Transaction(Protocol):
    """The repositories of one transaction. Not to be kept after the work returns.

    On behalf of somebody who reaches one profile only, a thing of another that is named is absent,
    and lists are of that one; what follows from it, as what has to be forgotten with it, reaches all.
    """

    users: UserRepository
    logins: LoginRepository
    api_keys: ApiKeyRepository
    identities: IdentityRepository
    tenants: TenantRepository
    profiles: ProfileRepository
    sessions: SessionRepository
    threads: ThreadRepository
    intents: IntentRepository
    messages: MessageRepository
    memories: MemoryRepository
    places: PlaceRepository
    jobs: JobRepository
    index_changes: IndexChangeRepository
    portability: PortabilityRepository
    imports: ImportRepository
    documents: DocumentRepository
    document_files: DocumentFileRepository
    wipes: WipeRepository
    processes: ProcessRepository
    erasures: ErasureRepository
    usage: UsageRepository

    @property
    def within(self) -> ProfileId | None:
        """The only profile that is reached; None for all of the user's."""
        ...


class Database(Protocol):
    """Runs a piece of work as one transaction, away from the event loop.

    Work is a plain function, so that nothing can be awaited, no model called and no client waited
    for while a transaction is open.
    """

    @property
    def exclusive(self) -> bool:
        """Whether no other process can have this database open."""
        ...

    @property
    def erases_bytes(self) -> bool:
        """Whether a wipe takes away bytes, and not rows only: not where files are a server's own."""
        ...

    async def read(self, work: Callable[[Transaction], Result], *, by: Actor) -> Result:
        """What `work` returns, from one consistent view. It must not write.

        Args:
            work: to be done.
            by: on whose behalf; a database that can tell rows apart shows one user nobody else's.

        Raises:
            StorageUnavailable: the database gave no answer.
        """
        ...

    async def write(self, work: Callable[[Transaction], Result], *, by: Actor) -> Result:
        """What `work` returns, committed. When it raises, nothing of it remains.

        A caller that is cancelled meanwhile does not undo the work.

        Args:
            work: to be done; it may be done anew from the start, so it changes nothing but `tx`.
            by: on whose behalf; a database that can tell rows apart takes nobody else's.

        Raises:
            StorageUnavailable: nothing of it was committed.
        """
        ...

    @property
    def scrub_owed(self) -> bool:
        """Whether the last scrub left bytes of what was deleted in the files."""
        ...

    async def scrub(self) -> bool:
        """Whether the bytes of what was deleted are gone from the files, logs included.

        Those that somebody is reading at this moment stay until a later call.

        Raises:
            StorageUnavailable: they are still there.
        """
        ...

    async def wipe(self) -> bool:
        """Whether nothing is left in the files of what was deleted before; see `erases_bytes`.

        More than `scrub` does, and slower: everything is looked through. Reads and writes go on
        meanwhile. What somebody is reading at this moment stays until a later call.

        Raises:
            StorageUnavailable: something may be left.
        """
        ...

    async def check(self) -> None:
        """Returns when the database answers.

        Raises:
            StorageUnavailable: it does not.
        """
        ...

    async def check_writing(self) -> None:
        """Returns when, as far as is known, what is written is kept.

        Raises:
            StorageUnavailable: the last write was not, and neither would be another.
        """
        ...

    async def close(self) -> None:
        """Work under way has ended, and files and connections are let go."""
        ...
