import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.titles import MAX_TITLE_LENGTH, title_from


@given(st.text(max_size=300))
def test_a_title_is_one_short_line_and_never_empty(message: str) -> None:
    title = title_from(message)

    assert 0 < len(title) <= MAX_TITLE_LENGTH
    assert title == " ".join(title.split())


@pytest.mark.parametrize(
    ("message", "title"),
    [
        ("  Hello\n there ", "Hello there"),
        ("x" * 60, "x" * 60),
        ("x" * 61, "x" * 59 + "…"),
        ("word " * 13, "word " * 11 + "word…"),
        (" \n ", "…"),
    ],
)
def test_a_title_is_cut_between_words(message: str, title: str) -> None:
    assert title_from(message) == title
