"""Every operation of the API, used once at least, and with success."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from app.core.privacy import PrivacyMode
from tests.support.documented import Document
from tests.support.pdf import a_pdf
from tests.support.person import PASSWORD, Person, eventually
from tests.support.running_upstream import RunningUpstream
from tests.support.server import Server
from tests.support.upstream import Reply

LEARNS_AT_ONCE = {"MEMORYCHAT_LEARNING__TURNS": "1", "MEMORYCHAT_LEARNING__IDLE_S": "0"}
_FINDS = Reply(
    when="Memory Extractor",
    keep=True,
    text=json.dumps({"memory": [{"id": "0", "text": "User likes figs.", "sources": [1]}]}),
)


def grand_tour(server: Server, upstream: RunningUpstream) -> Person:
    """Somebody who has used everything, and still has an account."""
    with server.client() as visitor:
        for path in ("/", "/docs", "/health", "/ready", "/metrics", "/openapi.json"):
            assert visitor.get(path).status_code == 200
    upstream.script(_FINDS, Reply(text="Noted.", keep=True))
    ada = Person(server)
    _accounts(server, ada)
    family = _profiles(ada)
    session = _conversations(ada, family, upstream)
    _memories(ada, family)
    _review(ada)
    _files(ada, family)
    _documents(ada, family)
    _other_protocols(ada)
    _memory_service(ada)
    ada.delete(f"/sessions/{session}")
    ada.delete(f"/memory-profiles/{family}/memories")
    ada.delete(f"/memory-profiles/{family}")
    ada.get("/me/forgetting")
    ada.get("/me/usage")
    with Person(server, "guest") as guest:
        guest.delete("/me")
    with Person(server, "customer") as customer:
        own = customer.credentials["user"]["id"]
        assert customer.http.delete(f"/v1/memories/user/{own}").status_code == 200
    return ada


def untouched(server: Server) -> set[str]:
    """The operations that nobody has used with success, by their names."""
    with server.client() as visitor:
        document = Document(visitor.get("/openapi.json").json())
    used = {(one.method, document.template(one.path)) for one in server.answers if one.status < 400}
    return {
        operation["operationId"]
        for method, path, operation in document.operations()
        if (method, path) not in used
    }


def _accounts(server: Server, ada: Person) -> None:
    account = {"email": ada.email, "password": PASSWORD}
    with server.client(ada.post("/auth/login", account)["access_token"]) as other:
        assert other.post("/api/v1/auth/logout").status_code == 204
    ada.post("/auth/refresh", {"refresh_token": ada.credentials["refresh_token"]})
    ada.get("/auth/me")
    key = ada.post("/api-keys", {"name": "Notebook", "scopes": ["chat"]})
    with server.client(key["key"]) as program:
        assert program.get("/api/v1/memory-profiles").status_code == 200
    ada.get("/api-keys")
    ada.delete(f"/api-keys/{key['id']}")
    ada.get("/me")
    ada.patch("/me", {"display_name": "Ada", "time_zone": "Europe/Oslo"})


def _profiles(ada: Person) -> str:
    family = ada.profile("family")
    ada.get("/memory-profiles")
    ada.get(f"/memory-profiles/{family}")
    ada.patch(f"/memory-profiles/{family}", {"description": "All of us.", "redact_pii": True})
    ada.post(f"/memory-profiles/{family}/set-default")
    return family


def _conversations(ada: Person, family: str, upstream: RunningUpstream) -> str:
    session = ada.session(family)
    with ada.http.stream("GET", "/api/v1/events") as news:
        assert news.status_code == 200
        answer = ada.say(session, "I like figs. Write to ada@example.com.")
    job = answer["memory_job_id"]
    eventually(lambda: ada.get(f"/memory-jobs/{job}"), lambda one: one["status"] == "done")
    with ada.stream(session, "What do I like?") as events:
        run = next(events)["run_id"]
        assert list(events)[-1]["type"] == "run.completed"
    ada.get(f"/runs/{run}")
    assert ada.http.get(f"/api/v1/runs/{run}/events").status_code == 200
    ada.post(f"/runs/{run}/cancel")
    ada.post(f"/chat/{session}/regenerate")
    ada.get("/sessions", q="figs")
    ada.get(f"/sessions/{session}")
    ada.patch(f"/sessions/{session}", {"privacy_mode": "pause_memories"})
    ada.post(f"/sessions/{session}/messages", {"messages": [{"role": "user", "content": "I ski."}]})
    ada.get(f"/sessions/{session}/summary")
    ada.delete(f"/sessions/{session}/messages/{ada.messages(session)[0]['id']}")
    ada.delete(f"/sessions/{session}/messages")
    secret = ada.session(family, mode="incognito")
    ada.say(secret, "I hide figs.")
    ada.delete(f"/sessions/{secret}")
    assert upstream.requests
    return session


def _memories(ada: Person, family: str) -> None:
    path = f"/memory-profiles/{family}/memories"
    memory = ada.post(path, {"content": "I like tea."})["id"]
    ada.get(path)
    ada.get(f"/memories/{memory}")
    ada.patch(f"/memories/{memory}", {"content": "I like green tea."})
    ada.get(f"/memories/{memory}/history")
    ada.post(f"{path}/search", {"query": "What do I drink?"})
    ada.post(f"{path}/preview", {"message": "What do I drink?"})
    ada.get(f"{path}/stats")
    ada.post(f"/memory-profiles/{family}/copy", {"name": "copy"})
    other = ada.profile("other")
    moved = ada.post(path, {"content": "I like coffee."})["id"]
    ada.post(f"{path}/move", {"memory_ids": [moved], "to_profile_id": other})
    ada.post(f"/memory-profiles/{family}/merge", {"from_profile_id": other})
    ada.delete(f"/memories/{memory}")


def _review(ada: Person) -> None:
    careful = ada.post("/memory-profiles", {"name": "careful", "learning": "ask"})["id"]
    ada.say(ada.session(careful), "I like figs.")
    ada.settle(careful)
    [pending] = ada.memories(careful)
    ada.post(f"/memories/{pending['id']}/reject")
    ada.post(f"/memories/{pending['id']}/approve")


def _files(ada: Person, family: str) -> None:
    assert ada.imported(family, ada.exported(family))["status"] == "done"
    report: Any = ada.imported(None, ada.exported())
    assert report["status"] == "done"


def _other_protocols(ada: Person) -> None:
    assert ada.http.get("/v1/models").json()["data"]
    assert ada.http.get("/v1/models/memorychat:incognito").status_code == 200
    for mode in PrivacyMode:
        for stream in (False, True):
            body = {
                "model": f"memorychat/family:{mode}",
                "messages": [{"role": "user", "content": f"I like {mode} figs."}],
                "stream": stream,
            }
            answer = ada.http.post("/v1/chat/completions", json=body)
            assert answer.status_code == 200, answer.text
            answer = ada.http.post("/v1/messages", json={**body, "max_tokens": 100})
            assert answer.status_code == 200, answer.text
        assert ada.http.post("/v1/messages/count_tokens", json=body).is_success
    _responses(ada)
    session = ada.session()
    part = {"type": "text", "text": "I like figs in a chat."}
    chat = {"id": session, "messages": [{"role": "user", "parts": [part]}]}
    assert ada.http.post("/api/chat", json=chat).status_code == 200
    said = {"id": "1", "role": "user", "content": "I like figs on a thread."}
    agent = {"threadId": session, "runId": "run-1", "messages": [said]}
    assert ada.http.post("/ag-ui", json=agent).status_code == 200
    assert ada.http.get(f"/api/chat/{session}/stream").status_code == 204
    assert ada.http.post(f"/api/chat/{session}/stop").status_code == 204


def _responses(ada: Person) -> None:
    http = ada.http
    vectors = http.post("/v1/embeddings", json={"model": "memorychat", "input": "I like figs."})
    assert vectors.json()["data"]
    item = {"role": "user", "content": "I like figs in a conversation."}
    talk = http.post("/v1/conversations", json={"items": [item]}).json()["id"]
    one = f"/v1/conversations/{talk}"
    assert http.get(one).json() == http.post(one, json={"metadata": {}}).json()
    assert http.post(f"{one}/items", json={"items": [item]}).json()["data"]
    listed = http.get(f"{one}/items").json()["data"]
    assert http.get(f"{one}/items/{listed[0]['id']}").json() == listed[0]
    assert http.delete(f"{one}/items/{listed[0]['id']}").status_code == 200
    for stream in (True, False):
        body = {"input": "I like figs in a response.", "conversation": talk, "stream": stream}
        answer = http.post("/v1/responses", json=body)
        assert answer.status_code == 200, answer.text
    response = f"/v1/responses/{answer.json()['id']}"
    assert http.get(response).json() == http.post(f"{response}/cancel").json() == answer.json()
    assert http.get(f"{response}/input_items").json()["data"]
    assert http.delete(response).status_code == 200
    assert http.delete(one).status_code == 200


def _memory_service(ada: Person) -> None:
    own = ada.credentials["user"]["id"]
    asked: Sequence[tuple[str, str, Mapping[str, str] | None]] = (
        ("POST", "/v1/memories", {"content": "I like plums."}),
        ("POST", "/memory/store", {"content": "I like pears."}),
        ("GET", "/v1/memories", None),
        ("POST", "/memory/retrieve", {"query": "Which fruit?"}),
        ("POST", "/v1/memories/user", {}),
        ("GET", f"/v1/memories/user/{own}", None),
    )
    for method, path, body in asked:
        assert ada.http.request(method, path, json=body).is_success, path


def _documents(ada: Person, family: str) -> None:
    pdf = {"file": ("lease.pdf", a_pdf("The keys lie under the mat."))}
    path = f"/api/v1/memory-profiles/{family}/documents"
    assert ada.http.post(path, files=pdf).status_code == 201
    document = ada.brought(family, "The deposit is at Nordea.", title="Lease")["id"]
    listed = ada.get(f"/memory-profiles/{family}/documents")["data"]
    assert listed[0]["id"] == document
    assert len(ada.get(f"/documents/{document}/chunks")["data"]) == 1
    assert ada.http.get(f"/api/v1/documents/{document}/file").content.startswith(b"The deposit")
    assert ada.delete(f"/documents/{document}")["deleted"]["files"] == 1
