from sqlalchemy import Connection

from app.adapters.sql.accounts import SqlLogins, SqlUsers
from app.adapters.sql.api_keys import SqlApiKeys
from app.adapters.sql.cipher import Cipher
from app.adapters.sql.document_files import SqlDocumentFiles
from app.adapters.sql.documents import SqlDocuments
from app.adapters.sql.identities import SqlIdentities
from app.adapters.sql.imports import SqlImports
from app.adapters.sql.index_changes import SqlIndexChanges
from app.adapters.sql.intents import SqlIntents
from app.adapters.sql.jobs import SqlJobs
from app.adapters.sql.memories import SqlMemories
from app.adapters.sql.messages import SqlMessages
from app.adapters.sql.one_profile import (
    DocumentsWithin,
    ImportsWithin,
    JobsWithin,
    MemoriesWithin,
    MessagesWithin,
    PortabilityWithin,
    ProfilesWithin,
    SessionsWithin,
)
from app.adapters.sql.places import SqlPlaces
from app.adapters.sql.portability import SqlPortability
from app.adapters.sql.processes import SqlErasures, SqlProcesses
from app.adapters.sql.profiles import SqlProfiles
from app.adapters.sql.sessions import SqlSessions
from app.adapters.sql.tenants import SqlTenants
from app.adapters.sql.threads import SqlThreads
from app.adapters.sql.usage import SqlUsage
from app.adapters.sql.wipes import SqlWipes
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


class SqlTransaction:
    """The repositories over one connection, all of a user's profiles in reach or one of them."""

    def __init__(
        self, connection: Connection, cipher: Cipher, *, within: ProfileId | None = None
    ) -> None:
        self.within = within
        self.users: UserRepository = SqlUsers(connection, cipher)
        self.logins: LoginRepository = SqlLogins(connection)
        self.api_keys: ApiKeyRepository = SqlApiKeys(connection, cipher)
        self.identities: IdentityRepository = SqlIdentities(connection)
        self.tenants: TenantRepository = SqlTenants(connection)
        self.profiles: ProfileRepository = SqlProfiles(connection, cipher)
        self.sessions: SessionRepository = SqlSessions(connection, cipher)
        self.threads: ThreadRepository = SqlThreads(connection, cipher)
        self.intents: IntentRepository = SqlIntents(connection)
        self.messages: MessageRepository = SqlMessages(connection, cipher)
        self.memories: MemoryRepository = SqlMemories(connection, cipher)
        self.places: PlaceRepository = SqlPlaces(connection, cipher)
        self.jobs: JobRepository = SqlJobs(connection)
        self.index_changes: IndexChangeRepository = SqlIndexChanges(connection)
        self.portability: PortabilityRepository = SqlPortability(connection, cipher)
        self.imports: ImportRepository = SqlImports(connection)
        self.documents: DocumentRepository = SqlDocuments(connection, cipher)
        self.document_files: DocumentFileRepository = SqlDocumentFiles(connection)
        self.wipes: WipeRepository = SqlWipes(connection)
        self.processes: ProcessRepository = SqlProcesses(connection)
        self.erasures: ErasureRepository = SqlErasures(connection)
        self.usage: UsageRepository = SqlUsage(connection)
        if within is not None:
            self._reach_only(within, connection, cipher)

    def _reach_only(self, within: ProfileId, connection: Connection, cipher: Cipher) -> None:
        """What a caller names, or lists, is of one profile, or is not there."""
        self.profiles = ProfilesWithin(connection, cipher, within=within)
        self.sessions = SessionsWithin(connection, cipher, within=within)
        self.messages = MessagesWithin(connection, cipher, within=within)
        self.memories = MemoriesWithin(connection, cipher, within=within)
        self.documents = DocumentsWithin(connection, cipher, within=within)
        self.portability = PortabilityWithin(connection, cipher, within=within)
        self.imports = ImportsWithin(connection, within=within)
        self.jobs = JobsWithin(connection, within=within)
