from datetime import UTC, datetime
from uuid import UUID

import pytest

from app.models.ids import ProfileId
from app.services.lexicon import query_vector
from app.services.recall_query import (
    NamedMonth,
    asks,
    dense_text,
    describe_query,
    lexical_text,
    named_months,
    only_requests,
    speaker_hash,
)

PROFILE = ProfileId(UUID(int=7))
OTHER_PROFILE = ProfileId(UUID(int=8))
MAY_8 = datetime(2023, 5, 8, 13, 56, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("What did I do in May 2023?", {NamedMonth(5, 2023)}),
        ("on 8 May, 2023 we met", {NamedMonth(5, 2023)}),
        ("the 3rd of march", {NamedMonth(3)}),
        ("March 3rd", {NamedMonth(3)}),
        ("last sept. or in Dec", {NamedMonth(9), NamedMonth(12)}),
        ("around 2022-11-05", {NamedMonth(11, 2022)}),
        ("since may", {NamedMonth(5)}),
        ("May I march with you?", set()),
        ("it may rain, marching on", set()),
        ("a decimal and a marble jar", set()),
        ("version 2022-13", set()),
    ],
)
def test_months_are_read_from_a_question(text: str, months: set[NamedMonth]) -> None:
    assert set(named_months(text)) == months


def test_a_month_without_a_year_covers_each_year() -> None:
    assert NamedMonth(5).covers(MAY_8)
    assert NamedMonth(5, 2023).covers(MAY_8)
    assert not NamedMonth(5, 2022).covers(MAY_8)
    assert not NamedMonth(6).covers(MAY_8)


def test_known_names_are_cut_from_the_vectors_text_only() -> None:
    query = describe_query(
        "When did Anna's brother meet Bob?", profile_id=PROFILE, speakers=["Anna", "Bob", "Eve"]
    )

    assert query.dense_text == "When did brother meet ?"
    assert set(query.stems.indices) == set(
        query_vector("When did Anna's brother meet Bob?").indices
    )
    assert query.speakers == {speaker_hash(name, profile_id=PROFILE) for name in ("Anna", "Bob")}


@pytest.mark.parametrize("name", ["", "  ", "a.*b", "(", "\\"])
def test_an_odd_name_harms_nothing(name: str) -> None:
    query = describe_query("When did we meet?", profile_id=PROFILE, speakers=[name])

    assert query.dense_text == "When did we meet?"
    assert query.speakers == frozenset()


def test_a_name_is_a_whole_word() -> None:
    query = describe_query("Annabel and joanna", profile_id=PROFILE, speakers=["Anna"])

    assert query.speakers == frozenset()


def test_a_full_name_is_known_by_its_first_part() -> None:
    speakers = ["Anna Maria Berg"]
    for text in ("Did Anna call?", "Did anna maria berg call?"):
        query = describe_query(text, profile_id=PROFILE, speakers=speakers)
        assert query.dense_text == "Did call?"


def test_a_question_of_a_name_alone_keeps_it() -> None:
    assert describe_query("Anna", profile_id=PROFILE, speakers=["Anna"]).dense_text == "Anna"


@pytest.mark.parametrize(
    ("text", "first_person"),
    [
        ("Where do I live?", True),
        ("my dog", True),
        ("What about us?", True),
        ("Is it late?", False),
    ],
)
def test_the_first_person_is_noticed(text: str, *, first_person: bool) -> None:
    query = describe_query(text, profile_id=PROFILE, speakers=[])

    assert query.first_person is first_person


@pytest.mark.parametrize(
    ("text", "second_person"),
    [
        ("What did you recommend?", True),
        ("Is that yours?", True),
        ("Could you write a poem?", False),
        ("Thank you for the list", False),
        ("Where do I live?", False),
    ],
)
def test_you_is_the_other_side_unless_it_is_asked_a_favour(
    text: str, *, second_person: bool
) -> None:
    query = describe_query(text, profile_id=PROFILE, speakers=[])

    assert query.second_person is second_person


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Where does Anna live?", "Anna"),
        ("Where did Anna's friend José go in May, on a Monday?", "Anna José"),
        ("Wo hat mein Bruder das Fahrrad gekauft?", ""),
        ("Anna left. Bob stayed", ""),
        ("What did I say?", ""),
        ("", ""),
    ],
)
def test_names_are_the_capitalised_words_inside_a_sentence(text: str, names: str) -> None:
    query = describe_query(text, profile_id=PROFILE, speakers=[])

    assert query.name_stems == set(query_vector(names).indices.tolist())


def test_the_forms_of_a_message() -> None:
    assert dense_text("I like tea", speaker="Anna") == "Anna: I like tea"
    assert dense_text("I like tea", speaker=None) == "I like tea"
    assert lexical_text("Tea", speaker="Anna", said_at=MAY_8) == "Anna (8 May 2023): Tea"
    assert lexical_text("Tea", speaker=None, said_at=MAY_8) == "(8 May 2023): Tea"


def test_a_speakers_hash_is_stable_keyed_and_fits_a_signed_integer() -> None:
    anna = speaker_hash("Anna", profile_id=PROFILE)

    assert anna == speaker_hash("  ANNA ", profile_id=PROFILE)
    assert anna != speaker_hash("Anna", profile_id=OTHER_PROFILE)
    assert 0 < anna < 2**63


@pytest.mark.parametrize(
    ("text", "question"), [("Really? ", True), ("本当ですか?", True), ("Yes.", False), ("", False)]
)
def test_questions_end_in_a_question_mark(text: str, *, question: bool) -> None:
    assert asks(text) is question


@pytest.mark.parametrize(
    "text",
    [
        "Plan a dinner for me tonight.",
        "Please tell me a joke",
        "Hey, write a poem about autumn!",
        "Summarise the news",
    ],
)
def test_a_bare_request_tells_nothing(text: str) -> None:
    assert only_requests(text)


@pytest.mark.parametrize(
    "text",
    [
        "Plan a dinner for my wife Anna, who is vegan.",
        "Write to my landlord. The heating is broken.",
        "Give me a hint, I have been stuck for hours",
        "Planning a dinner for six tonight",
        "I live in Oslo.",
        "",
    ],
)
def test_a_request_that_says_something_too_is_kept(text: str) -> None:
    assert not only_requests(text)
