"""What is somebody else's costs the server exactly what nothing costs: no timing tells them apart.

Counted in process, since statements can be compared and milliseconds cannot.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import Engine, event

from app.api.app import create_app
from app.core.bounds import RateLimitSettings
from app.core.config import Settings
from app.core.container import Container, open_stores, wire
from app.schemas.openai_ids import Kind, named
from tests.support.documented import Document
from tests.support.operations import BODIES, Operation, operations

PASSWORD = "correct horse battery"


class Counted:
    """A collaborator that is there as before, and tells which of its methods were called."""

    def __init__(self, name: str, inner: object, calls: list[str]) -> None:
        self._name = name
        self._inner = inner
        self._calls = calls

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not callable(found):
            return found

        def called(*arguments: Any, **named: Any) -> Any:
            self._calls.append(f"{self._name}.{name}")
            return found(*arguments, **named)

        return called


@dataclass(frozen=True, slots=True)
class Inside:
    """An installation in this process, with nothing going on in the background."""

    container: Container
    client: httpx.AsyncClient
    calls: list[str]

    async def work_of(self, ask: Callable[[], Awaitable[httpx.Response]]) -> list[str]:
        """Every statement, index call and embedding that a request takes.

        It answers 404, or that nothing happens in a chat, which is its client's own word for it.
        """
        self.calls.clear()
        with statements(self.calls):
            answer = await ask()
        is_chat = answer.request.url.path.startswith("/api/chat/")
        assert answer.status_code == (204 if is_chat else 404), answer.text
        return list(self.calls)


@contextmanager
def statements(told: list[str]) -> Iterator[None]:
    """Every SQL statement is told, without its values."""

    def tell(_c: object, _cursor: object, statement: str, *_: object) -> None:
        told.append(statement)

    event.listen(Engine, "before_cursor_execute", tell)
    yield
    event.remove(Engine, "before_cursor_execute", tell)


@pytest.fixture
async def inside(tmp_path: Path) -> AsyncIterator[Inside]:
    settings = Settings(
        data_dir=tmp_path / "data", bcrypt_cost=4, rate_limits=RateLimitSettings(enabled=False)
    )
    calls: list[str] = []
    stores = open_stores(settings)
    counted: dict[str, Any] = {
        "index": Counted("index", stores.index, calls),
        "embedder": Counted("embedder", stores.embedder, calls),
    }
    container = wire(settings, replace(stores, **counted))
    transport = httpx.ASGITransport(create_app(container))
    async with httpx.AsyncClient(transport=transport, base_url="http://inside/api/v1") as client:
        yield Inside(container, client, calls)
    await container.drain()
    await container.close()


async def signed_up(inside: Inside, name: str) -> dict[str, str]:
    account = {"email": f"{name}@example.com", "password": PASSWORD}
    answer = await inside.client.post("/auth/signup", json=account)
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


async def everything(inside: Inside, headers: Mapping[str, str]) -> Mapping[str, str]:
    """The ids of one of everything, just made."""

    async def got(path: str, body: Any = None, **request: Any) -> Any:
        method = "GET" if body is None and not request else "POST"
        answer = await inside.client.request(method, path, headers=headers, json=body, **request)
        assert answer.is_success, answer.text
        return answer.json()

    profile = (await got("/memory-profiles"))["data"][0]["id"]
    session = (await got("/sessions", {}))["id"]
    turn = await got(f"/chat/{session}", {"message": "My sister Anna lives in Bergen."})
    memory = await got(f"/memory-profiles/{profile}/memories", {"content": "I like tea."})
    imported = await got(f"/memory-profiles/{profile}/import", content=b"I like coffee.")
    form = {"file": ("lease.txt", b"The deposit is at Nordea.")}
    document = await got(f"/memory-profiles/{profile}/documents", files=form)
    messages = await got(f"/sessions/{session}/messages")
    key = await got("/api-keys", {"name": "of a program", "scopes": ["chat"]})
    word = f"profile of {profile[-12:]}"
    await got("/memory-profiles", {"name": word})
    return {
        "profile_id": profile,
        "session_id": session,
        "message_id": messages["data"][0]["id"],
        "memory_id": memory["id"],
        "run_id": turn["run_id"],
        "job_id": turn["memory_job_id"],
        "import_id": imported["id"],
        "document_id": document["id"],
        "key_id": key["id"],
        "model_id": f"memorychat/{word}",
        "chat_id": session,
        "user_id": (await got("/auth/me"))["id"],
        "response_id": named(Kind.RESPONSE, UUID(turn["run_id"])),
        "conversation_id": named(Kind.CONVERSATION, UUID(session)),
        "item_id": named(Kind.ITEM, UUID(messages["data"][0]["id"])),
    }


async def test_what_is_foreign_takes_the_work_that_nothing_takes(inside: Inside) -> None:
    ids = await everything(inside, await signed_up(inside, "olga"))
    absent = {name: value[:-6] + "abcdef" for name, value in ids.items()}
    ada = await signed_up(inside, "ada")
    openapi = (await inside.client.get("http://inside/openapi.json")).json()

    def asking(operation: Operation, things: Mapping[str, str]) -> Any:
        path = f"http://inside{operation.path.format(**things)}"
        body = BODIES.get(operation.name)
        return lambda: inside.client.request(operation.method, path, headers=ada, json=body)

    tried = [operation for operation in operations(Document(openapi)) if operation.has_id]
    assert len(tried) >= 28
    for operation in tried:
        foreign = await inside.work_of(asking(operation, ids))
        nothing = await inside.work_of(asking(operation, absent))

        assert foreign == nothing, operation
        assert foreign, "the credential, at least, is looked up"


async def test_an_id_beside_the_path_takes_the_same_work(inside: Inside) -> None:
    ids = await everything(inside, await signed_up(inside, "olga"))
    absent = {name: value[:-6] + "abcdef" for name, value in ids.items()}
    ada = await signed_up(inside, "ada")
    own = await everything(inside, ada)
    mine = f"/memory-profiles/{own['profile_id']}"

    def asking(path: str, body: Mapping[str, object]) -> Any:
        return lambda: inside.client.post(path, headers=ada, json=body)

    for path, body in (
        ("/sessions", lambda ids: {"memory_profile_id": ids["profile_id"]}),
        ("/sessions", lambda ids: {"reads_memory_profile_ids": [ids["profile_id"]]}),
        (f"{mine}/copy", lambda ids: {"target_profile_id": ids["profile_id"]}),
        (f"{mine}/merge", lambda ids: {"from_profile_id": ids["profile_id"]}),
        (
            f"{mine}/memories/move",
            lambda ids: {"memory_ids": [own["memory_id"]], "to_profile_id": ids["profile_id"]},
        ),
        (
            f"{mine}/memories/preview",
            lambda ids: {"message": "intruder", "session_id": ids["session_id"]},
        ),
    ):
        foreign = await inside.work_of(asking(path, body(ids)))
        nothing = await inside.work_of(asking(path, body(absent)))

        assert foreign == nothing, path
