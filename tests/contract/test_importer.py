"""What holds for every importer."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.models.portable import (
    Flaw,
    PortableFormat,
    PortableMemory,
    PortableMessage,
    PortableSession,
)
from tests.support.portable_files import SAMPLES, flaws_of, importers, read

formats = pytest.mark.parametrize("file_format", list(PortableFormat))
JSON_FORMATS = [f for f in PortableFormat if f is not PortableFormat.TEXT]


@formats
def test_a_sound_file_has_records_and_no_flaws(file_format: PortableFormat) -> None:
    entries = read(file_format, SAMPLES[file_format]())

    assert any(isinstance(one, PortableMemory | PortableMessage) for one in entries)
    assert not [one for one in entries if isinstance(one, Flaw)]


@formats
def test_a_file_reads_the_same_again(file_format: PortableFormat) -> None:
    content = SAMPLES[file_format]()

    assert read(file_format, content) == read(file_format, content)


@formats
def test_only_its_own_importer_recognises_a_file(file_format: PortableFormat) -> None:
    file = io.BytesIO(SAMPLES[file_format]())

    assert [one.format for one in importers() if one.recognises(file)] == [file_format]


@formats
def test_a_message_stands_after_its_session(file_format: PortableFormat) -> None:
    known = set()
    for entry in read(file_format, SAMPLES[file_format]()):
        if isinstance(entry, PortableSession):
            known.add(entry.origin)
        if isinstance(entry, PortableMessage):
            assert entry.session in known


@formats
@given(content=st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(file_format: PortableFormat, content: bytes) -> None:
    read(file_format, content)
    for importer in importers():
        importer.recognises(io.BytesIO(content))


@pytest.mark.parametrize("file_format", JSON_FORMATS)
@given(data=st.data())
def test_a_file_that_is_cut_off_anywhere_is_refused(
    file_format: PortableFormat, data: st.DataObject
) -> None:
    content = SAMPLES[file_format]().rstrip()
    length = data.draw(st.integers(0, len(content) - 1))

    assert flaws_of(file_format, content[:length])


@formats
def test_a_file_that_is_not_utf_8_is_refused(file_format: PortableFormat) -> None:
    content = SAMPLES[file_format]().replace(b"Bergen", b"Berg\xe9n")

    assert [flaw.detail for flaw in flaws_of(file_format, content)][:1] == ["not UTF-8"]


@pytest.mark.parametrize("file_format", JSON_FORMATS)
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_json_that_is_nested_too_deeply_is_refused(
    file_format: PortableFormat, opening: bytes, closing: bytes
) -> None:
    deep = opening * 200_000 + b"1" + closing * 200_000
    for content in (deep, b"[" + deep + b"]", b'[{"a":' + deep + b"}]"):
        assert flaws_of(file_format, content)


@formats
def test_a_flaw_never_quotes_the_file(file_format: PortableFormat) -> None:
    content = SAMPLES[file_format]()
    for old, new in ((b'"', b'"secret'), (b":", b":secret "), (b"-", b"\xffsecret")):
        for flaw in flaws_of(file_format, content.replace(old, new)):
            assert "secret" not in f"{flaw.place} {flaw.detail}"
