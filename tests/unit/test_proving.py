"""What `make prove` is made of, where its own failure would look like a proof."""

from collections.abc import Callable
from random import Random

import pytest

from tests.prove.batches import batches
from tests.prove.bites import BITES, Bite
from tests.prove.facts import NORMAL, Session
from tests.prove.promise import Promise
from tests.prove.words import Words
from tests.support.server import ROOT

FORMS: dict[str, Callable[[str], bytes]] = {
    "plain": str.encode,
    "backwards": lambda word: word[::-1].encode(),
    "in capitals": lambda word: word.upper().encode(),
    "in UTF-16": lambda word: word.encode("utf-16-be"),
    "in hexadecimal": lambda word: word.encode().hex().encode(),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("around", [0, 3, 1_000, 100_001])
def test_a_word_is_found_in_every_form_and_in_files_of_every_size(form: str, around: int) -> None:
    words = Words(Random(1))  # noqa: S311 - canaries, not secrets
    first, second, absent = (words.fresh() for _ in range(3))
    noise = Random(2).randbytes(around)  # noqa: S311 - the same

    content = FORMS[form](first) + noise + b"zq" + noise + FORMS[form](second)

    assert words.in_bytes(content, disguised=True) == {first, second}
    assert absent not in words.in_bytes(content, disguised=True)


@pytest.mark.parametrize("conversations", [1, 2, 3, 200, 499, 10_000])
def test_batches_come_to_as_many_conversations_and_are_the_same_whoever_does_them(
    conversations: int,
) -> None:
    some = list(batches(conversations, seed=7))

    assert sum(batch.conversations for batch in some) == conversations
    assert some == list(batches(conversations, seed=7))
    assert len({batch.seed for batch in some}) == len(some)
    assert not {batch.seed for batch in batches(conversations, seed=8)} & {b.seed for b in some}


def test_a_deleted_word_may_linger_in_files_until_they_are_wiped_and_nowhere_else() -> None:
    promise = Promise()
    promise.profiles["work"] = "auto"
    promise.sessions["talk"] = Session("work", "normal")
    promise.says("talk", "canary", NORMAL, origin="a question")

    promise.forgets_messages(["canary"])

    assert promise.in_database() == promise.in_index() == {"canary"}
    assert not promise.alive() | promise.in_transcript("talk") | promise.known_to("work")
    promise.wiped()
    assert not promise.in_database() | promise.in_index()


@pytest.mark.parametrize("bite", BITES, ids=lambda bite: bite.name)
def test_the_lines_that_a_bite_breaks_are_there(bite: Bite) -> None:
    for edit in bite.edits:
        assert (ROOT / "app" / edit.file).read_text(encoding="utf-8").count(edit.old) == 1
