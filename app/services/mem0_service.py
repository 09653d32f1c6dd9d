from dataclasses import dataclass

from app.models.ids import ProfileId
from app.models.profile import Profile
from app.models.user import Caller
from app.services.document_watch import DocumentWatch
from app.services.documents import Documents
from app.services.forgetting import Forgetting
from app.services.indexing import Indexer
from app.services.learning import Learner
from app.services.memory_book import MemoryBook
from app.services.merging import Merging
from app.services.moving import Moving
from app.services.recalling import Recaller
from app.services.review import Review
from app.services.wiping import Wiping


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """What a profile received."""

    profile: Profile
    memories: int
    documents: int


@dataclass(frozen=True, slots=True)
class Mem0Service:
    """The memory behind one door: recall and search, the book, learning, forgetting, the index.

    Everything is reached through a Namespace, `user_id:profile_id`, that came out of the database.
    """

    recaller: Recaller
    book: MemoryBook
    learner: Learner
    review: Review
    moving: Moving
    merging: Merging
    documents: Documents
    document_watch: DocumentWatch
    forgetting: Forgetting
    wiping: Wiping
    indexer: Indexer

    async def copy(
        self, caller: Caller, profile_id: ProfileId, *, target: ProfileId | None, name: str | None
    ) -> Copied:
        """What another profile, or a new one, received of a profile: what it had not.

        Raises:
            ProfileNotFound: either is absent, or someone else's.
            ProfileNameTaken: the new one's name is in use.
            StorageUnavailable: the memories are there, and not all documents: ask again.
        """
        receiver, memories = await self.book.copy(caller, profile_id, target=target, name=name)
        documents = await self.documents.copy_all(caller, profile_id, to=receiver.id)
        return Copied(profile=receiver, memories=memories, documents=documents)
