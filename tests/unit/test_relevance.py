from collections.abc import Sequence
from uuid import UUID

import numpy as np
import pytest

from app.models.ids import ProfileId
from app.ports.vector_index import Found, Hit
from app.services.recall import rank
from app.services.recall_query import RecallQuery, describe_query
from app.services.relevance import (
    ACQUAINTED_POINTS,
    BACKGROUND_PLACE,
    DEFAULT_RELEVANCE,
    RelevanceWeights,
    Signs,
    log_odds,
    relevance_from,
    relevant,
    signs_of,
)
from tests.support.points import some_facts

PROFILE = ProfileId(UUID(int=7))


def a_question(text: str = "Where is the bicycle?") -> RecallQuery:
    return describe_query(text, profile_id=PROFILE, speakers=[])


def a_hit(cosine: float, share: float = 0.0) -> Hit:
    return Hit(some_facts(), cosine, share, share)


def the_signs(
    hits: Sequence[Hit], query: RecallQuery, *, rarity: Sequence[float], points: int = 500
) -> Signs:
    return signs_of(Found(hits, np.array(rarity), points), rank(hits, query), query)


def some_signs(
    *,
    together: float = 0.9,
    rarity: float = 0.4,
    background: float = 0.2,
    stranger: bool = False,
) -> Signs:
    return Signs(
        together=together,
        rarity=rarity,
        background=background,
        stranger=stranger,
        acquaintance=1.0,
    )


def test_nothing_found_says_nothing() -> None:
    query = a_question()

    signs = the_signs([], query, rarity=[1.0], points=0)

    assert signs == Signs(
        together=0.0, rarity=1.0, background=0.0, stranger=False, acquaintance=0.0
    )
    assert relevant([], signs) == []


def test_the_best_of_cosine_and_words_together_counts() -> None:
    signs = the_signs([a_hit(0.6), a_hit(0.4, 0.5), a_hit(0.1, 0.7)], a_question(), rarity=[0.5])

    assert signs.together == pytest.approx(0.9)


def test_the_background_is_the_cosine_of_a_hit_far_down() -> None:
    cosines = [0.9 - 0.01 * place for place in range(60)]

    signs = the_signs([a_hit(cosine) for cosine in cosines], a_question(), rarity=[0.5])

    assert signs.background == pytest.approx(cosines[BACKGROUND_PLACE - 1])


def test_of_few_hits_the_last_is_the_background() -> None:
    signs = the_signs([a_hit(0.5), a_hit(0.2)], a_question(), rarity=[0.5])

    assert signs.background == pytest.approx(0.2)


def test_a_name_that_was_never_mentioned_is_a_stranger() -> None:
    query = a_question("Where does Anna live?")

    assert the_signs([a_hit(0.5)], query, rarity=[1.0, 0.3]).stranger
    assert not the_signs([a_hit(0.5)], query, rarity=[0.9, 1.0]).stranger


def test_a_profile_becomes_acquainted_by_the_point() -> None:
    query = a_question()
    found = [
        the_signs([a_hit(0.5)], query, rarity=[1.0], points=points).acquaintance
        for points in (0, ACQUAINTED_POINTS // 2, ACQUAINTED_POINTS, 10 * ACQUAINTED_POINTS)
    ]

    assert found == [0.0, 0.5, 1.0, 1.0]


def test_a_text_of_stopwords_has_no_rarity() -> None:
    assert the_signs([a_hit(0.5)], a_question("what is it"), rarity=[]).rarity == 0.0


@pytest.mark.parametrize(
    "worse",
    [
        some_signs(together=0.7),
        some_signs(rarity=0.9),
        some_signs(background=0.4),
        some_signs(stranger=True),
    ],
    ids=["together", "rarity", "background", "stranger"],
)
def test_each_sign_speaks_its_way(worse: Signs) -> None:
    assert log_odds(worse) < log_odds(some_signs())


def test_one_good_hit_brings_the_others_but_not_the_worst() -> None:
    good, fair, poor = a_hit(0.9), a_hit(0.3), a_hit(0.05)
    ranked = rank([good, fair, poor], a_question())

    kept = relevant(ranked, some_signs(together=0.9))

    assert [one.hit for one in kept] == [good, fair]


def test_above_even_odds_it_is_shown() -> None:
    ranked = rank([a_hit(0.5)], a_question())
    weights = RelevanceWeights(constant=-1.0, together=2.0, rarity=0, background=0, stranger=0)

    assert relevant(ranked, some_signs(together=0.51), weights=weights)
    assert not relevant(ranked, some_signs(together=0.5), weights=weights)


def test_a_sureness_of_one_half_is_what_the_weights_are_fitted_for() -> None:
    assert relevance_from(0.5) == DEFAULT_RELEVANCE


@pytest.mark.parametrize("threshold", [0.1, 0.3, 0.7, 0.95])
def test_something_is_shown_from_the_sureness_on_that_is_asked_for(threshold: float) -> None:
    signs = some_signs()
    sureness = 1 / (1 + np.exp(-log_odds(signs)))
    ranked = rank([a_hit(0.9)], a_question())

    shown = relevant(ranked, signs, weights=relevance_from(threshold))

    assert bool(shown) == (sureness > threshold)


def test_without_a_threshold_the_nearest_is_always_shown() -> None:
    hopeless = some_signs(together=0.16, rarity=1.0, background=0.9, stranger=True)
    ranked = rank([a_hit(0.16)], a_question())

    assert relevant(ranked, hopeless, weights=relevance_from(0.0)) == ranked
    assert relevant(ranked, hopeless, weights=relevance_from(0.0, least=0.2)) == []
