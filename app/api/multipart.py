"""Forms with a file in them (RFC 7578), out of a body that is in memory: nothing is put on a disk."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser
from typing import Final

from app.core.errors import InvalidInput

MAX_PARTS: Final = 20
MAX_HEADER_BYTES: Final = 8_192
FORM_BYTES: Final = 16_384
"""That a form may have beside its file."""

_NO_FORM: Final = "Send the file as a form: multipart/form-data, in a part named file"
_BROKEN: Final = "The form is broken: its parts cannot be told apart"


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a form."""

    name: str
    file_name: str | None
    media_type: str
    content: bytes


def parts_of(content_type: str, body: bytes) -> Mapping[str, Part]:
    """The fields of a form by their names; of two of one name, the first.

    Raises:
        InvalidInput: it is no form, or a broken one.
    """
    header = Message()
    header["Content-Type"] = content_type
    boundary = header.get_boundary()
    if header.get_content_type() != "multipart/form-data" or not boundary:
        raise InvalidInput(_NO_FORM)
    fields: dict[str, Part] = {}
    for part in _parts(body, boundary.encode("ascii", "replace")):
        fields.setdefault(part.name, part)
    return fields


def _parts(body: bytes, boundary: bytes) -> Iterator[Part]:
    """What stands between the boundaries; each is copied once."""
    line = b"\r\n--" + boundary
    at = body.find(line[2:])
    if at != 0 and body[max(0, at - 2) : at] != b"\r\n":
        raise InvalidInput(_BROKEN)
    at += len(line) - 2
    for _ in range(MAX_PARTS):
        if body[at : at + 2] == b"--":
            return
        head = body.find(b"\r\n\r\n", at, at + MAX_HEADER_BYTES)
        end = body.find(line, at)
        if head < 0 or end < 0:
            raise InvalidInput(_BROKEN)
        yield _part(body[at:head], body[head + 4 : end])
        at = end + len(line)
    raise InvalidInput("The form has too many parts")


def _part(head: bytes, content: bytes) -> Part:
    headers = HeaderParser().parsestr(head.strip().decode("utf-8", "replace"))
    name = headers.get_param("name", header="content-disposition")
    if not isinstance(name, str):
        raise InvalidInput(_BROKEN)
    return Part(
        name=name,
        file_name=headers.get_filename(),
        media_type=headers.get_content_type() if "content-type" in headers else "",
        content=content,
    )
