from uuid import UUID, uuid4

import pytest

from app.models.memory import MemoryKind
from app.ports.vector_index import Hit, PointFacts
from app.services.lexicon import query_vector
from app.services.recall import ContextTail, RankingWeights, rank
from app.services.recall_query import NamedMonth, RecallQuery
from tests.support.points import some_facts

ANNA, BOB = 11, 22
SESSION = UUID(int=1)


def a_question(
    *,
    speakers: frozenset[int] = frozenset(),
    first_person: bool = False,
    second_person: bool = False,
    months: frozenset[NamedMonth] = frozenset(),
) -> RecallQuery:
    return RecallQuery(
        dense_text="",
        speakers=speakers,
        first_person=first_person,
        second_person=second_person,
        months=months,
        stems=query_vector(""),
        name_stems=frozenset(),
    )


def a_hit(
    cosine: float, *, lexical: float = 0.0, share: float = 0.0, facts: PointFacts | None = None
) -> Hit:
    return Hit(facts or an_episode(), cosine, lexical, share)


def an_episode(
    position: int = 1,
    *,
    session_id: UUID | None = None,
    speaker: int = 0,
    from_user: bool = False,
    asks: bool = False,
    days_later: int = 0,
) -> PointFacts:
    return some_facts(
        session_id=session_id or uuid4(),
        position=position,
        speaker=speaker,
        from_user=from_user,
        asks=asks,
        days_later=days_later,
    )


def a_memory() -> PointFacts:
    return some_facts(kind=MemoryKind.FACT, session_id=None, position=0)


def test_no_hits_rank_to_nothing() -> None:
    assert rank([], a_question()) == []


def test_the_base_is_cosine_and_a_share_of_the_best_bm25() -> None:
    best, half, none = rank(
        [a_hit(0.5, lexical=8), a_hit(0.5, lexical=4), a_hit(0.5)], a_question()
    )

    assert (best.base, half.base, none.base) == pytest.approx((0.85, 0.675, 0.5))


def test_neighbours_in_a_session_lift_each_other() -> None:
    first = a_hit(0.4, facts=an_episode(3, session_id=SESSION))
    second = a_hit(0.6, facts=an_episode(4, session_id=SESSION))
    elsewhere = a_hit(0.5, facts=an_episode(5))

    terms = {
        one.hit.facts.id: one.neighbours for one in rank([first, second, elsewhere], a_question())
    }

    assert terms == pytest.approx(
        {first.facts.id: 0.1 * 0.6, second.facts.id: 0.1 * 0.4, elsewhere.facts.id: 0.0}
    )


def test_an_answer_is_lifted_by_its_question() -> None:
    question = a_hit(0.6, facts=an_episode(3, session_id=SESSION, asks=True))
    answer = a_hit(0.4, facts=an_episode(4, session_id=SESSION))

    ranked = rank([question, answer], a_question())

    assert ranked[0].hit == answer
    assert ranked[0].neighbours == pytest.approx(0.4 * 0.6)


def test_a_named_speaker_counts_and_two_do_not() -> None:
    hits = [a_hit(0.5, facts=an_episode(speaker=ANNA)), a_hit(0.5, facts=an_episode(speaker=BOB))]

    one = rank(hits, a_question(speakers=frozenset({BOB}), first_person=True))
    both = rank(hits, a_question(speakers=frozenset({ANNA, BOB})))

    assert [ranked.speaker for ranked in one] == [0.2, 0.0]
    assert one[0].hit.facts.speaker == BOB
    assert [ranked.speaker for ranked in both] == [0.0, 0.0]


def test_first_person_means_what_the_user_said() -> None:
    mine = a_hit(0.5, facts=an_episode(from_user=True))
    theirs = a_hit(0.55, facts=an_episode(from_user=False))

    assert rank([theirs, mine], a_question(first_person=True))[0].hit == mine
    assert rank([theirs, mine], a_question())[0].hit == theirs


def test_second_person_means_what_the_other_side_said() -> None:
    mine = a_hit(0.55, facts=an_episode(from_user=True))
    theirs = a_hit(0.5, facts=an_episode(from_user=False))

    assert rank([theirs, mine], a_question(second_person=True))[0].hit == theirs
    assert rank([theirs, mine], a_question(first_person=True, second_person=True))[0].hit == mine


def test_a_question_answers_less_than_a_statement() -> None:
    asked = a_hit(0.52, facts=an_episode(asks=True))
    said = a_hit(0.5, facts=an_episode())

    assert rank([asked, said], a_question())[0].hit == said


def test_a_named_month_lifts_what_was_said_in_it() -> None:
    may, june = a_hit(0.5, facts=an_episode()), a_hit(0.6, facts=an_episode(days_later=30))

    ranked = rank([may, june], a_question(months=frozenset({NamedMonth(5)})))

    assert [one.date for one in ranked] == [0.15, 0.0]
    assert ranked[0].hit == may


def test_the_best_hit_of_a_session_lifts_the_others() -> None:
    best = a_hit(0.6, facts=an_episode(1, session_id=SESSION))
    weak = a_hit(0.1, facts=an_episode(20, session_id=SESSION))
    elsewhere = a_hit(0.2)

    ranked = rank([elsewhere, best, weak], a_question())

    assert [one.hit for one in ranked] == [best, weak, elsewhere]
    assert [one.session for one in ranked] == pytest.approx([0.18, 0.18, 0.06])


def test_a_memory_competes_with_an_episode_that_its_session_lifts() -> None:
    memory = a_hit(0.6, facts=a_memory())
    lonely = a_hit(0.6)
    before = a_hit(0.1, facts=an_episode(1, session_id=SESSION))
    after = a_hit(0.55, facts=an_episode(2, session_id=SESSION))

    ranked = rank([lonely, before, after, memory], a_question())

    assert ranked[0].hit == memory
    assert [one.hit for one in ranked].index(memory) < [one.hit for one in ranked].index(lonely)


def test_memories_do_not_lift_each_other() -> None:
    weak = a_hit(0.3, facts=a_memory())
    strong = [a_hit(0.9, facts=a_memory()) for _ in range(3)]

    [alone] = rank([weak], a_question())
    last = rank([*strong, weak], a_question())[-1]

    assert last.hit == weak
    assert last.score == pytest.approx(alone.score)


def test_the_newer_of_two_equals_comes_first() -> None:
    older, newer = a_hit(0.5), a_hit(0.5, facts=an_episode(days_later=1))

    assert [one.hit for one in rank([older, newer], a_question())] == [newer, older]
    assert [one.hit for one in rank([newer, older], a_question())] == [newer, older]


def test_what_the_model_is_shown_anyway_is_left_out_and_lifts_nothing() -> None:
    earlier = a_hit(0.4, facts=an_episode(5, session_id=SESSION))
    shown = a_hit(0.9, lexical=9, facts=an_episode(6, session_id=SESSION))
    elsewhere = a_hit(0.3, lexical=1, facts=an_episode(9))

    ranked = rank([earlier, shown, elsewhere], a_question(), shown=ContextTail(SESSION, 6))

    assert [one.hit for one in ranked] == [elsewhere, earlier]
    assert [one.neighbours for one in ranked] == [0.0, 0.0]
    assert ranked[0].base == pytest.approx(0.65)


def test_the_score_is_the_sum_of_its_terms() -> None:
    [one] = rank(
        [a_hit(0.5, lexical=2, facts=an_episode(from_user=True, asks=True))],
        a_question(first_person=True, months=frozenset({NamedMonth(5)})),
        weights=RankingWeights(session=0.5),
    )

    assert one.score == pytest.approx(1.5 * (0.85 + 0.15 - 0.1 + 0.15))
