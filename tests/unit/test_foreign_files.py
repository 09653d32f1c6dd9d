"""What is taken from other people's exports, and what is left."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from app.core.privacy import PrivacyMode
from app.models.message import Role
from app.models.portable import (
    PortableFormat,
    PortableMemory,
    PortableMessage,
    PortableSession,
    Skipped,
)
from tests.support.portable_files import (
    SAMPLES,
    a_chatgpt_conversation,
    a_chatgpt_export,
    a_chatgpt_node,
    a_claude_export,
    flaws_of,
    importer_of,
    read,
    zipped,
)


def said(file_format: PortableFormat, content: bytes) -> list[str]:
    entries = read(file_format, content)
    return [entry.content for entry in entries if isinstance(entry, PortableMessage)]


def remembered(file_format: PortableFormat, content: bytes) -> list[str]:
    entries = read(file_format, content)
    return [entry.content for entry in entries if isinstance(entry, PortableMemory)]


def chatgpt(*nodes: dict[str, Any], **fields: Any) -> bytes:
    return orjson.dumps([a_chatgpt_conversation(*nodes, **fields)])


def test_of_a_chatgpt_conversation_the_branch_shown_last_is_taken() -> None:
    assert said(PortableFormat.CHATGPT, a_chatgpt_export()) == [
        "My sister Anna lives in Bergen.",
        "How nice.",
        "And I live in Turku.",
        "I see.",
    ]


def test_without_a_current_node_the_newest_branch_is_taken() -> None:
    content = a_chatgpt_export().replace(b'"current_node":"e"', b'"current_node":null')

    assert said(PortableFormat.CHATGPT, content)[-1] == "I see."


def test_a_chatgpt_conversation_keeps_its_title_times_and_roles() -> None:
    session, first, second, *_ = read(PortableFormat.CHATGPT, a_chatgpt_export())

    assert isinstance(session, PortableSession)
    assert session.title == "Bergen"
    assert session.created_at == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert isinstance(first, PortableMessage)
    assert isinstance(second, PortableMessage)
    assert (first.role, second.role) == (Role.USER, Role.ASSISTANT)
    assert first.created_at == datetime(2023, 11, 14, 22, 13, 20, 500_000, tzinfo=UTC)
    assert first.learnable


@pytest.mark.parametrize(
    "message",
    [
        {"author": {"role": "system"}},
        {"author": {"role": "tool", "name": "browser"}},
        {"recipient": "python"},
        {"content": {"content_type": "code", "text": "print(1)"}},
        {"content": {"content_type": "text", "parts": [""]}},
        {"content": {"content_type": "multimodal_text", "parts": [{"asset_pointer": "file"}]}},
        {"metadata": {"is_visually_hidden_from_conversation": True}},
        {"content": None},
    ],
)
def test_what_nobody_said_is_skipped(message: dict[str, Any]) -> None:
    content = chatgpt(
        a_chatgpt_node("a", "root", "Hidden.", **message), a_chatgpt_node("b", "a", "Said.")
    )

    assert said(PortableFormat.CHATGPT, content) == ["Said."]
    assert Skipped() in read(PortableFormat.CHATGPT, content)


def test_a_conversation_that_was_not_to_be_remembered_is_not_learnt_from() -> None:
    content = chatgpt(a_chatgpt_node("a", "root", "Psst."), is_do_not_remember=True)

    session, message = read(PortableFormat.CHATGPT, content)

    assert isinstance(session, PortableSession)
    assert session.privacy_mode is PrivacyMode.PAUSE_MEMORIES
    assert isinstance(message, PortableMessage)
    assert (message.learnable, message.searchable) == (False, False)


def test_what_was_pasted_is_kept_and_not_learnt_from() -> None:
    content = chatgpt(a_chatgpt_node("a", "root", "word " * 10_000))

    _, message = read(PortableFormat.CHATGPT, content)

    assert isinstance(message, PortableMessage)
    assert message.searchable
    assert message.learnt, "as if it had been read before"


@pytest.mark.parametrize("parent", ["b", "nobody"])
def test_messages_that_are_no_tree_are_refused(parent: str) -> None:
    content = chatgpt(a_chatgpt_node("a", parent, "One."), a_chatgpt_node("b", "a", "Two."))

    [flaw] = flaws_of(PortableFormat.CHATGPT, content)

    assert flaw.place == "/0/mapping"


def test_of_a_claude_message_the_words_are_taken() -> None:
    assert said(PortableFormat.CLAUDE, a_claude_export()) == [
        "My sister Anna lives in Bergen.",
        "How nice.",
    ]


@pytest.mark.parametrize("file_format", [PortableFormat.CHATGPT, PortableFormat.CLAUDE])
def test_an_archive_reads_as_what_is_in_it(file_format: PortableFormat) -> None:
    content = SAMPLES[file_format]()
    archive = zipped({"user.json": b"{}", "export/conversations.json": content})

    assert read(file_format, archive) == read(file_format, content)
    assert importer_of(file_format).format is file_format


def test_the_parts_of_a_large_chatgpt_archive_are_read_in_order() -> None:
    parts = {
        f"conversations-00{number}.json": chatgpt(a_chatgpt_node(name, "root", name))
        for number, name in enumerate(["first", "second", "third"])
    }

    assert said(PortableFormat.CHATGPT, zipped(parts)) == ["first", "second", "third"]


@pytest.mark.parametrize(
    ("archive", "detail"),
    [
        (zipped({"readme.txt": b""}), "the archive holds no conversations.json"),
        (
            zipped({"conversations.json": b"[" + b" " * 6_000_000 + b"]"}),
            "the archive holds more than may be unpacked",
        ),
        (
            zipped({"conversations.json": b'[{"a": 1}' + b"]" * 3}),
            "something follows the array",
        ),
    ],
    ids=["without conversations", "bomb", "not JSON"],
)
def test_a_bad_archive_is_refused(archive: bytes, detail: str) -> None:
    assert detail in [flaw.detail for flaw in flaws_of(PortableFormat.CHATGPT, archive)]


def test_a_damaged_archive_is_refused() -> None:
    archive = bytearray(zipped({"conversations.json": a_chatgpt_export()}))
    archive[60:80] = b"\x00" * 20

    assert flaws_of(PortableFormat.CHATGPT, bytes(archive))


@pytest.mark.parametrize("shape", ["{}", "[]", '{"results": %s}', '{"memories": %s}', "%s"])
def test_mem0_is_read_in_each_of_its_shapes(shape: str) -> None:
    told = '[{"id": "1", "memory": "Likes tea", "user_id": "a"}, {"text": "Likes figs"}]'
    told = told.replace('{"text"', '{"user_id": "a", "text"')
    content = (shape.replace("%s", told)).encode()

    expected = ["Likes tea", "Likes figs"] if "%s" in shape else []
    assert remembered(PortableFormat.MEM0, content) == expected


def test_memories_of_two_mem0_users_are_not_mixed() -> None:
    content = orjson.dumps([{"memory": "A", "user_id": "anna"}, {"memory": "B", "user_id": "bert"}])

    [flaw] = flaws_of(PortableFormat.MEM0, content)

    assert flaw.place == "/1"


def test_a_mem0_time_keeps_its_offset_and_a_naive_one_is_utc() -> None:
    content = orjson.dumps(
        [
            {"memory": "A", "created_at": "2024-07-01T12:00:00-07:00"},
            {"memory": "B", "created_at": "2024-07-01T12:00:00"},
        ]
    )

    times = [
        m.created_at for m in read(PortableFormat.MEM0, content) if isinstance(m, PortableMemory)
    ]

    assert times == [
        datetime(2024, 7, 1, 19, tzinfo=UTC),
        datetime(2024, 7, 1, 12, tzinfo=UTC),
    ]


@pytest.mark.parametrize(
    ("text", "memories"),
    [
        ("I live in Bergen.\nI like tea.", ["I live in Bergen.", "I like tea."]),
        ("\ufeff- Tea\n* Figs\n3. Lamps\n", ["Tea", "Figs", "Lamps"]),
        ("# Home\n\nI live\nin Bergen.\n\nI like tea.\n", ["I live in Bergen.", "I like tea."]),
        (
            "# Home\nI live in Bergen.\n\n## Tea\n- I like it.\n",
            ["I live in Bergen.", "I like it."],
        ),
        ("---\n\n***\n1984 was cold.", ["1984 was cold."]),
        ("", []),
    ],
)
def test_text_is_a_memory_per_line_or_paragraph(text: str, memories: list[str]) -> None:
    assert remembered(PortableFormat.TEXT, text.encode()) == memories


@pytest.mark.parametrize("length", [4_001, 70_000])
def test_a_line_of_text_that_is_too_long_is_refused_by_its_number(length: int) -> None:
    [flaw] = flaws_of(PortableFormat.TEXT, b"One.\nTwo.\n" + b"a" * length + b"\nFour.")

    assert flaw.place == "/lines/3"


def test_what_no_database_can_hold_is_replaced() -> None:
    content = rb'[{"memory": "a\u0000b\ud800c"}]'

    assert remembered(PortableFormat.MEM0, content) == ["a\ufffdb\ufffdc"]
