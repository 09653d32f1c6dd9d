"""What a server says while its database is away, and once it is back."""

import httpx

from tests.support.person import Person, eventually
from tests.support.server import Server


def refused(response: httpx.Response) -> None:
    """Asserts that the request may be made again, and that nothing else went wrong."""
    assert response.status_code == 503, response.text
    assert response.json()["error"]["code"] == "storage-unavailable"
    assert int(response.headers["Retry-After"]) > 0


def ready(server: Server) -> tuple[int, str]:
    """The status of /ready, and what it says of the database."""
    with server.client() as client:
        response = client.get("/ready")
    return response.status_code, response.json()["checks"]["database"]


def is_back(person: Person) -> None:
    """Returns once requests are served again, and a turn was."""
    eventually(lambda: person.http.get("/api/v1/me"), lambda response: response.status_code == 200)
    assert person.say(person.session(), "Once more.")["content"]
