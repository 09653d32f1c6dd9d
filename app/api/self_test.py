"""Isolation, tried out: one account stores something of everything, another asks for it everywhere.

So does whoever has a key of the first one that lacks the scope, or is bound to another profile.

In this process, over the stores of an installation that nobody else has open. Nothing is learnt, no
model is asked, and both accounts are gone afterwards.
"""

import asyncio
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import httpx
from fastapi import FastAPI

from app.api.self_test_keys import make_keys
from app.core.container import Container
from app.core.errors import AppError
from app.core.security import new_refresh_token
from app.models.actor import SYSTEM
from app.models.finding import Finding, fine, trouble
from app.models.ids import ProfileId
from app.models.namespace import Namespace
from app.models.user import Caller
from app.ports.database import Transaction
from app.schemas.openai_ids import Kind, named
from app.services.sign_in import Credentials

CHECK: Final = "isolation"
EMAILS: Final = ("self-test-owner@memorychat.invalid", "self-test-stranger@memorychat.invalid")
"""No address that anybody can sign up with, so that what a crash left behind is found again."""

TIMEOUT_S: Final = 10.0

NOBODYS: Final = "00000000-0000-7000-8000-000000000000"

BODIES: Final[Mapping[str, Mapping[str, Any]]] = {
    "append_messages": {"messages": [{"role": "user", "content": "intruder"}]},
    "copy_memory_profile": {"name": "intruder"},
    "create_conversation_items": {"items": [{"role": "user", "content": "intruder"}]},
    "create_memory": {"content": "intruder"},
    "import_into_memory_profile": {},
    "merge_memory_profiles": {"from_profile_id": NOBODYS},
    "move_memories": {"memory_ids": [NOBODYS], "to_profile_id": NOBODYS},
    "preview_prompt": {"message": "intruder"},
    "regenerate_answer": {},
    "search_memories": {"query": "intruder"},
    "send_message": {"message": "intruder"},
    "stream_message": {"message": "intruder"},
    "update_conversation": {"metadata": {"title": "intruder"}},
    "update_memory": {"content": "intruder"},
    "update_memory_profile": {"name": "intruder"},
    "upload_document": {},
    "update_session": {"title": "intruder"},
}
"""Bodies of the operations that are about one thing. A further one is tried without, and reported
when that is refused before it is looked up."""


@dataclass(slots=True)
class _Walk:
    """What the stranger was answered."""

    tried: int = 0
    leaks: list[str] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)


async def try_isolation(container: Container, app: FastAPI) -> Finding:
    """Whether a stranger reached anything; both accounts are gone, whatever happened.

    Args:
        container: the services of an installation, with nothing running in the background.
        app: the application over them.
    """
    await _remove(container)
    accounts = container.supabase.accounts
    try:
        owner, stranger = [await accounts.sign_up(one, new_refresh_token()) for one in EMAILS]
        walk = await _walk(container, app, owner=owner, stranger=stranger)
    except (httpx.HTTPError, AppError) as error:
        return trouble(
            CHECK,
            f"could not be tried ({type(error).__name__})",
            remedy="see to the other troubles first",
        )
    finally:
        left = await _remove(container)
    if walk.leaks:
        return trouble(
            CHECK,
            f"whoever must get none got an answer from {', '.join(walk.leaks)}",
            remedy="stop the server and report this: it is a defect of MemoryChat",
        )
    if walk.unclear or left:
        return trouble(
            CHECK,
            f"not to be told for {', '.join(walk.unclear)}"
            if walk.unclear
            else f"{left} rows left",
            remedy="report this: the self-test does not know these operations",
        )
    return fine(
        CHECK,
        f"{walk.tried} requests by another account, and by keys that are not for them, got nothing",
    )


async def _walk(
    container: Container, app: FastAPI, *, owner: Credentials, stranger: Credentials
) -> _Walk:
    word = f"canary{secrets.token_hex(8)}"
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://self-test", timeout=TIMEOUT_S
    ) as client:
        ids = await _store(container, client, owner, word)
        walk, theirs = _Walk(), _bearer(stranger)
        for name, method, path in _about_one(app.openapi()):
            answer = await client.request(
                method, path.format(**ids), headers=theirs, json=BODIES.get(name)
            )
            _judge(walk, name, answer, word)
        for one in (await make_keys(client, _bearer(owner))).attempts(app.openapi()):
            answer = await client.request(
                one.method, one.path.format(**ids), headers=one.headers, json=BODIES.get(one.name)
            )
            _judge(walk, one.name, answer, word)
        for path in ("/memory-profiles", "/sessions", f"/sessions?q={word}", "/me/export"):
            answer = await client.get(f"/api/v1{path}", headers=theirs)
            walk.tried += 1
            if word in answer.text:
                walk.leaks.append(path)
        return walk


_IDLE: Final = frozenset({"resume_ui_chat", "stop_ui_chat"})
"""A chat is its client's own word for it: to somebody else it is one in which nothing happens."""


def _judge(walk: _Walk, name: str, answer: httpx.Response, word: str) -> None:
    walk.tried += 1
    if name in _IDLE and answer.status_code == httpx.codes.NO_CONTENT:
        return
    if answer.status_code < 400 or word in answer.text:
        walk.leaks.append(name)
    elif answer.status_code not in {401, 403, 404}:
        walk.unclear.append(f"{name} ({answer.status_code})")


async def _store(
    container: Container, client: httpx.AsyncClient, owner: Credentials, word: str
) -> Mapping[str, str]:
    """The ids of one of everything, with the word in all of it."""

    async def made(method: str, path: str, **request: Any) -> Any:
        answer = await client.request(method, f"/api/v1{path}", headers=_bearer(owner), **request)
        answer.raise_for_status()
        return answer.json()

    [first] = (await made("GET", "/memory-profiles"))["data"]
    profile = f"/memory-profiles/{first['id']}"
    await made("PATCH", profile, json={"name": word})
    session = (await made("POST", "/sessions", json={"title": word}))["id"]
    said = f"My sister Anna {word} lives in Bergen."
    turn = await made("POST", f"/chat/{session}", json={"message": said})
    memory = await made("POST", f"{profile}/memories", json={"content": said})
    imported = await made("POST", f"{profile}/import", content=said.encode())
    while (await made("GET", f"/imports/{imported['id']}"))["status"] == "running":  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    form = {"file": ("note.txt", said.encode())}
    document = await made("POST", f"{profile}/documents", files=form)
    await container.mem0.indexer.catch_up(Namespace(owner.user.id, ProfileId(UUID(first["id"]))))
    key = await made("POST", "/api-keys", json={"name": word, "scopes": ["chat"]})
    return {
        "profile_id": first["id"],
        "session_id": session,
        "message_id": turn["message_id"],
        "memory_id": memory["id"],
        "run_id": turn["run_id"],
        **_prefixed(session=session, turn=turn),
        "job_id": turn["memory_job_id"],
        "import_id": imported["id"],
        "document_id": document["id"],
        "key_id": key["id"],
        "chat_id": session,
        "user_id": str(owner.user.id),
        "model_id": f"memorychat/{word}",
    }


def _prefixed(*, session: str, turn: Mapping[str, str]) -> Mapping[str, str]:
    """The ids that responses and conversations have for them."""
    return {
        "response_id": named(Kind.RESPONSE, UUID(turn["run_id"])),
        "conversation_id": named(Kind.CONVERSATION, UUID(session)),
        "item_id": named(Kind.ITEM, UUID(turn["message_id"])),
    }


def _bearer(account: Credentials) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {account.access_token}"}


def _about_one(openapi: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """The name, method and path of every operation that is about one thing."""
    for path, item in openapi["paths"].items():
        for method, operation in item.items():
            if "{" in path:
                yield operation["operationId"], method.upper(), path


async def _remove(container: Container) -> int:
    """How many rows are left of the two accounts: none, unless it went wrong."""
    left = sum([await _remove_one(container, email) for email in EMAILS])
    database = container.supabase.database
    applied = await database.read(lambda tx: tx.index_changes.applied(), by=SYSTEM)
    await container.stores.index.flush()
    await database.write(lambda tx: tx.index_changes.remove(applied), by=SYSTEM)
    return left


async def _remove_one(container: Container, email: str) -> int:
    database = container.supabase.database
    caller = await database.read(lambda tx: _caller(tx, email), by=SYSTEM)
    if caller is None:
        return 0
    await container.mem0.forgetting.account(caller)
    counts = await database.read(lambda tx: tx.users.owned_row_counts(caller.user_id), by=caller)
    return sum(count for table, count in counts if table != "index_changes")


def _caller(tx: Transaction, email: str) -> Caller | None:
    known = tx.users.credentials(email, tenant_id=tx.users.default_tenant())
    return Caller(known[0].id, known[0].tenant_id, login_id=known[0].id) if known else None
