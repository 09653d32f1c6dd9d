"""The canary words of `make prove` are found in every form that they could leave the server in."""

import base64
from collections.abc import Callable
from random import Random

import pytest

from app.services.lexicon import document_vector, stems
from tests.prove.words import Words

FORMS: dict[str, Callable[[str], bytes]] = {
    "UTF-8": str.encode,
    "UTF-16, lowest byte first": lambda text: text.encode("utf-16-le"),
    "UTF-16, highest byte first": lambda text: text.encode("utf-16-be"),
    "base64": lambda text: base64.b64encode(text.encode()),
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(text.encode()),
    "hexadecimal": lambda text: text.encode().hex().encode(),
    "capital hexadecimal": lambda text: text.encode().hex().upper().encode(),
    "capitals": lambda text: text.upper().encode(),
    "a title": lambda text: text.title().encode(),
    "backwards": lambda text: text[::-1].encode(),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("offset", range(4))
def test_a_word_is_found_in_any_form(form: str, offset: int) -> None:
    words = Words(Random(7))  # noqa: S311 - a canary is no secret
    said, _ = words.fresh(), words.fresh()

    content = FORMS[form]("x" * offset + f" {said} and more")

    assert words.in_bytes(content, disguised=True) == {said}
    assert words.in_bytes(FORMS[form]("x" * offset + " more"), disguised=True) == set()


def test_a_stemmer_leaves_it_as_it_is() -> None:
    words = Words(Random(7))  # noqa: S311 - a canary is no secret
    for _ in range(200):
        word = words.fresh()
        assert stems(f"They like {word}s, {word.upper()} and {word}.")[-2:] == [word, word]


def test_its_hash_is_found_in_the_log_of_an_index() -> None:
    words = Words(Random(7))  # noqa: S311 - a canary is no secret
    word = words.fresh()

    indices = document_vector(f"User likes {word}.").indices
    log = b"abc" + b"".join(b"\x1a" + int(one).to_bytes(4, "big") for one in indices)

    assert words.hashed_in(log) == {word}
