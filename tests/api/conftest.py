from collections.abc import Iterator

import pytest

from tests.support.documented import Document
from tests.support.server import Server


@pytest.fixture(scope="session", autouse=True)
def every_answer_is_as_documented(server: Server) -> Iterator[None]:
    """Whatever the tests of this folder provoked, the OpenAPI document had said it could happen."""
    yield
    with server.client() as client:
        document = Document(client.get("/openapi.json").json())
    complaints = server.answers.complaints(document)
    assert not complaints, "\n".join(complaints)
