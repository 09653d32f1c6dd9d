from dataclasses import replace

import numpy as np

from app.models.message import Role
from app.services.points import episode_entry, memory_entry, points_of
from app.services.recall_query import speaker_hash
from tests.support.messages import MONDAY, a_memory, a_message


def test_a_message_is_a_point_at_its_place_under_its_speaker() -> None:
    message = replace(a_message("Where do you live?", name="Anna", role=Role.ASSISTANT), seq=7)

    entry = episode_entry(message)

    facts = entry.facts
    assert (facts.id, facts.session_id, facts.position) == (message.id, message.session_id, 7)
    assert facts.speaker == speaker_hash("Anna", profile_id=message.profile_id)
    assert (facts.from_user, facts.asks, facts.said_at) == (False, True, MONDAY)
    assert entry.dense_text == "Anna: Where do you live?", "a date would blur the vector"
    assert entry.lexical_text == "Anna (8 May 2023): Where do you live?"


def test_a_message_without_a_name_has_no_speaker() -> None:
    entry = episode_entry(a_message("I live in Bergen."))

    assert (entry.facts.speaker, entry.facts.from_user, entry.facts.asks) == (0, True, False)


def test_a_memory_is_dated_by_what_it_says_else_by_when_it_was_written() -> None:
    memory = a_memory("User moved to Bergen.")
    dated = replace(memory, valid_from=MONDAY.replace(year=2020))

    assert memory_entry(memory).facts.said_at == memory.created_at
    assert memory_entry(dated).facts.said_at.year == 2020
    assert memory_entry(dated).lexical_text == "(8 May 2020): User moved to Bergen."
    assert memory_entry(memory).facts.session_id is None


def test_points_hold_no_words() -> None:
    entry = episode_entry(a_message("My secret is figs.", name="Anna"))

    [point] = points_of([entry], np.ones((1, 4), dtype=np.float32))

    assert "figs" not in repr(point)
    assert "Anna" not in repr(point)
    assert point.dense.tolist() == [1.0] * 4
