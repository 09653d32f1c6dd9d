from pathlib import Path

import pytest

from app.adapters.minilm import MiniLmEmbedder
from app.services.likeness import TWIN_COSINE
from app.services.paraphrase import says_the_same
from tests.support.talk import ASSETS
from tests.unit.twin_sentences import DIFFERENT, SAME, Pair

MIN_RECALL = 0.75


def test_most_of_what_says_the_same_is_seen_to() -> None:
    seen = [pair for pair in SAME if says_the_same(*pair)]

    assert len(seen) >= MIN_RECALL * len(SAME), [pair for pair in SAME if pair not in seen]


@pytest.mark.parametrize("pair", DIFFERENT)
def test_what_differs_in_substance_does_not_say_the_same(pair: Pair) -> None:
    one, other = pair

    assert not says_the_same(one, other)
    assert not says_the_same(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("他住在卑尔根。", "他不住在卑尔根。"),
        ("Она живёт в Осло.", "Она живет в Осло."),
        ("User likes tea and hates coffee.", "User likes coffee and hates tea."),
        ("Anna likes Karl.", "Karl likes Anna."),
        ("User was a teacher.", "User is a teacher."),
    ],
)
def test_in_doubt_it_does_not(one: str, other: str) -> None:
    assert not says_the_same(one, other)
    assert says_the_same(one, one)


async def test_whatever_says_the_same_is_near_enough_to_be_compared() -> None:
    embedder = MiniLmEmbedder(Path(ASSETS) / "minilm-l6")
    one = await embedder.embed([first for first, _ in SAME])
    other = await embedder.embed([second for _, second in SAME])
    await embedder.close()

    assert float((one * other).sum(axis=1).min()) >= TWIN_COSINE
