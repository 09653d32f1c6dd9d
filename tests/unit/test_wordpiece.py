from pathlib import Path

import pytest

from app.adapters.wordpiece import WordPiece

VOCABULARY = Path(__file__).parents[2] / "app" / "assets" / "minilm-l6" / "vocab.txt"
START, END, UNKNOWN = 101, 102, 100


@pytest.fixture(scope="module")
def pieces() -> WordPiece:
    return WordPiece(VOCABULARY)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("", []),
        ("   \n\t ", []),
        ("Hello, World!", [7592, 1010, 2088, 999]),
        ("unaffable", [14477, 20961, 3468]),
        ("Café NAÏVE", [7668, 15743]),
        ("don't", [2123, 1005, 1056]),
        ("hello\x00\ufffdworld", [7592, 11108]),
        ("東京", [1879, 1755]),
        ("hello\u00a0world", [7592, 2088]),
        ("x" * 101, [UNKNOWN]),
        ("\N{GRINNING FACE}", [UNKNOWN]),
    ],
)
def test_ids_are_those_of_the_reference_tokenizer(
    pieces: WordPiece, text: str, ids: list[int]
) -> None:
    assert pieces.encode(text, max_tokens=256) == [START, *ids, END]


def test_a_long_text_is_cut_and_still_ends_with_the_end_marker(pieces: WordPiece) -> None:
    ids = pieces.encode("hello " * 1_000, max_tokens=256)

    assert len(ids) == 256
    assert ids[-1] == END


def test_markers_in_a_text_are_plain_words(pieces: WordPiece) -> None:
    inner = pieces.encode("[SEP] [CLS] [PAD]", max_tokens=256)[1:-1]

    assert not {0, START, END} & set(inner)
