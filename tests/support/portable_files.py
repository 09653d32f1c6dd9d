"""Files of every format, small and sound."""

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import orjson

from app.adapters.portable.chatgpt import ChatGptImporter
from app.adapters.portable.claude import ClaudeImporter
from app.adapters.portable.mem0_json import Mem0Importer
from app.adapters.portable.memorychat import MemorychatImporter
from app.adapters.portable.text import TextImporter
from app.models.portable import Entry, Flaw, PortableFormat
from app.ports.portable import Importer
from app.schemas.profiles import check_persona

MAX_UNPACKED_BYTES: Final = 5_000_000

PROFILE: Final = "01a1f88d-0f68-7669-bb1f-ccceb61ffe1b"
SESSION: Final = "01a1f88d-0f7b-7534-9dbc-2c8075e5618d"
MESSAGE: Final = "01a1f88d-0f87-7157-87be-f14925fe08a4"
MEMORY: Final = "01a1f88d-1008-708d-a1f1-7c1e2946da8a"
MOMENT: Final = "2026-11-20T10:42:36.520440Z"

Line = dict[str, Any]


def importers() -> Sequence[Importer]:
    return [
        MemorychatImporter(check_persona=check_persona),
        ChatGptImporter(max_unpacked_bytes=MAX_UNPACKED_BYTES),
        ClaudeImporter(max_unpacked_bytes=MAX_UNPACKED_BYTES),
        Mem0Importer(),
        TextImporter(),
    ]


def importer_of(file_format: PortableFormat) -> Importer:
    return next(one for one in importers() if one.format is file_format)


def read(file_format: PortableFormat, content: bytes) -> list[Entry]:
    return list(importer_of(file_format).read(io.BytesIO(content)))


def flaws_of(file_format: PortableFormat, content: bytes) -> list[Flaw]:
    return [entry for entry in read(file_format, content) if isinstance(entry, Flaw)]


def a_profile_line(**fields: Any) -> Line:
    return {
        "type": "profile",
        "id": PROFILE,
        "name": "family",
        "description": None,
        "is_default": False,
        "persona": None,
        "learning": "auto",
        "created_at": MOMENT,
        "updated_at": MOMENT,
        **fields,
    }


def a_session_line(**fields: Any) -> Line:
    return {
        "type": "session",
        "id": SESSION,
        "memory_profile_id": PROFILE,
        "privacy_mode": "normal",
        "title": None,
        "summary": None,
        "summary_seq": 0,
        "created_at": MOMENT,
        "updated_at": MOMENT,
        **fields,
    }


def a_message_line(**fields: Any) -> Line:
    return {
        "type": "message",
        "id": MESSAGE,
        "session_id": SESSION,
        "seq": 1,
        "role": "user",
        "name": None,
        "content": "My sister Anna lives in Bergen.",
        "privacy_mode": "normal",
        "learnable": True,
        "searchable": True,
        "quoted": False,
        "learnt": True,
        "run_id": None,
        "finish_reason": None,
        "usage": None,
        "memories_used": [],
        "created_at": MOMENT,
        **fields,
    }


def a_memory_line(content: str = "User's sister Anna lives in Bergen.", **fields: Any) -> Line:
    return {
        "type": "memory",
        "id": MEMORY,
        "memory_profile_id": PROFILE,
        "kind": "fact",
        "content": content,
        "importance": 0.6,
        "confidence": 0.9,
        "status": "active",
        "said_at": MOMENT,
        "slot": None,
        "valid_from": None,
        "valid_until": None,
        "superseded_by": None,
        "source": "learnt",
        "source_message_ids": [],
        "versions": [{"version": 1, "change": "added", "content": content, "created_at": MOMENT}],
        "created_at": MOMENT,
        "updated_at": MOMENT,
        **fields,
    }


def a_file(
    *lines: Mapping[str, Any], header: Mapping[str, Any] = {}, end: Mapping[str, Any] = {}
) -> bytes:
    """A file of ours around these lines, its counts and its checksum right unless they are given."""
    nouns = {"profiles": "profile", "sessions": "session", "messages": "message"}
    nouns["memories"] = "memory"
    counts = {
        noun: sum(line.get("type") == line_type for line in lines)
        for noun, line_type in nouns.items()
    }
    first = {
        "type": "header",
        "format": "memorychat-export",
        "version": 1,
        "scope": "profile",
        "created_at": MOMENT,
        "counts": counts,
        **header,
    }
    body = joined([first, *lines])
    last = {
        "type": "end",
        "counts": counts,
        "sha256": hashlib.sha256(body).hexdigest(),
        **end,
    }
    return body + joined([last])


def joined(lines: Iterable[Mapping[str, Any]]) -> bytes:
    return b"".join(orjson.dumps(line) + b"\n" for line in lines)


def a_family() -> bytes:
    """A profile, a conversation, and what is known from it."""
    return a_file(
        a_profile_line(),
        a_session_line(),
        a_message_line(),
        a_memory_line(source_message_ids=[MESSAGE]),
    )


def a_chatgpt_node(
    name: str, parent: str | None, text: str = "", *, role: str = "user", **message: Any
) -> Line:
    return {
        "id": name,
        "parent": parent,
        "children": [],
        "message": {
            "id": name,
            "author": {"role": role},
            "create_time": 1_700_000_000.5,
            "content": {"content_type": "text", "parts": [text]},
            "recipient": "all",
            "metadata": {},
            **message,
        },
    }


def a_chatgpt_conversation(*nodes: Line, current: str | None = None, **fields: Any) -> Line:
    root: Line = {"id": "root", "parent": None, "children": [], "message": None}
    mapping = {node["id"]: node for node in (root, *nodes)}
    for node in nodes:
        if node["parent"] in mapping:
            mapping[node["parent"]]["children"].append(node["id"])
    return {
        "title": "Bergen",
        "create_time": 1_700_000_000.0,
        "update_time": 1_700_000_100.0,
        "mapping": mapping,
        "current_node": current or nodes[-1]["id"],
        "conversation_id": "conversation-1",
        **fields,
    }


def a_chatgpt_export() -> bytes:
    """Two questions and answers, of which the second question was asked in two ways."""
    return orjson.dumps(
        [
            a_chatgpt_conversation(
                a_chatgpt_node("a", "root", "My sister Anna lives in Bergen."),
                a_chatgpt_node("b", "a", "How nice.", role="assistant"),
                a_chatgpt_node("c", "b", "And I live in Oslo."),
                a_chatgpt_node("d", "b", "And I live in Turku."),
                a_chatgpt_node("e", "d", "I see.", role="assistant"),
            )
        ]
    )


def a_claude_export() -> bytes:
    return orjson.dumps(
        [
            {
                "uuid": "conversation-1",
                "name": "Bergen",
                "created_at": "2024-05-01T10:00:00.123456Z",
                "updated_at": "2024-05-01T10:05:00Z",
                "account": {"uuid": "account-1"},
                "chat_messages": [
                    {
                        "uuid": "message-1",
                        "sender": "human",
                        "text": "My sister Anna lives in Bergen.",
                        "content": [{"type": "text", "text": "My sister Anna lives in Bergen."}],
                        "created_at": "2024-05-01T10:00:01Z",
                        "attachments": [],
                    },
                    {
                        "uuid": "message-2",
                        "sender": "assistant",
                        "text": "",
                        "content": [
                            {"type": "thinking", "thinking": "Hm."},
                            {"type": "text", "text": "How nice."},
                        ],
                        "created_at": "2024-05-01T10:00:02Z",
                    },
                ],
            }
        ]
    )


def a_mem0_export() -> bytes:
    return orjson.dumps(
        {
            "results": [
                {
                    "id": "6f6f3f0a-0000-4000-8000-000000000001",
                    "memory": "Lives in Bergen",
                    "hash": "0123",
                    "metadata": None,
                    "created_at": "2024-07-01T12:00:00-07:00",
                    "updated_at": None,
                    "user_id": "anna",
                },
                {
                    "id": "6f6f3f0a-0000-4000-8000-000000000002",
                    "memory": "Likes tea",
                    "metadata": {"category": "taste"},
                    "created_at": "2024-07-02T12:00:00-07:00",
                    "updated_at": "2024-07-03T12:00:00-07:00",
                    "user_id": "anna",
                },
            ]
        }
    )


def a_text() -> bytes:
    return b"# About me\n\n- I live in Bergen.\n- I like tea.\n"


SAMPLES: Final[Mapping[PortableFormat, Callable[[], bytes]]] = {
    PortableFormat.MEMORYCHAT: a_family,
    PortableFormat.CHATGPT: a_chatgpt_export,
    PortableFormat.CLAUDE: a_claude_export,
    PortableFormat.MEM0: a_mem0_export,
    PortableFormat.TEXT: a_text,
}


def zipped(members: Mapping[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()
