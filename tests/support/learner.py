from datetime import UTC, timedelta

from app.core.metrics import Metrics
from app.models.clock import utc_now
from app.models.ids import JobId
from app.ports.extractor import Extractor
from app.services.feed import Feed
from app.services.learning import Learner, LearningPolicy
from app.services.likeness import Likeness
from app.services.runs import Run
from tests.support.clock import HandClock
from tests.support.house import House
from tests.support.quotas import UNLIMITED
from tests.support.word_embedder import WordEmbedder


def a_learner(house: House, extractor: Extractor, clock: HandClock) -> Learner:
    return Learner(
        house.database,
        extractor=extractor,
        indexer=house.mem0.indexer,
        likeness=Likeness(index=house.index, embedder=WordEmbedder(), indexer=house.mem0.indexer),
        policy=LearningPolicy(lease_s=5, attempts=3, backoff_s=10),
        quotas=UNLIMITED,
        feed=Feed(),
        metrics=Metrics(),
        zone=UTC,
        clock=clock,
    )


def job_of(run: Run) -> JobId:
    assert run.result is not None
    assert run.result.memory_job_id is not None
    return run.result.memory_job_id


def a_minute_ahead() -> HandClock:
    """A clock by which everything said by now is due."""
    clock = HandClock()
    clock.now = utc_now() + timedelta(minutes=1)
    return clock
