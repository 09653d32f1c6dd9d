import logging

import pytest

from app.core.errors import StorageUnavailable
from app.services.outage import Outage

logger = logging.getLogger(__name__)


def test_a_loop_tells_once_that_it_fails_and_once_that_it_works_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    outage = Outage(logger, failing="index is behind", working="index follows again")

    outage.works()
    for _ in range(60):
        outage.fails(StorageUnavailable())
    outage.works()
    outage.works()
    outage.fails(StorageUnavailable())

    told = [record.getMessage() for record in caplog.records]
    assert told == ["index is behind", "index follows again", "index is behind"]
