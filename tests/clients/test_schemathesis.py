"""No request that the document allows, or nearly does, is answered otherwise than it says."""

from pathlib import Path

from tests.fuzz.__main__ import ENVIRONMENT, fuzz
from tests.support.server import Server

EXAMPLES = 3
"""Of each operation: half a minute. `make prove-api` takes more of them, and every boundary."""


def test_every_operation_does_as_its_document_says(tmp_path: Path) -> None:
    with Server(tmp_path, ENVIRONMENT) as server:
        done = fuzz(server.url, tmp_path, examples=EXAMPLES, seed=1, phases="examples,fuzzing")
        log = server.log.read_text()

    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert "unexpected error" not in log
