import asyncio
import os
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.adapters.minilm import BATCH_BYTES, BATCH_TEXTS, TEXT_BYTES, MiniLmEmbedder, batches
from app.core.errors import IndexUnavailable

ASSETS = Path(__file__).parents[2] / "app" / "assets"
FOLDER = ASSETS / "minilm-l6"
TEXTS = [
    "",
    "I adopted a cat called Miso.",
    "What is my cat's name?",
    "Der Zug nach Köln fährt um acht.",
    "猫が好きです",
    "\ud800 a lone surrogate",
    "long " * 400,
]


@pytest.fixture
async def embedder() -> AsyncIterator[MiniLmEmbedder]:
    minilm = MiniLmEmbedder(FOLDER)
    yield minilm
    await minilm.close()


@pytest.mark.parametrize(
    ("file", "digest"),
    [
        (
            "minilm-l6/minilm-l6-w8.onnx",
            "5fe6d6927870aff1abf9f26048d853b938fb5a83415817125cfd0cffd87c4a52",
        ),
        (
            "minilm-l6/vocab.txt",
            "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
        ),
        (
            "o200k_base.tiktoken",
            "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
        ),
    ],
)
def test_an_asset_is_the_documented_one(file: str, digest: str) -> None:
    assert sha256((ASSETS / file).read_bytes()).hexdigest() == digest
    assert digest in (ASSETS / "README.md").read_text()


async def test_a_vector_does_not_depend_on_its_batch(embedder: MiniLmEmbedder) -> None:
    together = await embedder.embed(TEXTS)
    alone = np.concatenate([await embedder.embed([text]) for text in TEXTS])

    assert together.dtype == np.float32
    assert together.shape == (len(TEXTS), embedder.dims)
    np.testing.assert_allclose(together, alone, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-5)


async def test_a_question_is_nearest_to_its_answer(embedder: MiniLmEmbedder) -> None:
    question, *others = await embedder.embed(
        ["What is my pet called?", "My cat's name is Miso.", "The train leaves at eight."]
    )

    near, far = (float(question @ other) for other in others)
    assert near > 0.4 > far


async def test_no_texts_give_no_rows(embedder: MiniLmEmbedder) -> None:
    assert (await embedder.embed([])).shape == (0, embedder.dims)


async def test_a_text_beyond_the_window_is_cut(embedder: MiniLmEmbedder) -> None:
    cut, longer = await embedder.embed(["word " * 300, "word " * 300 + "something else"])

    np.testing.assert_allclose(cut, longer, atol=1e-6)


async def test_a_question_waits_for_one_batch_however_many_are_queueing(
    embedder: MiniLmEmbedder,
) -> None:
    a_batch = ["several words of a message"] * BATCH_TEXTS
    indexing = [asyncio.create_task(embedder.embed(a_batch)) for _ in range(12)]
    await asyncio.sleep(0)  # so that all of them have asked before the question does

    await embedder.embed(["What is my cat's name?"])

    assert sum(task.done() for task in indexing) <= 2
    assert len(await asyncio.gather(*indexing)) == 12


async def test_a_call_past_its_deadline_is_unavailable() -> None:
    minilm = MiniLmEmbedder(FOLDER, deadline_s=0.0)

    with pytest.raises(IndexUnavailable, match="in time"):
        await minilm.embed(["hello"])

    await minilm.close()


async def test_a_closed_embedder_is_unavailable(embedder: MiniLmEmbedder) -> None:
    await embedder.close()

    with pytest.raises(IndexUnavailable):
        await embedder.embed(["hello"])


async def test_the_runtimes_telemetry_is_off(embedder: MiniLmEmbedder) -> None:
    assert os.environ["ORT_DISABLE_TELEMETRY"] == "1"


@given(st.lists(st.text(max_size=50).map(lambda text: text * 30), max_size=40))
def test_batches_take_each_text_once_and_stay_small(texts: list[str]) -> None:
    cut = list(batches(texts))

    assert sorted(place for batch in cut for place in batch) == list(range(len(texts)))
    for batch in cut:
        costs = [min(len(texts[place].encode()), TEXT_BYTES) for place in batch]
        assert len(batch) <= BATCH_TEXTS
        assert len(batch) == 1 or max(costs) * len(batch) <= BATCH_BYTES
