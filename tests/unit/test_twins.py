from datetime import datetime, timedelta

import pytest

from app.models.ids import MemoryId, new_id
from app.models.memory import MemoryStatus
from app.ports.repositories.places import Outline
from app.services.twins import twins_of
from tests.support.messages import MONDAY

ACTIVE, PENDING = MemoryStatus.ACTIVE, MemoryStatus.PENDING
REJECTED, SUPERSEDED = MemoryStatus.REJECTED, MemoryStatus.SUPERSEDED
TUESDAY = MONDAY + timedelta(days=1)


def one(
    content: str = "Ada keeps bees.",
    *,
    status: MemoryStatus = ACTIVE,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
    replaces: bool = False,
) -> Outline:
    return Outline(
        id=MemoryId(new_id()),
        content=content,
        status=status,
        slot=None,
        valid_from=valid_from,
        valid_until=valid_until,
        replaces=replaces,
    )


@pytest.mark.parametrize(
    ("here", "there", "stays"),
    [
        (ACTIVE, ACTIVE, "here"),
        (PENDING, PENDING, "here"),
        (REJECTED, REJECTED, "here"),
        (PENDING, ACTIVE, "there"),
        (ACTIVE, PENDING, "here"),
        (PENDING, REJECTED, "there"),
        (REJECTED, PENDING, "here"),
        (ACTIVE, REJECTED, None),
        (REJECTED, ACTIVE, None),
        (SUPERSEDED, ACTIVE, None),
        (ACTIVE, SUPERSEDED, None),
        (SUPERSEDED, SUPERSEDED, None),
    ],
)
def test_what_was_decided_outweighs_what_waits_and_two_decisions_stand(
    here: MemoryStatus, there: MemoryStatus, stays: str | None
) -> None:
    receiving, arriving = one(status=here), one(status=there)

    expected = {
        "here": {arriving.id: receiving.id},
        "there": {receiving.id: arriving.id},
        None: {},
    }[stays]
    assert twins_of([receiving], [arriving]) == expected


def test_what_holds_at_other_times_is_not_the_same() -> None:
    here = one(valid_from=MONDAY)

    assert twins_of([here], [one(valid_from=TUESDAY)]) == {}
    assert twins_of([here], [one(valid_until=TUESDAY)]) == {}
    assert len(twins_of([here], [one(valid_from=MONDAY)])) == 1


def test_the_one_that_says_since_when_stays_and_takes_all_others_along() -> None:
    here, dated, late = one(), one(valid_from=MONDAY), one()

    assert twins_of([here], [late, dated]) == {late.id: dated.id, here.id: dated.id}
    assert twins_of([here], [dated, late]) == {late.id: dated.id, here.id: dated.id}


def test_nobody_is_both_gone_and_a_home_for_others() -> None:
    here = one(status=PENDING)
    arriving = [one(status=PENDING), one(), one(valid_from=MONDAY), one()]

    yields = twins_of([here], arriving)

    assert not set(yields) & set(yields.values())
    assert set(yields.values()) == {arriving[2].id}


def test_texts_of_nothing_but_small_words_are_the_same_only_letter_by_letter() -> None:
    assert twins_of([one("It is.")], [one("He has.")]) == {}
    assert len(twins_of([one("It is.")], [one("It is.")])) == 1


def test_what_would_end_something_once_it_is_approved_stays() -> None:
    assert twins_of([one()], [one(status=PENDING, replaces=True)]) == {}
    assert twins_of([one(status=PENDING, replaces=True)], [one()]) == {}
