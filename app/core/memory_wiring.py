"""The memory out of its parts: of the composition root, beside `wiring.py`."""

from zoneinfo import ZoneInfo

from app.core.config import Settings
from app.core.process_state import ProcessState
from app.core.quota_wiring import quotas_of
from app.core.recall_tuning import tuning_of
from app.models.clock import utc_now
from app.models.ids import ProcessId
from app.ports.database import Database
from app.ports.document_reader import DocumentFiles, DocumentReader
from app.ports.embedder import Embedder
from app.ports.extractor import Extractor
from app.ports.vector_index import VectorIndex
from app.services.document_watch import DocumentWatch
from app.services.documents import Documents
from app.services.elsewhere import Elsewhere
from app.services.forgetting import Forgetting
from app.services.indexing import Indexer
from app.services.learning import Learner, LearningPolicy
from app.services.likeness import Likeness
from app.services.mem0_service import Mem0Service
from app.services.memory_book import MemoryBook
from app.services.merging import Merging
from app.services.moving import Moving
from app.services.originals import Originals
from app.services.recalling import Recaller
from app.services.review import Review
from app.services.shared_embedding import SharedEmbedder
from app.services.wiping import Wiping


def mem0(
    settings: Settings,
    database: Database,
    *,
    index: VectorIndex,
    embedder: Embedder,
    extractor: Extractor,
    files: DocumentFiles,
    state: ProcessState,
    elsewhere: Elsewhere | None = None,
) -> Mem0Service:
    """The memory over a database, an index derived from it, and the originals of documents."""
    indexer = Indexer(database, index=index, embedder=embedder)
    likeness = Likeness(index=index, embedder=embedder, indexer=indexer)
    originals = Originals(database, storage=files.storage)
    watch = DocumentWatch(database, originals=originals, feed=state.feed)
    wiping = Wiping(
        database, index=index, originals=originals, bounds=settings.forgetting, clock=utc_now
    )
    return Mem0Service(
        recaller=_recaller(settings, database, index=index, embedder=embedder, indexer=indexer),
        book=_book(settings, database, indexer=indexer, state=state),
        learner=_learner(
            settings, database, extractor=extractor, indexer=indexer, likeness=likeness, state=state
        ),
        review=Review(database, indexer=indexer, feed=state.feed, clock=utc_now),
        moving=Moving(database, indexer=indexer, feed=state.feed, clock=utc_now),
        merging=Merging(
            database, indexer=indexer, memory=state.memory, feed=state.feed, clock=utc_now
        ),
        documents=_documents(
            settings,
            database,
            originals=originals,
            reader=files.reader,
            indexer=indexer,
            watch=watch,
            carrier=state.carrier,
        ),
        document_watch=watch,
        forgetting=_forgetting(
            database,
            indexer=indexer,
            originals=originals,
            wiping=wiping,
            state=state,
            elsewhere=elsewhere or Elsewhere(database, service=None, clock=utc_now),
        ),
        wiping=wiping,
        indexer=indexer,
    )


def _book(
    settings: Settings, database: Database, *, indexer: Indexer, state: ProcessState
) -> MemoryBook:
    return MemoryBook(
        database, indexer=indexer, quotas=quotas_of(settings), feed=state.feed, clock=utc_now
    )


def _recaller(
    settings: Settings,
    database: Database,
    *,
    index: VectorIndex,
    embedder: Embedder,
    indexer: Indexer,
) -> Recaller:
    recall = settings.recall
    return Recaller(
        database,
        index=index,
        embedder=SharedEmbedder(embedder),
        indexer=indexer,
        top_k=recall.top_k,
        candidates=recall.candidates,
        deadline_s=recall.deadline_s,
        tuning=tuning_of(recall),
        clock=utc_now,
    )


def _learner(
    settings: Settings,
    database: Database,
    *,
    extractor: Extractor,
    indexer: Indexer,
    likeness: Likeness,
    state: ProcessState,
) -> Learner:
    learning = settings.learning
    return Learner(
        database,
        extractor=extractor,
        indexer=indexer,
        likeness=likeness,
        policy=LearningPolicy(
            lease_s=learning.lease_s,
            attempts=learning.attempts,
            backoff_s=learning.backoff_s,
        ),
        quotas=quotas_of(settings),
        feed=state.feed,
        metrics=state.metrics,
        zone=ZoneInfo(settings.time_zone),
        clock=utc_now,
    )


def _documents(
    settings: Settings,
    database: Database,
    *,
    originals: Originals,
    reader: DocumentReader,
    indexer: Indexer,
    watch: DocumentWatch,
    carrier: ProcessId | None,
) -> Documents:
    return Documents(
        database,
        originals=originals,
        reader=reader,
        indexer=indexer,
        watch=watch,
        bounds=settings.documents,
        quotas=quotas_of(settings),
        clock=utc_now,
        carrier=carrier,
    )


def _forgetting(
    database: Database,
    *,
    indexer: Indexer,
    originals: Originals,
    wiping: Wiping,
    state: ProcessState,
    elsewhere: Elsewhere,
) -> Forgetting:
    return Forgetting(
        database,
        indexer=indexer,
        incognito=state.incognito,
        holdings=state.holdings,
        memory=state.memory,
        originals=originals,
        wiping=wiping,
        elsewhere=elsewhere,
        clock=utc_now,
    )
