"""Requests as the OpenAPI document shows them, by the operation's id."""

from collections.abc import Mapping
from typing import Any, Final

_PASSWORD: Final = "correct horse battery staple"  # noqa: S105 - an example
_TALK: Final = [{"role": "user", "content": "What do I like?"}]

REQUESTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "sign_up": {"email": "ada@example.com", "password": _PASSWORD},
    "log_in": {"email": "ada@example.com", "password": _PASSWORD},
    "create_memory_profile": {"name": "work", "description": "What is about work."},
    "create_session": {"privacy_mode": "pause_memories", "title": "Figs"},
    "update_session": {"privacy_mode": "incognito"},
    "send_message": {"message": "I like figs."},
    "stream_message": {"message": "What do I like?", "privacy_mode": "incognito"},
    "append_messages": {"messages": [{"role": "user", "content": "I liked plums."}]},
    "create_memory": {"content": "Likes figs", "kind": "preference", "importance": 0.8},
    "update_memory": {"content": "Likes figs and plums"},
    "search_memories": {"query": "fruit"},
    "preview_prompt": {"message": "What do I like?"},
    "create_api_key": {"name": "notebook", "scopes": ["chat", "memories:read"]},
    "create_chat_completion": {"model": "memorychat/work:incognito", "messages": _TALK},
    "store_memory": {"content": "Likes figs"},
    "retrieve_memories": {"query": "fruit"},
    "update_account": {"display_name": "Ada", "time_zone": "Europe/Oslo"},
}


def show_examples(operation: dict[str, Any]) -> None:
    """The operation shows a request, if there is one for it."""
    example = REQUESTS.get(operation["operationId"])
    if example is None:
        return
    for content in operation["requestBody"]["content"].values():
        content["example"] = example
