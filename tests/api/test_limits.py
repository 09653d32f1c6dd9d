from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.person import PASSWORD, Person
from tests.support.problem import problem_of
from tests.support.server import Server


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that counts, and soon has enough."""
    environment = {
        "MEMORYCHAT_RATE_LIMITS__LOGINS": "3/minute",
        "MEMORYCHAT_RATE_LIMITS__TURNS": "2/minute",
    }
    with Server(tmp_path_factory.mktemp("limited"), environment) as running:
        yield running


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Server]:
    """A server of its own that soon has enough people: those of other tests must get in."""
    with Server(tmp_path, {"MEMORYCHAT_RATE_LIMITS__SIGNUPS": "5/minute"}) as running:
        yield running


@pytest.fixture(scope="module")
def eve(limited: Server) -> Iterator[Person]:
    with Person(limited, "eves") as person:
        yield person


def test_guessing_a_password_is_stopped_for_the_account_and_nobody_else(
    limited: Server, eve: Person
) -> None:
    with Person(limited, "mallory") as other, limited.client() as client:
        wrong = {"email": eve.email, "password": "wrong"}
        answers = [client.post("/api/v1/auth/login", json=wrong) for _ in range(5)]
        right = client.post("/api/v1/auth/login", json={**wrong, "password": PASSWORD})
        shouted = client.post("/api/v1/auth/login", json={**wrong, "email": eve.email.upper()})
        variant = eve.email.replace("s", "\N{LATIN SMALL LETTER LONG S}")
        disguised = client.post("/api/v1/auth/login", json={**wrong, "email": variant})
        elsewhere = client.post(
            "/api/v1/auth/login", json={"email": other.email, "password": PASSWORD}
        )

    assert [answer.status_code for answer in answers] == [401, 401, 401, 429, 429]
    problem = problem_of(right, 429, "too-many-requests")
    assert eve.email not in str(problem)
    assert 1 <= int(right.headers["retry-after"]) <= 60
    assert right.headers["ratelimit"].startswith("limit=3, remaining=0, reset=")
    assert shouted.status_code == disguised.status_code == 429
    assert elsewhere.status_code == 200


def test_turns_are_limited_per_user(limited: Server, eve: Person) -> None:
    session = eve.session()
    chat = f"/api/v1/chat/{session}"
    answers = [eve.http.post(chat, json={"message": "Hello."}) for _ in range(2)]
    stream = eve.http.post(f"{chat}/stream", json={"message": "Hello."})
    again = eve.http.post(f"{chat}/regenerate")

    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].headers["ratelimit"].startswith("limit=2, remaining=1, reset=")
    problem_of(stream, 429, "too-many-requests")
    problem_of(again, 429, "too-many-requests")
    assert len(eve.messages(session)) == 4, "a refused turn leaves nothing"


def test_signing_up_is_limited_per_address(full: Server) -> None:
    with full.client() as client:
        answers = [
            client.post(
                "/api/v1/auth/signup",
                json={"email": f"crowd{number}@example.com", "password": PASSWORD},
            )
            for number in range(6)
        ]

    assert answers[-1].status_code == 429
    assert "retry-after" in answers[-1].headers
