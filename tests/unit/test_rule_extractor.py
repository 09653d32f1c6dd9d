import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.adapters.rule_extractor import RuleExtractor
from app.core.credentials import holds_credential
from app.models.memory import MemoryKind
from app.models.message import Message, Role
from app.ports.extractor import Extracted
from tests.support.messages import a_memory, a_message
from tests.unit.rule_changes import CHANGES, HELD_OUT_CHANGES
from tests.unit.rule_reported import REPORTED
from tests.unit.rule_sentences import HELD_OUT, SENTENCES

EXTRACTOR = RuleExtractor()
MIN_PRECISION = 0.97
MIN_RECALL = 0.95


async def extracted(*messages: Message) -> Sequence[Extracted]:
    return await EXTRACTOR.extract(messages, context=(), known=())


async def contents(*messages: Message) -> list[str]:
    return [
        f"ends: {memory.content}" if memory.ends else memory.content
        for memory in await extracted(*messages)
    ]


async def precision_and_recall(
    sentences: Sequence[tuple[str, tuple[str, ...]]],
) -> tuple[float, float, list[str]]:
    right = produced = wanted = 0
    wrong = []
    for sentence, expected in sentences:
        got = set(await contents(*map(a_message, sentence.split(" / "))))
        right += len(got & set(expected))
        produced += len(got)
        wanted += len(expected)
        if got != set(expected):
            wrong.append(f"{sentence!r}: {sorted(got)} instead of {sorted(expected)}")
    return right / produced, right / wanted, wrong


@pytest.mark.parametrize(
    "sentences",
    [SENTENCES, HELD_OUT, CHANGES, HELD_OUT_CHANGES],
    ids=["statements", "statements held out", "changes", "changes held out"],
)
async def test_sentences_become_what_they_say_and_little_else(
    sentences: Sequence[tuple[str, tuple[str, ...]]],
) -> None:
    precision, recall, wrong = await precision_and_recall(sentences)

    report = f"precision {precision:.3f}, recall {recall:.3f}\n" + "\n".join(wrong)
    assert precision >= MIN_PRECISION, report
    assert recall >= MIN_RECALL, report


@pytest.mark.parametrize(
    "sentence", [text for text, expected in (*SENTENCES, *CHANGES) if not expected]
)
async def test_nothing_is_learnt_from(sentence: str) -> None:
    assert await contents(*map(a_message, sentence.split(" / "))) == []


@pytest.mark.parametrize(("sentence", "expected"), REPORTED)
async def test_what_was_misunderstood_once_is_understood(
    sentence: str, expected: tuple[str, ...]
) -> None:
    assert set(await contents(*map(a_message, sentence.split(" / ")))) == set(expected)


async def test_the_table_is_large_and_a_third_of_it_yields_nothing() -> None:
    empty = sum(all(one.startswith("ends: ") for one in said) for _, said in SENTENCES)

    assert len(SENTENCES) + len(CHANGES) >= 280
    assert empty * 3 >= len(SENTENCES)


async def test_an_event_is_valid_from_its_day_and_a_fact_is_not_dated() -> None:
    event, fact = await extracted(
        a_message("I went to the dentist yesterday."), a_message("I live in Bergen.")
    )

    assert (event.kind, event.valid_from) == (MemoryKind.EVENT, datetime(2023, 5, 7, tzinfo=UTC))
    assert (fact.kind, fact.valid_from) == (MemoryKind.FACT, None)


async def test_a_date_is_resolved_against_the_day_of_its_own_message_in_utc() -> None:
    after_midnight_in_oslo = datetime(2024, 3, 1, 0, 30, tzinfo=timezone(timedelta(hours=1)))

    said = await contents(
        a_message("I went to Rome yesterday.", created_at=after_midnight_in_oslo),
        a_message("I went to Pisa yesterday.", created_at=datetime(2024, 3, 10, tzinfo=UTC)),
    )

    assert said == [
        "User went to Rome on 28 February 2024.",
        "User went to Pisa on 9 March 2024.",
    ]


async def test_the_same_statement_twice_is_one_memory_with_both_sources() -> None:
    first, second = a_message("I live in Bergen."), a_message("As I said, I live in Bergen.")

    (memory,) = await extracted(first, second)

    assert memory.source_message_ids == (first.id, second.id)


async def test_an_assistant_teaches_nothing() -> None:
    assert await contents(a_message("I live in Bergen.", role=Role.ASSISTANT)) == []


async def test_named_speakers_stand_in_the_place_of_the_user() -> None:
    said = await contents(
        a_message("My sister is called Anna.", name="Caroline"),
        a_message("I love pottery.", name="Melanie", role=Role.ASSISTANT),
    )

    assert said == ["Caroline's sister is called Anna.", "Melanie loves pottery."]


@pytest.mark.parametrize("changes", [{"learnable": False}, {"quoted": True}, {"role": Role.SYSTEM}])
async def test_a_message_that_may_not_teach_teaches_nothing(changes: dict[str, object]) -> None:
    message = a_message("I live in Bergen.", **changes)  # type: ignore[arg-type]  # one each

    assert await contents(message) == []


@pytest.mark.parametrize(
    "pasted",
    [
        "I live in Bergen. " * 200,
        "I live in Bergen.\n" * 30,
        "I live in Bergen.\n```\nx\n```",
        "import os\nI live in Bergen.",
        "From: Carl\nSubject: hello\nI live in Bergen.",
        "> I live in Bergen.",
    ],
    ids=["long", "many lines", "fence", "code", "mail", "quote"],
)
async def test_a_pasted_document_yields_nothing(pasted: str) -> None:
    assert await contents(a_message(pasted)) == []


@given(st.text(max_size=400))
def test_no_text_is_too_odd(text: str) -> None:
    for memory in asyncio.run(extracted(a_message(f"I live in {text}"), a_message(text))):
        assert 1 <= len(memory.content) <= 1_000
        assert memory.source_message_ids
        assert not holds_credential(memory.content)


async def test_a_speaker_who_is_called_like_a_key_is_not_written_down() -> None:
    assert await contents(a_message("I live in Bergen.", name="sk-abcdefgh12345678")) == []


@pytest.mark.parametrize(
    "text",
    [
        "4111-1111-1111-1111",
        "the password: x",
        "AKIAIOSFODNN7EXAMPLE",
        "my pin is 1234",
        "eyJhbGciOiJIUzI1NiJ9.e30.abc",
        "IBAN NO93 8601 1117 947",
        "123-45-6789",
    ],
)
def test_it_opens_an_account(text: str) -> None:
    assert holds_credential(text)


@pytest.mark.parametrize(
    "text", ["on 2023-05-08 10:30", "pins and needles", "a secret garden", "12,500 steps in 2023"]
)
def test_it_opens_no_account(text: str) -> None:
    assert not holds_credential(text)


HOSTILE = [
    ". ",
    "!",
    "?!.",
    " ",
    "I, ",
    "I am ",
    "I love a-",
    "I love ",
    "my sister ",
    "a, ",
    "I am a very ",
    "(((",
    '"I ',
    " and I",
    "last week ",
    "A" * 50,
    "well so and ",
    "I went on the the ",
    "\t \n",
    "I have a dog and ",
    "in 2 weeks ",
    "Aa Bb, ",
    "0 1-2.",
    "please ",
    "Emma and I ",
    "from 3 to ",
    "Leo is 7 and ",
    "my a is not A",
    "forget that I ",
    "- ",
]


def work_s(text: str, *, chunk_chars: int) -> float:
    """The best of three times of reading a text that comes in messages of `chunk_chars`."""
    messages = [a_message(text[i : i + chunk_chars]) for i in range(0, len(text), chunk_chars)]
    times = []
    for _ in range(3):
        start = time.process_time()
        asyncio.run(extracted(*messages))
        times.append(time.process_time() - start)
    return min(times)


@pytest.mark.parametrize("piece", HOSTILE)
@pytest.mark.parametrize("chunk_chars", [1_900, 32_000])
def test_work_grows_with_the_length_of_hostile_input_and_no_faster(
    piece: str, chunk_chars: int
) -> None:
    text = (piece * 32_000)[:31_999] + "x"

    short = work_s(text[-8_000:], chunk_chars=chunk_chars)
    long = work_s(text, chunk_chars=chunk_chars)

    floor_s = 0.002  # below it the clock is noise
    assert long <= 8 * max(short, floor_s)


@pytest.mark.parametrize("piece", HOSTILE)
def test_work_inside_one_message_grows_with_its_length_and_not_with_its_square(piece: str) -> None:
    text = (piece * 2_000)[:1_989] + "x"

    short = work_s(text[-497:], chunk_chars=2_000)
    long = work_s(text, chunk_chars=2_000)

    floor_s = 0.002
    assert long <= 8 * max(short, floor_s)


SLOTS = [
    ("I live in Bergen.", "I moved to Oslo."),
    ("I work at Equinor.", "I got a new job at Shell."),
    ("I work at Equinor.", "I'm unemployed."),
    ("I'm a nurse.", "I work as a pilot."),
    ("I'm single.", "I'm married to Jonas."),
    ("I'm vegan.", "I became vegetarian."),
    ("I'm 34 years old.", "I turned 35."),
    ("My name is Bob.", "I go by Rob."),
    ("I love sushi.", "I don't like sushi any more."),
    ("My favourite colour is green.", "My favourite colour is blue."),
    ("My phone is a Pixel 8.", "My new phone is an iPhone."),
    ("My sister Anna lives in Oslo.", "My sister Anna moved to Turku."),
    ("My wife works at SAS.", "My wife works for DHL."),
    ("My son is 8.", "My son is 9."),
    ("I go to Oslo University.", "I go to Bergen University."),
    ("I have two dogs.", "One of my dogs died, so I have one dog now."),
    ("I went there with my wife Anna.", "No, my wife is called Hanna."),
    ("My boat is called Odette.", "My boat is called Odile."),
]


@pytest.mark.parametrize(("earlier", "later"), SLOTS)
async def test_what_can_hold_only_once_has_one_slot(earlier: str, later: str) -> None:
    (before, *_), now = await extracted(a_message(earlier)), await extracted(a_message(later))

    assert before.slot is not None
    assert before.slot in {memory.slot for memory in now}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("I live in Bergen.", "I work at Equinor."),
        ("I work at Equinor.", "I'm a nurse."),
        ("I like sushi.", "I like jazz."),
        ("My sister Anna lives in Oslo.", "I live in Bergen."),
        ("My sister Anna lives in Oslo.", "My brother Karl lives in Turku."),
        ("I have a dog called Rex.", "I have a cat called Miso."),
        ("I'm allergic to nuts.", "I'm allergic to eggs."),
        ("My favourite colour is green.", "My favourite band is Muse."),
    ],
)
async def test_what_can_hold_side_by_side_shares_no_slot(one: str, other: str) -> None:
    first = {memory.slot for memory in await extracted(a_message(one))} - {None}

    assert not first & {memory.slot for memory in await extracted(a_message(other))}


async def test_speakers_have_slots_of_their_own() -> None:
    caroline, melanie = await extracted(
        a_message("I live in Oslo.", name="Caroline"), a_message("I live in Rome.", name="Melanie")
    )

    assert (caroline.slot, melanie.slot) == ("caroline|residence", "melanie|residence")


async def test_what_began_is_dated_and_what_began_years_ago_says_nothing_of_now() -> None:
    home, _ = await extracted(a_message("I moved to Munich in March."))
    job = await extracted(a_message("I work at Equinor since 2019."))

    assert (home.content, home.valid_from) == (
        "User lives in Munich.",
        datetime(2023, 3, 1, tzinfo=UTC),
    )
    assert (job[0].content, job[0].valid_from) == (
        "User works at Equinor since 2019.",
        datetime(2019, 1, 1, tzinfo=UTC),
    )
    assert await contents(a_message("I moved to Berlin in 2009.")) == [
        "User moved to Berlin in 2009."
    ]


async def test_what_an_earlier_message_said_is_corrected_by_its_slot_and_its_words() -> None:
    earlier = a_message("I live in Oslo.")

    ended, right = await EXTRACTOR.extract(
        [a_message("Sorry, I meant Bergen.")], context=[earlier], known=()
    )

    assert (ended.ends, ended.content) == (True, "User lives in Oslo.")
    assert (right.content, right.slot) == ("User lives in Bergen.", "user|residence")


async def test_a_known_memory_is_corrected_when_what_was_wrong_is_named() -> None:
    known = [a_memory("User's cousin works in Pisa."), a_memory("User has a boat in Rome.")]

    (right,) = await EXTRACTOR.extract(
        [a_message("Actually, it's Pavia, not Pisa.")], context=(), known=known
    )

    assert (right.content, right.replaces) == ("User's cousin works in Pavia.", (known[0].id,))


async def test_a_jest_of_an_earlier_message_is_taken_back() -> None:
    (ended,) = await EXTRACTOR.extract(
        [a_message("Just kidding!")], context=[a_message("I'm allergic to cats.")], known=()
    )

    assert (ended.ends, ended.content) == (True, "User is allergic to cats.")


async def test_yesterday_is_the_speakers_yesterday() -> None:
    late = a_message("I went to Rome yesterday.", created_at=datetime(2024, 3, 1, 2, tzinfo=UTC))

    (event,) = await EXTRACTOR.extract(
        [late], context=(), known=(), zone=ZoneInfo("America/New_York")
    )

    assert event.content == "User went to Rome on 28 February 2024."


async def test_a_known_animal_that_died_is_no_longer_there_and_its_death_is_an_event() -> None:
    known = [a_memory("User has a black cat called Luna.")]

    *ended, event = await EXTRACTOR.extract(
        [a_message("Luna died last month.")], context=(), known=known
    )

    assert all(memory.ends for memory in ended)
    assert known[0].content in {memory.content for memory in ended}
    assert (event.content, event.kind, event.valid_from) == (
        "User's black cat Luna died in April 2023.",
        MemoryKind.EVENT,
        datetime(2023, 4, 1, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("known", "said", "ended"),
    [
        (("User has a trip to Tokyo.",), "The trip to Tokyo is cancelled.", 1),
        (("User is flying to Tokyo.", "User plans to visit Kyoto."), "My trip to Tokyo is off.", 1),
        (("User loves sushi from Tokyo.",), "The trip to Tokyo is cancelled.", 0),
        (("User has an exam on 12 May 2023.",), "My exam got cancelled.", 1),
        (("User has a French exam.", "User has a Latin exam."), "My exam got cancelled.", 0),
    ],
)
async def test_known_plans_are_called_off_when_it_is_clear_which(
    known: Sequence[str], said: str, ended: int
) -> None:
    plans = [replace(a_memory(content), kind=MemoryKind.EVENT) for content in known]

    found = await EXTRACTOR.extract([a_message(said)], context=(), known=plans)

    assert sum(one.ends for one in found) == ended
    assert {one.content for one in found if one.ends} <= set(known)


async def test_to_forget_ends_what_is_known_in_more_words_and_teaches_nothing() -> None:
    known = [a_memory("User lives in Oslo, Norway."), a_memory("User lives in Osloville.")]

    found = await EXTRACTOR.extract(
        [a_message("I live in Oslo."), a_message("Please forget that I live in Oslo.")],
        context=(),
        known=known,
    )

    assert [(one.ends, one.content) for one in found] == [
        (True, "User lives in Oslo."),
        (True, "User lives in Oslo, Norway."),
    ]


async def test_a_wish_in_an_earlier_message_is_not_granted_again() -> None:
    found = await EXTRACTOR.extract(
        [a_message("I like pizza.")],
        context=[a_message("Please forget that I like pizza.")],
        known=(),
    )

    assert [(one.ends, one.content) for one in found] == [(False, "User likes pizza.")]


@pytest.mark.parametrize(
    ("said", "kind", "since", "until"),
    [
        (
            "We have a holiday to Greece from 3 to 17 July.",
            MemoryKind.EVENT,
            datetime(2023, 7, 3, tzinfo=UTC),
            None,
        ),
        (
            "I'm on holiday from July 3 to July 17.",
            MemoryKind.CONTEXT,
            datetime(2023, 7, 3, tzinfo=UTC),
            datetime(2023, 7, 17, tzinfo=UTC),
        ),
        (
            "I'm visiting my parents from 20 December to 3 January.",
            MemoryKind.EVENT,
            datetime(2023, 12, 20, tzinfo=UTC),
            None,
        ),
        (
            "I'm on a diet until Christmas.",
            MemoryKind.CONTEXT,
            None,
            datetime(2023, 12, 25, tzinfo=UTC),
        ),
        (
            "I'm staying in Rome until Friday.",
            MemoryKind.CONTEXT,
            None,
            datetime(2023, 5, 12, tzinfo=UTC),
        ),
        (
            "I'm on parental leave until March.",
            MemoryKind.FACT,
            None,
            datetime(2024, 3, 1, tzinfo=UTC),
        ),
        ("I lived in Oslo until 2020.", MemoryKind.FACT, None, None),
    ],
)
async def test_an_event_has_its_first_day_and_a_state_holds_from_and_until(
    said: str, kind: MemoryKind, since: datetime | None, until: datetime | None
) -> None:
    (memory,) = await extracted(a_message(said))

    assert (memory.kind, memory.valid_from, memory.valid_until) == (kind, since, until)


async def test_a_past_home_ends_nothing() -> None:
    assert not any(one.ends for one in await extracted(a_message("I lived in Oslo until 2020.")))
