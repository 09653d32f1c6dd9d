"""Embeddings, by OpenAI's own SDK."""

import base64
from collections.abc import Iterator
from typing import Any

import numpy as np
import openai
import pytest
from openai import OpenAI

from tests.support.openai_client import openai_of
from tests.support.person import Person
from tests.support.problem import problem_of

HELLO = [13225, 2375]
""""Hello world" in o200k_base."""


@pytest.fixture
def sdk(ada: Person) -> Iterator[OpenAI]:
    with openai_of(ada) as client:
        yield client


def vectors(client: OpenAI, given: Any, **options: Any) -> list[Any]:
    found = client.embeddings.create(model="memorychat", input=given, **options)
    assert [one.index for one in found.data] == list(range(len(found.data)))
    return [np.array(one.embedding, dtype=np.float32) for one in found.data]


def test_texts_and_their_tokens_have_the_same_vectors_however_they_are_asked_for(
    sdk: OpenAI,
) -> None:
    [text] = vectors(sdk, "Hello world")
    several = vectors(sdk, ["A cat.", "Hello world", "A kitten."])

    assert text.shape == (384,)
    assert np.linalg.norm(text) == pytest.approx(1, abs=1e-5)
    for same in (
        vectors(sdk, HELLO),
        vectors(sdk, [HELLO]),
        vectors(sdk, "Hello world", encoding_format="float", dimensions=384),
        several[1:2],
    ):
        np.testing.assert_allclose(same[0], text, atol=1e-5)
    assert several[0] @ several[2] > several[0] @ text


def test_vectors_come_as_base64_and_tokens_are_counted(ada: Person) -> None:
    body = {"model": "memorychat", "input": "Hello world", "encoding_format": "base64"}
    told = ada.http.post("/v1/embeddings", json=body).json()
    plain = ada.http.post("/v1/embeddings", json={**body, "encoding_format": "float"}).json()

    unpacked = np.frombuffer(base64.b64decode(told["data"][0]["embedding"]), dtype="<f4")
    np.testing.assert_allclose(unpacked, plain["data"][0]["embedding"], atol=1e-7)
    assert told["usage"] == {"prompt_tokens": 2, "total_tokens": 2}
    assert told["model"] == "all-MiniLM-L6-v2/w8"
    again = ada.http.post("/v1/embeddings", json={**body, "model": told["model"]})
    assert again.json() == told


@pytest.mark.parametrize(
    "body",
    [
        {"input": ""},
        {"input": []},
        {"input": ["Hello.", ""]},
        {"input": [[]]},
        {"input": [1 << 30]},
        {"input": [-1]},
        {"input": [200_000]},
        {"input": ["Hello.", 7]},
        {"input": "x\x00"},
        {"input": {"text": "Hello."}},
        {"input": "Hello.", "dimensions": 256},
        {"input": "Hello.", "encoding_format": "hex"},
        {"input": ["a"] * 2_049},
        {"input": "word " * 8_200},
        {"input": "x" * 1_500_001},
    ],
    ids=lambda body: str(body)[:40],
)
def test_what_cannot_be_embedded_is_refused(ada: Person, body: dict[str, Any]) -> None:
    problem_of(ada.http.post("/v1/embeddings", json={"model": "memorychat", **body}), 400)


def test_a_model_that_is_not_here_is_not_stood_in_for(sdk: OpenAI) -> None:
    with pytest.raises(openai.NotFoundError):
        sdk.embeddings.create(model="text-embedding-3-small", input="Hello.")
