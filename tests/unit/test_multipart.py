from contextlib import suppress

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api.multipart import Part, parts_of
from app.core.errors import InvalidInput

FORM = "multipart/form-data; boundary=x"


@given(content=st.binary(max_size=300), title=st.text(max_size=40))
def test_a_form_is_read_as_clients_write_it(content: bytes, title: str) -> None:
    encoded = title.encode("utf-8", "replace")
    request = httpx.Request(
        "POST",
        "http://somewhere",
        files={"file": ("Leie på.txt", content, "text/plain"), "title": (None, encoded)},
    )

    parts = parts_of(request.headers["content-type"], request.read())

    assert parts["file"] == Part("file", "Leie på.txt", "text/plain", content)
    assert (parts["title"].file_name, parts["title"].content) == (None, encoded)


@given(st.binary(max_size=200))
def test_no_bytes_break_it(body: bytes) -> None:
    for candidate in (body, b"--x\r\n" + body, b"--x\r\n" + body + b"\r\n--x--"):
        with suppress(InvalidInput):
            parts_of(FORM, candidate)


def test_a_boundary_inside_a_file_is_no_boundary() -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\n'

    assert parts_of(FORM, head + b"a --x b\n--x\r\n--x--")["file"].content == b"a --x b\n--x"


def test_a_form_of_a_thousand_parts_is_refused() -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'

    with pytest.raises(InvalidInput, match="too many"):
        parts_of(FORM, part * 1_000 + b"--x--")
