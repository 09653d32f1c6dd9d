from xml.etree import ElementTree

import numpy as np
import pytest

from app.ports.vector_index import Hit
from app.services.relevance import Signs
from bench import svg
from bench.abstaining import Sample, fitted, odds_of, outcome, strictest
from bench.knob_cases import Setting, first_of_each_half
from bench.knob_scenes import SCENES
from bench.knob_values import quality_trials, search_trials, weight_trials
from bench.locomo import Form, Question
from bench.scores import Answer, difference, interval
from tests.support.points import some_facts

AXES = svg.Axes(title="a < b & c", x_label="k", y_label="%", x_range=(0, 10), y_range=(0, 100))


def a_sample(together: float, *, recall: float | None, form: Form = Form.NAMES) -> Sample:
    signs = Signs(
        together=together,
        rarity=0.5,
        background=0.2,
        stranger=recall is None,
        acquaintance=1.0,
    )
    return Sample(form, "26", "26" if recall is not None else "30", "one", signs, recall)


def an_answer(*found: str, evidence: tuple[str, ...] = ("D1:1",)) -> Answer:
    return Answer(Question("What?", frozenset(evidence), 4), "26", found)


def test_pictures_are_well_formed_and_keep_to_their_axes() -> None:
    curves = svg.curves(AXES, {"one & two": [(0, 0), (5, 50), (20, 50)]}, marks=[(5, 50)])
    bars = svg.bars(AXES, ["x", "y"], {"one": [(50, 40, 60), (10, 5, 15)]})

    for picture in (curves, bars):
        assert ElementTree.fromstring(picture).tag.endswith("svg")  # noqa: S314  our own text
    assert curves.count(f"{AXES.x(5):.1f},{AXES.y(50):.1f}") == 1
    assert f"{AXES.x(20):.1f}" not in curves


def test_recall_and_reciprocal_rank_of_an_answer() -> None:
    answer = an_answer("D1:9", "D1:1", *("D2:1",) * 8, "D1:2", evidence=("D1:1", "D1:2"))

    assert answer.values() == (50.0, 50.0, 100.0, 50.0)
    assert an_answer("D3:3").values() == (0.0, 0.0, 0.0, 0.0)


def test_an_interval_holds_its_mean_and_a_difference_pairs_questions() -> None:
    spread = interval(np.array([0.0, 100.0] * 50))
    assert spread.low < spread.mean == 50.0 < spread.high

    better = difference([an_answer("D1:1")] * 3, [an_answer("D9:9")] * 3, k=10)
    assert (better.low, better.mean, better.high) == (100.0, 100.0, 100.0)


def test_an_outcome_counts_recall_lost_and_strangers_kept_silent() -> None:
    samples = [
        a_sample(0.9, recall=1.0),
        a_sample(0.8, recall=0.5),
        a_sample(0.1, recall=None),
        a_sample(0.2, recall=None),
    ]

    now = outcome(samples, np.array([2.0, -1.0, -1.0, 1.0]), 0.0)

    assert now.lost == pytest.approx(25.0)
    assert now.silent == pytest.approx(50.0)


def test_what_is_fitted_tells_own_questions_from_others() -> None:
    samples = [
        *(a_sample(0.8 + 0.002 * at, recall=1.0, form=form) for at in range(99) for form in Form),
        *(a_sample(0.3 + 0.002 * at, recall=None, form=form) for at in range(99) for form in Form),
    ]

    weights = fitted(samples)

    assert weights.together > 0 > weights.stranger
    odds = odds_of(samples, weights)
    assert outcome(samples, odds, 0.0).silent == 100.0
    assert outcome(samples, odds, strictest(samples, odds)).lost <= 2.0


def test_a_search_for_fewer_keeps_the_best_of_each_half() -> None:
    near, worded, both, neither = (
        Hit(some_facts(), cosine, lexical, 0.0)
        for cosine, lexical in ((0.9, 0.0), (0.1, 9.0), (0.8, 8.0), (0.2, 1.0))
    )
    hits = [neither, near, worded, both]

    assert first_of_each_half(hits, 1) == [near, worded]
    assert set(first_of_each_half(hits, 2)) == {near, both, worded}
    assert set(first_of_each_half(hits, 9)) == set(hits)


def test_every_default_is_tried_beside_its_alternatives() -> None:
    for trial in (*weight_trials(), *search_trials(), *quality_trials()):
        assert trial.default not in trial.settings
        assert Setting() not in trial.settings.values()


def test_scenes_want_the_newer_the_more_important_or_the_older() -> None:
    for scene in SCENES:
        for other in scene.others:
            newer = scene.wanted.days_ago < other.days_ago
            vital = scene.wanted.importance > other.importance
            assert {"vital": vital, "lasting": not newer}.get(scene.group, newer), scene.question
