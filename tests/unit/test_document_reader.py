"""Text out of files of every kind, and what becomes of those that mean harm."""

import io
import time
import zipfile

import pytest
from pypdf import PdfReader

from app.adapters.documents.reader import BoundedReader
from app.core.document_errors import DocumentRefused
from app.models.document import MediaType, Passage
from tests.support.pdf import a_pdf

READER = BoundedReader(within_s=10, memory_bytes=500_000_000)
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def a_docx(body: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", body)
    return file.getvalue()


async def test_a_pdf_is_read_page_by_page() -> None:
    pdf = a_pdf("The deposit is at Nordea.", "", "Notice: three months.")
    assert len(PdfReader(io.BytesIO(pdf)).pages) == 3

    assert await READER.read(pdf, MediaType.PDF) == [
        Passage("The deposit is at Nordea.", 1),
        Passage("Notice: three months.", 3),
    ]


async def test_html_is_what_a_reader_sees() -> None:
    page = (
        "<html><head><title>no</title></head><body><h2>Deposit</h2><p>It is <b>at</b>\n Nordea."
        "<script>no()</script><ul><li>One<li>Two &amp; three</ul></body></html>"
    )

    [passage] = await READER.read(page.encode(), MediaType.HTML)

    assert passage.text.split() == [
        "##",
        "Deposit",
        "It",
        "is",
        "at",
        "Nordea.",
        "One",
        "Two",
        "&",
        "three",
    ]
    assert "## Deposit\n\n" in passage.text


async def test_a_docx_has_its_headings() -> None:
    text = "<w:r><w:t>{}</w:t></w:r>"
    style = '<w:pPr><w:pStyle w:val="Heading2"/></w:pPr>'
    body = (
        f'<w:document xmlns:w="{WORD}"><w:body><w:p>{style}{text.format("Deposit")}</w:p>'
        f"<w:p>{text.format('It is')}{text.format(' at Nordea.')}</w:p></w:body></w:document>"
    )

    found = await READER.read(a_docx(body), MediaType.DOCX)

    assert found == [Passage("## Deposit\n\nIt is at Nordea.")]


async def test_text_is_utf_8_or_utf_16_that_says_so() -> None:
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        assert await READER.read("Når?".encode(encoding), MediaType.PLAIN) == [Passage("Når?")]


BOMB = (
    '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 50}">' for a, b in zip("abcdefg", "bcdefgh", strict=True))
    + f'] ><w:document xmlns:w="{WORD}"><w:body><w:p><w:r><w:t>&h;</w:t></w:r></w:p></w:body>'
    "</w:document>"
)
UNREADABLE = {
    "latin-1": ("Når?".encode("latin-1"), MediaType.PLAIN),
    "nul": (b"a\x00b", MediaType.MARKDOWN),
    "no pdf": (b"%PDF-1.7\nzebra", MediaType.PDF),
    "cut pdf": (a_pdf("One.")[:300], MediaType.PDF),
    "no zip": (b"PK\x03\x04zebra", MediaType.DOCX),
    "another zip": (a_docx("")[:-30], MediaType.DOCX),
    "no xml": (a_docx("<w:document"), MediaType.DOCX),
    "billion laughs": (a_docx(BOMB), MediaType.DOCX),
    "zip bomb": (a_docx(" " * 100_000_000), MediaType.DOCX),
}


@pytest.mark.parametrize("name", UNREADABLE)
async def test_what_cannot_be_read_is_refused(name: str) -> None:
    with pytest.raises(DocumentRefused):
        await READER.read(*UNREADABLE[name])


async def test_an_encrypted_pdf_says_so() -> None:
    with pytest.raises(DocumentRefused, match="password"):
        await READER.read(a_pdf("One.", password="secret"), MediaType.PDF)

    readable = a_pdf("One.", password="")
    assert await READER.read(readable, MediaType.PDF) == [Passage("One.", 1)]


async def test_a_file_that_takes_too_long_is_given_up() -> None:
    deep = ("<div>" * 400_000 + "<p>x</p>" * 400_000).encode()
    impatient = BoundedReader(within_s=0.2, memory_bytes=500_000_000)
    began_s = time.monotonic()

    with pytest.raises(DocumentRefused, match="too long"):
        await impatient.read(deep, MediaType.HTML)

    assert time.monotonic() - began_s < 5


async def test_a_file_that_takes_too_much_memory_is_given_up() -> None:
    large = b"<p>" + b"word " * 3_000_000
    assert await READER.read(large, MediaType.HTML)
    frugal = BoundedReader(within_s=10, memory_bytes=100_000_000)

    with pytest.raises(DocumentRefused, match="more than is read"):
        await frugal.read(large, MediaType.HTML)
