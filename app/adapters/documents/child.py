"""Reads one file in a process of its own, which ends with it: `python -I child.py KIND BYTES SECONDS`.

The file comes on the standard input, its pages go as JSON to the standard output. It imports nothing
of the application, so that it starts quickly, and limits itself before it looks at a byte. Exit codes:
0 read, 3 damaged, 4 encrypted, 5 too large; any other, and a signal, mean that it did not manage.
"""

import io
import json
import re
import resource
import sys
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from xml.etree import ElementTree

DAMAGED, ENCRYPTED, TOO_LARGE = 3, 4, 5
MAX_TEXT_CHARS = 20_000_000
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_HEADING = re.compile(r"heading\s?(\d)", re.IGNORECASE)


def main() -> int:
    """The exit code."""
    kind, most_bytes, most_s = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    resource.setrlimit(resource.RLIMIT_AS, (most_bytes, most_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (most_s, most_s))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    content = sys.stdin.buffer.read()
    try:
        pages = list(_bounded({"pdf": _pdf, "docx": _docx, "html": _html}[kind](content)))
    except _Encrypted:
        return ENCRYPTED
    except (_TooLarge, MemoryError, RecursionError):
        return TOO_LARGE
    except Exception:  # noqa: BLE001 - whatever a parser makes of a damaged file
        return DAMAGED
    sys.stdout.buffer.write(json.dumps(pages, ensure_ascii=True).encode("ascii"))
    return 0


class _Encrypted(Exception):
    """Only somebody with its password can read it."""


class _TooLarge(Exception):
    """It unpacks to more than is read."""


def _bounded(pages: Iterator[str]) -> Iterator[str]:
    size = 0
    for page in pages:
        size += len(page)
        if size > MAX_TEXT_CHARS:
            raise _TooLarge
        yield page


def _pdf(content: bytes) -> Iterator[str]:
    """The text of each page."""
    import logging  # noqa: PLC0415 - with what it is for

    import pypdf  # noqa: PLC0415 - 0.2 s that other kinds save

    logging.getLogger("pypdf").addHandler(logging.NullHandler())
    logging.getLogger("pypdf").propagate = False
    reader = pypdf.PdfReader(io.BytesIO(content))
    if reader.is_encrypted and not reader.decrypt(""):
        raise _Encrypted
    for page in reader.pages:
        yield page.extract_text()


def _docx(content: bytes) -> Iterator[str]:
    """The text of the body, its headings as in Markdown."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        part = archive.getinfo("word/document.xml")
        if part.file_size > MAX_TEXT_CHARS * 4:
            raise _TooLarge
        body = ElementTree.fromstring(archive.read(part))  # noqa: S314 - of any origin, in a process with limits
    yield "\n\n".join(_paragraph(one) for one in body.iter(f"{_WORD}p"))


def _paragraph(element: ElementTree.Element) -> str:
    style = element.find(f"{_WORD}pPr/{_WORD}pStyle")
    heading = _HEADING.match(style.get(f"{_WORD}val", "")) if style is not None else None
    text = "".join(_run(one) for one in element.iter()).strip()
    return f"{'#' * min(6, int(heading[1]) or 1)} {text}" if heading and text else text


def _run(element: ElementTree.Element) -> str:
    if element.tag == f"{_WORD}t":
        return element.text or ""
    return {f"{_WORD}tab": "\t", f"{_WORD}br": "\n"}.get(element.tag, "")


def _html(content: bytes) -> Iterator[str]:
    """The text that a reader sees."""
    parser = _Text()
    parser.feed(content.decode("utf-8"))
    parser.close()
    yield "".join(parser.parts)


class _Text(HTMLParser):
    """What stands between the tags; scripts, styles and the head are no text."""

    _UNSEEN = frozenset({"script", "style", "template", "noscript", "head", "svg", "iframe"})
    _BLOCKS = re.compile(
        "address|article|aside|blockquote|body|dd|details|div|dl|dt|fieldset|figcaption|figure|footer"
        "|form|h[1-6]|header|hr|li|main|nav|ol|p|pre|section|table|tr|ul"
    )

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unseen: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """A block begins on a line of its own, and a heading with its mark."""
        if tag in self._UNSEEN:
            self._unseen.append(tag)
        elif self._BLOCKS.fullmatch(tag):
            heading = re.fullmatch(r"h([1-6])", tag)
            self.parts.append(f"\n\n{'#' * int(heading[1])} " if heading else "\n\n")
        elif tag in {"br", "td", "th"}:
            self.parts.append("\n" if tag == "br" else " ")

    def handle_endtag(self, tag: str) -> None:
        """A block ends its line; what was not seen ends, with all that was left open in it."""
        if tag in self._unseen:
            while self._unseen.pop() != tag:
                pass
        elif self._BLOCKS.fullmatch(tag):
            self.parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        """Text, its blanks as a browser shows them."""
        if not self._unseen:
            self.parts.append(re.sub(r"\s+", " ", data))


if __name__ == "__main__":
    sys.exit(main())
