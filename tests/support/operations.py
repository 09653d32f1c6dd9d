"""Every operation of the API, ready to be asked for about something."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from tests.support.documented import Document

SOMEBODYS = "01a1f88d-0f68-7669-bb1f-ccceb61ffe1b"

BODIES: Mapping[str, Mapping[str, Any]] = {
    "answer_ui_chat": {
        "messages": [{"role": "user", "parts": [{"type": "text", "text": "intruder"}]}]
    },
    "append_messages": {"messages": [{"role": "user", "content": "intruder"}]},
    "copy_memory_profile": {"name": "intruder"},
    "create_api_key": {"name": "intruder", "scopes": ["chat"]},
    "create_chat_completion": {
        "model": "memorychat",
        "messages": [{"role": "user", "content": "intruder"}],
    },
    "count_message_tokens": {
        "model": "memorychat",
        "messages": [{"role": "user", "content": "intruder"}],
    },
    "create_conversation": {},
    "create_conversation_items": {"items": [{"role": "user", "content": "intruder"}]},
    "create_embeddings": {"model": "memorychat", "input": "intruder"},
    "create_memory": {"content": "intruder"},
    "create_memory_profile": {"name": "intruder"},
    "create_message": {
        "model": "memorychat",
        "max_tokens": 100,
        "messages": [{"role": "user", "content": "intruder"}],
    },
    "create_response": {"input": "intruder"},
    "create_session": {},
    "import_into_account": {},
    "import_into_memory_profile": {},
    "merge_memory_profiles": {"from_profile_id": SOMEBODYS},
    "move_memories": {"memory_ids": [SOMEBODYS], "to_profile_id": SOMEBODYS},
    "log_in": {"email": "intruder@example.com", "password": "wrong password"},
    "refresh_tokens": {"refresh_token": "intruder"},
    "preview_prompt": {"message": "intruder"},
    "regenerate_answer": {},
    "search_memories": {"query": "intruder"},
    "ensure_memory_user": {},
    "retrieve_memories": {"query": "intruder"},
    "run_ag_ui_agent": {
        "threadId": "chat-1",
        "runId": "run-1",
        "messages": [{"id": "m1", "role": "user", "content": "intruder"}],
    },
    "send_message": {"message": "intruder"},
    "store_memory": {"content": "intruder"},
    "store_memory_by_older_name": {"content": "intruder"},
    "sign_up": {"email": "intruder@example.com", "password": "12345678"},
    "stream_message": {"message": "intruder"},
    "upload_document": {},
    "update_account": {"display_name": "intruder"},
    "update_conversation": {"metadata": {"title": "intruder"}},
    "update_memory": {"content": "intruder"},
    "update_memory_profile": {"name": "intruder"},
    "update_session": {"title": "intruder"},
}
"""A good body for each operation that takes one."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation, as the OpenAPI document tells it."""

    name: str
    method: str
    path: str
    needs_credential: bool

    @property
    def has_id(self) -> bool:
        """Whether it is about one thing."""
        return "{" in self.path

    def request(self, client: httpx.Client, ids: Mapping[str, str]) -> httpx.Response:
        """The answer about the things of these ids."""
        return client.request(
            self.method, self.path.format(**ids), json=BODIES.get(self.name), timeout=10
        )


def operations(document: Document) -> Iterator[Operation]:
    """All of them; fails when one takes a body that is not known here."""
    for method, path, operation in document.operations():
        name = operation["operationId"]
        assert ("requestBody" in operation) is (name in BODIES), f"write a body for {name}"
        yield Operation(name, method, path, needs_credential="security" in operation)


def ids_beside_the_path(document: Document) -> Iterator[tuple[str, str]]:
    """Each operation with each id that its query or its body takes."""
    for _, _, operation in document.operations():
        name = operation["operationId"]
        for parameter in operation.get("parameters", ()):
            if parameter["in"] != "path" and _is_id(parameter["schema"]):
                yield name, parameter["name"]
        for content in operation.get("requestBody", {}).get("content", {}).values():
            for field, schema in document.properties(content["schema"]).items():
                if _is_id(schema):
                    yield name, field


def _is_id(schema: Mapping[str, Any]) -> bool:
    """Whether it is a UUID, perhaps, or a list of them."""
    inner = [*schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else ())]
    return schema.get("format") == "uuid" or any(map(_is_id, inner))
