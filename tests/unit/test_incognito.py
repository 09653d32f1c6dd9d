from collections.abc import Sequence
from dataclasses import replace
from typing import cast
from uuid import uuid4

import pytest

from app.core.errors import Overloaded
from app.core.privacy import PrivacyMode
from app.models.ids import ProfileId, TenantId, UserId, new_id
from app.models.message import Message, Role
from app.models.namespace import Namespace
from app.models.page import PageKey
from app.models.session import new_session
from app.models.user import Caller
from app.ports.database import Transaction
from app.services.incognito import IncognitoTranscripts
from tests.support.clock import HandClock
from tests.support.talk import a_message

NO_TX = cast("Transaction", None)  # these words never meet a database
ADA = Caller(user_id=UserId(uuid4()), tenant_id=TenantId(uuid4()), login_id=uuid4())


class Room:
    """One incognito session and the transcripts that hold it."""

    def __init__(
        self,
        transcripts: IncognitoTranscripts,
        clock: HandClock,
        owner: UserId = ADA.user_id,
    ) -> None:
        self.transcripts = transcripts
        namespace = Namespace(owner, ProfileId(uuid4()))
        self.session = new_session(namespace, at=clock(), mode=PrivacyMode.INCOGNITO)

    def say(self, *texts: str) -> Sequence[Message]:
        messages = [replace(a_message(text), session_id=self.session.id) for text in texts]
        return self.transcripts.append(NO_TX, self.session, messages, caller=ADA, answered=True)

    def heard(self) -> list[str]:
        recent = self.transcripts.recent(NO_TX, self.session, limit=1_000)
        return [message.content for message in recent]


@pytest.fixture
def transcripts(clock: HandClock) -> IncognitoTranscripts:
    return IncognitoTranscripts(
        max_sessions=3,
        max_user_sessions=2,
        max_session_bytes=20,
        ttl_s=60,
        uptime_s=clock.uptime_s,
    )


@pytest.fixture
def room(transcripts: IncognitoTranscripts, clock: HandClock) -> Room:
    return Room(transcripts, clock)


def test_what_was_said_is_heard_in_order_and_numbered(room: Room) -> None:
    [first] = room.say("one")
    [second] = room.say("two")

    assert room.heard() == ["one", "two"]
    assert (first.seq, second.seq) == (1, 2)
    assert room.transcripts.message_count(room.session.id) == 2


def test_past_the_bytes_the_oldest_words_go_and_the_newest_stay(room: Room) -> None:
    room.say("0123456789", "ä" * 5)

    room.say("x")
    assert room.heard() == ["ä" * 5, "x"]

    room.say("y" * 50)
    assert room.heard() == ["y" * 50]


def test_past_the_sessions_the_one_that_was_quiet_longest_goes(
    transcripts: IncognitoTranscripts, clock: HandClock
) -> None:
    first, second, third = (Room(transcripts, clock) for _ in range(3))
    first.say("first")
    second.say("second")
    first.say("again")

    third.say("third")

    assert (first.heard(), second.heard(), third.heard()) == (["first", "again"], [], ["third"])


def test_nobody_drives_out_somebody_elses_words(
    transcripts: IncognitoTranscripts, clock: HandClock
) -> None:
    mine = Room(transcripts, clock)
    mine.say("mine")
    theirs = [Room(transcripts, clock, owner=UserId(uuid4())) for _ in range(3)]
    for other in theirs[:2]:
        other.say("theirs")

    with pytest.raises(Overloaded):
        theirs[2].say("one too many")

    assert mine.heard() == ["mine"]


def test_a_quiet_session_is_forgotten_words_and_title(room: Room, clock: HandClock) -> None:
    room.transcripts.entitle(NO_TX, room.session, "A secret")
    room.say("a secret")

    clock.advance(seconds=60)
    assert room.heard() == ["a secret"]
    clock.advance(seconds=1)

    assert room.heard() == []
    assert room.transcripts.title(room.session.id) is None


def test_words_go_in_time_whatever_the_clock_is_set_to(room: Room, clock: HandClock) -> None:
    room.say("secret")
    clock.jump(days=-1)
    clock.advance(seconds=61)

    assert room.heard() == []


def test_words_stay_when_the_clock_is_set_on(room: Room, clock: HandClock) -> None:
    room.say("secret")
    clock.jump(days=1)

    assert room.heard() == ["secret"]


def test_a_sweep_drops_what_nobody_asks_for_any_more(room: Room, clock: HandClock) -> None:
    room.say("a secret")

    assert room.transcripts.sweep() == 0
    clock.advance(seconds=61)
    assert room.transcripts.sweep() == 1
    assert room.transcripts.sweep() == 0


def test_forgetting_takes_words_and_title(room: Room) -> None:
    room.transcripts.entitle(NO_TX, room.session, "A secret")
    room.say("a secret")

    assert room.transcripts.forget(room.session.id) == 1

    assert room.heard() == []
    assert room.transcripts.title(room.session.id) is None
    assert room.transcripts.forget(room.session.id) == 0


def test_nobody_forgets_the_words_of_anybody_else(room: Room) -> None:
    room.say("a secret")

    assert room.transcripts.forget(room.session.id, owner=UserId(new_id())) == 0
    assert room.heard() == ["a secret"]
    assert room.transcripts.forget(room.session.id, owner=room.session.user_id) == 1


def test_a_forgotten_message_takes_the_title_that_quotes_it(room: Room) -> None:
    [message] = room.say("a secret")
    room.transcripts.entitle(NO_TX, room.session, "a secret")

    assert room.transcripts.forget_message(room.session.id, message.id)

    assert room.heard() == []
    assert room.transcripts.title(room.session.id) is None


def test_a_title_of_ones_own_outlives_the_first_message(room: Room) -> None:
    [message] = room.say("a secret")
    room.transcripts.rename(room.session, "Mine")
    room.transcripts.entitle(NO_TX, room.session, "a secret")

    room.transcripts.forget_message(room.session.id, message.id)

    assert room.transcripts.title(room.session.id) == "Mine"


def test_a_forgotten_message_makes_room(room: Room) -> None:
    [first, _] = room.say("0123456789", "01234")
    room.transcripts.forget_message(room.session.id, first.id)

    room.say("0123456789")

    assert room.heard() == ["01234", "0123456789"]


def test_an_answer_needs_its_question(room: Room) -> None:
    [question] = room.say("a question")
    answer = replace(a_message("an answer", role=Role.ASSISTANT), session_id=room.session.id)

    placed = room.transcripts.answer(NO_TX, room.session, answer, to=question.id, caller=ADA)
    assert placed is not None
    assert placed.seq == 2

    room.transcripts.forget(room.session.id)
    late = room.transcripts.answer(NO_TX, room.session, answer, to=question.id, caller=ADA)
    assert late is None
    assert room.heard() == []


def test_pages_go_backwards_from_the_newest(room: Room) -> None:
    room.say("a", "b", "c")

    newest = room.transcripts.page(NO_TX, room.session, before=None, limit=2)
    assert [message.content for message in newest.items] == ["b", "c"]
    assert newest.next_key == PageKey(id=newest.items[0].id, seq=2)

    oldest = room.transcripts.page(NO_TX, room.session, before=newest.next_key, limit=2)
    assert [message.content for message in oldest.items] == ["a"]
    assert oldest.next_key is None
