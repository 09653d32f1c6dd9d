from dataclasses import replace
from datetime import UTC, datetime

from app.core.privacy import PrivacyMode
from app.models.ids import MemoryId, MessageId, ProfileId, SessionId, UserId, new_id
from app.models.memory import Memory, MemoryKind, MemorySource, MemoryStatus
from app.models.message import Message, Role
from app.services.provenance import provenance
from app.services.shown import Shown

NOW = datetime(2026, 11, 20, tzinfo=UTC)
USER, PROFILE = UserId(new_id()), ProfileId(new_id())


def a_message(content: str, role: Role = Role.USER) -> Message:
    return Message(
        id=MessageId(new_id()),
        user_id=USER,
        profile_id=PROFILE,
        session_id=SessionId(new_id()),
        seq=1,
        role=role,
        content=content,
        privacy_mode=PrivacyMode.NORMAL,
        learnable=True,
        created_at=NOW,
    )


def a_memory(content: str) -> Memory:
    return Memory(
        id=MemoryId(new_id()),
        user_id=USER,
        profile_id=PROFILE,
        kind=MemoryKind.FACT,
        content=content,
        importance=0.5,
        confidence=1.0,
        status=MemoryStatus.ACTIVE,
        said_at=NOW,
        source=MemorySource.MANUAL,
        created_at=NOW,
        updated_at=NOW,
    )


FED = a_message("I fed my parrot today.")
PARROT = a_memory("User's parrot is called Kiwi.")


def test_what_the_named_messages_say_rests_on_these_alone() -> None:
    found = provenance("User fed their parrot.", [FED], Shown([FED], [PARROT]))

    assert (found.sources, found.repeats) == ((FED.id,), ())


def test_a_word_of_a_shown_memory_makes_it_rest_on_that() -> None:
    found = provenance("User fed their parrot Kiwi.", [FED], Shown([FED], [PARROT]))

    assert (found.sources, found.repeats) == ((FED.id,), (PARROT.id,))


def test_a_word_that_the_user_said_elsewhere_makes_that_a_source() -> None:
    called = a_message("She is called Kiwi.")

    found = provenance("User fed Kiwi.", [FED], Shown([called, FED], [PARROT]))

    assert (found.sources, found.repeats) == ((FED.id, called.id), ())


def test_an_answer_is_a_source_of_what_nobody_else_says() -> None:
    answer = a_message("Is that Kiwi?", Role.ASSISTANT)

    assert provenance("User fed Kiwi.", [FED], Shown([answer, FED], [])).sources == (
        FED.id,
        answer.id,
    )
    assert provenance("User fed Kiwi.", [FED], Shown([answer, FED], [PARROT])).repeats == (
        PARROT.id,
    )
    quoting = replace(answer, quoted=True)
    assert provenance("User fed Kiwi.", [FED], Shown([quoting, FED], [])).sources == (FED.id,)


def test_the_extractors_own_words_and_dates_come_from_nowhere() -> None:
    moved = a_memory("User moved to Bergen in November 2026.")

    found = provenance(
        "User gave food to their parrot on November 20, 2026.", [FED], Shown([FED], [moved])
    )

    assert (found.sources, found.repeats) == ((FED.id,), ())
