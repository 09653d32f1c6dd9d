from concurrent.futures import ThreadPoolExecutor
from time import process_time

import pytest

from app.adapters.bundled_tokens import BundledTokens
from tests.support.talk import ASSETS, TOKENS


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("hello world", 2),
        ("Größe", 2),
        ("我姐姐住在卑尔根。", 9),
        ("<|endoftext|>", 7),
        ("\ud800 alone", 2),
    ],
)
def test_texts_count_as_the_encoding_says(text: str, tokens: int) -> None:
    assert TOKENS.count(text) == tokens


@pytest.mark.parametrize("text", ["a" * 100_000, " " * 100_000, "!" * 100_000, "中" * 100_000])
def test_a_hostile_text_costs_no_more_than_its_length(text: str) -> None:
    begun = process_time()
    TOKENS.count(text)

    # Measured: 13–20 ms. Ten times as much would still not be quadratic.
    assert process_time() - begun < 0.25


def test_millions_of_blanks_are_counted() -> None:
    assert TOKENS.count(" " * 3_000_000) > 1_000


def test_a_long_text_counts_as_the_sum_of_its_slices_nearly() -> None:
    sentence = " My sister Anna lives in Bergen."

    assert TOKENS.count(sentence * 10_000) == pytest.approx(
        TOKENS.count(sentence * 100) * 100, rel=0.001
    )


def test_the_file_is_read_on_first_use_and_by_any_number_of_threads() -> None:
    tokens = BundledTokens(ASSETS / "o200k_base.tiktoken")

    with ThreadPoolExecutor(8) as pool:
        counts = set(pool.map(tokens.count, ["hello world"] * 40))

    assert counts == {2}


def test_nothing_is_read_before_the_first_use() -> None:
    tokens = BundledTokens(ASSETS / "absent")

    with pytest.raises(FileNotFoundError):
        tokens.count("hello")
