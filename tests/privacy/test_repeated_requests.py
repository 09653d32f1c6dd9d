"""Of a request that may be sent again, its words are where they were anyway, and nowhere else."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.canaries import Canaries
from tests.support.person import Person
from tests.support.repeating import is_replayed
from tests.support.running_upstream import RunningUpstream
from tests.support.server import Server, database_of
from tests.support.settings import asks
from tests.support.stored_rows import stored_rows
from tests.support.traces import traces


@pytest.fixture
def server(tmp_path: Path, upstream: RunningUpstream) -> Iterator[Server]:
    upstream.script()
    (tmp_path / "tmp").mkdir()
    folders = {"MEMORYCHAT_LOG_LEVEL": "debug", "TMPDIR": str(tmp_path / "tmp")}
    with Server(tmp_path, {**asks(upstream.url), **folders}) as running:
        yield running


@pytest.fixture
def ada(server: Server) -> Iterator[Person]:
    with Person(server) as ada:
        yield ada


def twice(ada: Person, path: str, body: Any, *, key: str, **headers: str) -> list[httpx.Response]:
    sent = {"Idempotency-Key": key, **headers}
    answers = [ada.http.post(path, json=body, headers=sent) for _ in range(2)]
    assert all(one.is_success for one in answers), [one.text for one in answers]
    return answers


def intents(folder: Path) -> list[Any]:
    with database_of(folder) as connection:
        return list(connection.execute("SELECT * FROM intents").fetchall())


def test_of_what_is_not_kept_nothing_is_known(server: Server, ada: Person, tmp_path: Path) -> None:
    secret = Canaries()
    hidden, kept = ada.session(mode="incognito"), ada.session()

    def turn(where: str) -> dict[str, Any]:
        return {"message": f"I like {secret(where)}."}

    def talk(where: str, **more: Any) -> dict[str, Any]:
        told = [{"role": "user", "content": f"I like {secret(where)}."}]
        return {"model": "memorychat", "messages": told, **more}

    past = {"messages": [{"role": "user", "content": secret("past")}]}
    requests = [
        (f"/api/v1/chat/{hidden}", turn("json"), {}),
        (f"/api/v1/chat/{hidden}/stream", turn("stream"), {}),
        (f"/api/v1/chat/{kept}", {**turn("turn"), "privacy_mode": "incognito"}, {}),
        (f"/api/v1/sessions/{hidden}/messages", past, {}),
        (
            "/api/v1/sessions",
            {"title": secret("title"), "privacy_mode": "incognito"},
            {},
        ),
        ("/v1/chat/completions", talk("compatible"), {"X-Memory-Session": hidden}),
        ("/v1/chat/completions", talk("unstored", store=False), {"X-Memory-Session": kept}),
        ("/v1/chat/completions", talk("stateless", store=False), {}),
        ("/v1/chat/completions", talk("task", stream=True), {"X-Memory-Mode": "incognito"}),
    ]
    for number, (path, body, headers) in enumerate(requests):
        answers = twice(ada, path, body, key=secret(f"key{number}"), **headers)
        assert not any(map(is_replayed, answers)), path

    assert intents(tmp_path) == []
    server.stop()
    assert traces(secret, tmp_path) == []


def test_what_is_kept_and_forgotten_is_in_no_second_place(
    server: Server, ada: Person, tmp_path: Path
) -> None:
    words, names, profile = Canaries(), Canaries(), ada.default_profile()
    session = ada.session()
    requests = [
        ("/api/v1/sessions", {"title": words("title")}),
        (f"/api/v1/memory-profiles/{profile}/memories", {"kind": "fact", "content": words("fact")}),
        (f"/api/v1/chat/{session}", {"message": f"I like {words('said')}."}),
    ]
    made = [twice(ada, *one, key=names(str(n))) for n, one in enumerate(requests)]
    assert all(is_replayed(second) for _, second in made)
    assert len(intents(tmp_path)) == len(requests)
    assert not any(word in str(intents(tmp_path)) for word in words)
    assert all(word in stored_rows(server) for word in words)

    ada.delete(f"/sessions/{made[0][0].json()['id']}")
    ada.delete(f"/sessions/{session}")
    ada.delete(f"/memory-profiles/{profile}/memories")

    assert not any(word in stored_rows(server) for word in words)
    for (path, body), name in zip(requests, names, strict=True):
        gone = ada.http.post(path, json=body, headers={"Idempotency-Key": name})
        assert gone.status_code == 404, path
    assert not any(word in stored_rows(server) for word in words)
    ada.delete("/me")
    assert intents(tmp_path) == []
    server.stop()
    assert traces(names, tmp_path) == []
