from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ports.vector_index import SparseVector
from app.services.lexicon import QUERY_STEMS, document_vector, query_vector, stems


def weight_of(word: str, vector: SparseVector) -> float:
    [index] = query_vector(word).indices
    return float(vector.values[vector.indices == index].sum())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The runners were running happily", ["runner", "run", "happili"]),
        ("What is it that you do?", []),
        ("I don't know Anna's brother", ["know", "anna", "brother"]),
        ("Anna\N{RIGHT SINGLE QUOTATION MARK}s cats", ["anna", "cat"]),
        ("Café, CAFE", ["cafe", "cafe"]),
        ("8 May 2023", ["8", "may", "2023"]),
        ("", []),
        ("\N{GRINNING FACE} ?!", []),
    ],
)
def test_stems_of_words(text: str, expected: list[str]) -> None:
    assert stems(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("東京タワー", ["東京", "京タ", "タワ", "ワー"]),
        ("猫", ["猫"]),
        ("가방은", ["가방", "방은"]),
        ("iPhone手机", ["iphon", "手机"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("Привет, мир", ["привет", "мир"]),
    ],
)
def test_scripts_without_spaces_are_indexed_by_pairs(text: str, expected: list[str]) -> None:
    assert stems(text) == expected


def test_a_word_weighs_more_when_repeated_and_less_in_a_long_text() -> None:
    once = weight_of("cat", document_vector("a cat and a dog"))
    twice = weight_of("cat", document_vector("a cat, a cat and a dog"))
    diluted = weight_of("cat", document_vector("a cat and a dog " + "among others here " * 40))

    assert diluted < once < twice < 1.9


def test_the_weight_is_the_formula_of_bm25() -> None:
    vector = document_vector("cat " * 17)

    assert weight_of("cat", vector) == pytest.approx(17 * 1.9 / (17 + 0.9), abs=1e-5)


def test_a_question_names_each_stem_once() -> None:
    vector = query_vector("cats and a cat")

    assert vector.values.tolist() == [1.0]
    assert vector.indices.dtype == np.uint32


def test_a_long_text_asks_by_its_two_ends() -> None:
    words = [f"word{number}" for number in range(1_000)]
    vector = query_vector(" ".join(words))

    assert len(vector.indices) == QUERY_STEMS
    assert {query_vector(word).indices[0] for word in (words[0], words[-1])} <= set(vector.indices)


def test_threads_do_not_disturb_each_other() -> None:
    texts = [f"running happily through {number} adoption agencies" for number in range(400)]
    alone = [stems(text) for text in texts]

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(stems, texts)) == alone


@given(st.text(st.characters(codec=None, exclude_categories=[])))
def test_any_text_has_a_vector_with_distinct_stems(text: str) -> None:
    vector = document_vector(text)

    assert len(set(vector.indices.tolist())) == len(vector.indices) == len(vector.values)
    assert (vector.values > 0).all()
