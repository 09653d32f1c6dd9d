"""A file of ours that was changed is refused, whatever was changed."""

import io
import re
from pathlib import Path
from typing import Any, get_args

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from app.adapters.portable.memorychat import MemorychatExporter
from app.adapters.portable.memorychat_lines import AnyLine
from app.models.portable import (
    Flaw,
    Portable,
    PortableAccount,
    PortableFormat,
    PortableHeader,
    Skipped,
)
from tests.support.portable_files import (
    MEMORY,
    MESSAGE,
    PROFILE,
    SESSION,
    Line,
    a_family,
    a_file,
    a_memory_line,
    a_message_line,
    a_profile_line,
    a_session_line,
    flaws_of,
    read,
)

OURS = PortableFormat.MEMORYCHAT
OTHER = "01a1f88d-ffff-7000-8000-000000000000"


def details(content: bytes) -> list[tuple[str, str]]:
    return [(flaw.place, flaw.detail) for flaw in flaws_of(OURS, content)]


def without(line: Line, field: str) -> Line:
    return {key: value for key, value in line.items() if key != field}


def test_what_is_written_is_read() -> None:
    header, *records = read(OURS, a_family())
    assert isinstance(header, PortableHeader)
    file = io.BytesIO()

    written: list[Portable] = [one for one in records if not isinstance(one, Flaw | Skipped)]
    MemorychatExporter().write(header, written, file)

    assert read(OURS, file.getvalue()) == [header, *records]


@given(data=st.data())
def test_a_changed_byte_is_noticed(data: st.DataObject) -> None:
    content = bytearray(a_family())
    at = data.draw(st.integers(0, len(content) - 2))  # any space may end the last line
    content[at] ^= data.draw(st.integers(1, 255))

    assert flaws_of(OURS, bytes(content))


@given(data=st.data())
def test_a_line_more_or_less_is_noticed(data: st.DataObject) -> None:
    lines = a_family().splitlines(keepends=True)
    at = data.draw(st.integers(0, len(lines) - 1))
    line = data.draw(st.sampled_from([None, b"\n", b"{}\n", *lines]))
    changed = [*lines[:at], *([line] if line else []), *lines[at + (line is None) :]]

    assert flaws_of(OURS, b"".join(changed))


@pytest.mark.parametrize(
    ("lines", "place", "detail"),
    [
        ([a_profile_line(extra=1)], 2, "extra: is not known in version 1"),
        ([without(a_profile_line(), "name")], 2, "name: is missing"),
        ([a_profile_line(learning="always")], 2, "learning: not one of the known values"),
        ([a_profile_line(id="1")], 2, "id: not a UUID"),
        ([a_profile_line(is_default="yes")], 2, "is_default: not as docs/export-format.md has it"),
        ([a_profile_line(persona={"tone": 3})], 2, "persona: not one that a profile may have"),
        ([a_profile_line(name="a\x00b")], 2, "name: must not contain NUL characters"),
        (
            [a_profile_line(created_at="2026-11-20T10:42:36")],
            2,
            "created_at: a time without its offset",
        ),
        ([{"type": "user"}], 2, "no line of this type is known in version 1"),
        ([{}], 2, "there is no field type"),
        ([a_profile_line(), a_profile_line(id=OTHER)], 3, "there is a second profile of its name"),
        ([a_profile_line(), a_profile_line()], 3, "its id stands in the file before"),
        ([a_session_line()], 2, "it names one of the profiles that is not in the file before"),
        ([a_profile_line(), a_message_line()], 3, "a message does not follow its session"),
    ],
)
def test_a_bad_line_is_told_by_its_number(lines: list[Line], place: int, detail: str) -> None:
    assert details(a_file(*lines))[0] == (f"/lines/{place}", detail)


@pytest.mark.parametrize(
    ("message", "detail"),
    [
        ({"session_id": OTHER}, "a message does not follow its session"),
        ({"privacy_mode": "incognito"}, "nothing that was said in this mode is ever kept"),
        ({"privacy_mode": "pause_memories"}, "what was said in this mode is never learnt from"),
        ({"learnable": False}, "a message that is not learnable cannot be searchable"),
        ({"seq": 0}, "seq: too small"),
        ({"content": "a\ud800"}, None),
    ],
)
def test_a_forged_message_is_refused(message: dict[str, Any], detail: str | None) -> None:
    if detail is None:
        line = orjson.dumps(a_message_line()).replace(b"My sister", rb"\ud800")
        content = a_family().replace(orjson.dumps(a_message_line()), line)
        assert flaws_of(OURS, content)
        return
    content = a_file(a_profile_line(), a_session_line(), a_message_line(**message))

    assert details(content)[0] == ("/lines/4", detail)


def test_messages_stand_in_their_order() -> None:
    content = a_file(
        a_profile_line(),
        a_session_line(),
        a_message_line(seq=2),
        a_message_line(id=OTHER, seq=2),
    )

    assert details(content) == [("/lines/5", "messages are not in the order of their seq")]


@pytest.mark.parametrize(
    ("memory", "detail"),
    [
        (
            {"source_message_ids": [OTHER]},
            "it names one of the messages that is not in the file before",
        ),
        ({"source_message_ids": [MESSAGE, MESSAGE]}, "a source is named twice"),
        ({"superseded_by": MEMORY}, "a memory supersedes itself"),
        ({"superseded_by": OTHER}, "lines name memories that are not in the file"),
        (
            {"memory_profile_id": OTHER},
            "it names one of the profiles that is not in the file before",
        ),
        ({"kind": "episode"}, "kind: not one of the known values"),
        ({"importance": 1.5}, "importance: too large"),
        ({"versions": []}, "versions: not as docs/export-format.md has it"),
        ({"content": "Something else."}, "the last version says something else than the memory"),
    ],
)
def test_a_forged_memory_is_refused(memory: dict[str, Any], detail: str) -> None:
    content = a_file(
        a_profile_line(), a_session_line(), a_message_line(), {**a_memory_line(), **memory}
    )

    assert details(content)[0][1] == detail


@pytest.mark.parametrize(
    ("reads", "detail"),
    [
        ([OTHER], "it names one of the profiles that is not in the file before"),
        ([PROFILE], "a session reads a profile twice"),
        ([OTHER, OTHER], "a session reads a profile twice"),
        ([], "reads_memory_profile_ids: not as docs/export-format.md has it"),
        ([OTHER] * 9, "reads_memory_profile_ids: not as docs/export-format.md has it"),
    ],
)
def test_a_session_that_reads_what_it_cannot_is_refused(reads: list[str], detail: str) -> None:
    content = a_file(a_profile_line(), a_session_line(reads_memory_profile_ids=reads))

    assert details(content)[0] == ("/lines/3", detail)


@pytest.mark.parametrize("noun", ["profiles", "sessions", "messages", "memories"])
def test_counts_that_are_not_those_of_the_lines_are_noticed(noun: str) -> None:
    counts = {"profiles": 1, "sessions": 1, "messages": 1, "memories": 1}
    lines = [a_profile_line(), a_session_line(), a_message_line(), a_memory_line()]
    for part in ("header", "end"):
        changed = {part: {"counts": {**counts, noun: 2}}}
        assert details(a_file(*lines, **changed)) == [
            ("/lines/6", "the counts are not those of the lines")
        ]


def test_another_version_is_refused_whatever_else_it_holds() -> None:
    content = a_file(a_profile_line(new="field"), header={"version": 2, "also": "new"})

    assert details(content) == [("/lines/1", "version 2: this server reads version 1")]


def test_a_profile_without_an_account_is_no_account() -> None:
    content = a_file(a_profile_line(is_default=True), header={"scope": "account"})

    assert details(content) == [
        ("/lines/3", "account and profiles are not those of the header's scope")
    ]


def test_an_account_does_not_carry_what_signs_in_or_permits() -> None:
    fields = PortableAccount.__dataclass_fields__.keys()

    assert set(fields) == {"email", "display_name", "created_at"}


def test_the_ids_of_the_sample_are_those_that_tests_name() -> None:
    text = a_family().decode()

    assert all(one in text for one in (PROFILE, SESSION, MESSAGE, MEMORY))


DOCUMENT = (Path(__file__).parents[2] / "docs" / "export-format.md").read_text(encoding="utf-8")


def test_the_documented_example_is_read_as_it_stands() -> None:
    example = DOCUMENT.split("```json\n")[1].split("```")[0]

    assert details(example.encode()) == []


@pytest.mark.parametrize("line", get_args(AnyLine))
def test_every_field_is_documented(line: type[BaseModel]) -> None:
    [line_type] = get_args(line.model_fields["type"].annotation)
    [row] = [row for row in DOCUMENT.splitlines() if f"| `{line_type}` |" in row]

    fields = re.sub(r"\([^)]*\)", "", row.split("|")[4])
    assert set(re.findall(r"`(\w+)`", fields)) == set(line.model_fields) - {"type"}
