from dataclasses import dataclass

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
    forgetting: Forgetting
    wiping: Wiping
    indexer: Indexer
