from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.adapters.wordpiece import WordPiece
from app.models.document import Passage
from app.services.chunking import MOST_TOKENS, Piece, chunked, tokens_in

ROOT = Path(__file__).parents[2]
LONG = "The tenant keeps the stairs clean and pays for what is broken. " * 40


def pieces(text: str) -> list[str]:
    return [piece.text for piece in chunked([Passage(text)])]


def test_a_heading_begins_a_chunk_and_stays_with_its_text() -> None:
    first = "# Notice\n\n" + "The notice period is three months, from the end of a month on. " * 3
    second = "## Deposit\n\nThe deposit is kept at Nordea."

    assert pieces(f"{first}\n\n{second}") == [first.strip(), second]


def test_short_sections_share_a_chunk() -> None:
    assert pieces("# One\n\nYes.\n\n# Two\n\nNo.") == ["# One\n\nYes.\n\n# Two\n\nNo."]


def test_a_heading_needs_no_blank_lines() -> None:
    text = f"# Notice\n{LONG[:400]}\n# Deposit\nNordea."

    assert pieces(text)[-1] == "# Deposit\n\nNordea."


def test_long_paragraphs_are_cut_between_sentences() -> None:
    found = pieces(LONG)

    assert len(found) > 1
    assert all(one.startswith("The tenant") and one.endswith("broken.") for one in found)


@pytest.mark.parametrize("text", ["x" * 9_000, "家" * 2_000, "a b " * 3_000, "<>" * 3_000])
def test_what_has_no_seams_is_cut_anywhere(text: str) -> None:
    found = pieces(text)

    assert "".join("".join(found).split()) == text.replace(" ", "")
    assert max(map(tokens_in, found)) <= MOST_TOKENS


def test_pages_do_not_share_a_chunk() -> None:
    found = list(chunked([Passage("One.", 1), Passage("  ", 2), Passage("Three.", 3)]))

    assert found == [Piece("One.", 1), Piece("Three.", 3)]


def test_what_nobody_sees_is_left_out() -> None:
    assert pieces("Pay\u200b me\x07 now.\r\n\r\n\ufeffThanks.") == ["Pay me now.\n\nThanks."]


@given(st.text(max_size=3_000))
def test_no_word_is_lost_and_no_chunk_is_too_long(text: str) -> None:
    found = pieces(text)

    assert found == pieces(text), "the same every time"
    assert all(one == one.strip() and one for one in found)
    assert max(map(tokens_in, found), default=0) <= MOST_TOKENS
    seen = "".join(found)
    assert [c for c in text if c.isalnum()] == [c for c in seen if c.isalnum()]


def test_the_embedding_model_reads_the_whole_of_a_chunk() -> None:
    words = WordPiece(ROOT / "app" / "assets" / "minilm-l6" / "vocab.txt")
    for file in (ROOT / "README.md", ROOT / "instructions.txt"):
        lengths = [len(words.encode(one, max_tokens=10_000)) for one in pieces(file.read_text())]
        assert max(lengths) <= 256
