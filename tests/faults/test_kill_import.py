"""kill -9 at every step of an import: all of the file is there, or nothing of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.support.mortality import Mortality
from tests.support.person import eventually
from tests.support.portable_files import a_chatgpt_conversation, a_chatgpt_node
from tests.support.round_trip import records_of
from tests.support.server import ON_POSTGRES

MOST_STEPS = 40
SAID = 3


@pytest.fixture
def lives(tmp_path: Path) -> Iterator[Mortality]:
    with Mortality(tmp_path) as lives:
        yield lives


def a_conversation(number: int) -> bytes:
    nodes = [
        a_chatgpt_node(f"m{n}", f"m{n - 1}" if n else "root", "I like figs.") for n in range(3)
    ]
    return orjson.dumps([a_chatgpt_conversation(*nodes, conversation_id=f"conversation-{number}")])


def files(lives: Mortality) -> set[str]:
    """What lies in the data folder, but for what the database and the index make of it."""
    return {path.name for path in lives.data_dir.iterdir()}


def test_an_import_is_whole_or_nothing(lives: Mortality) -> None:
    before = files(lives)
    lives.end()
    lives.begin(1)
    for step in range(1, MOST_STEPS):
        profile = lives.ada.profile(f"profile {step}")
        heard: dict[str, Any] = {}

        def act(step: int = step, profile: str = profile, heard: dict[str, Any] = heard) -> None:
            path = f"/api/v1/memory-profiles/{profile}/import"
            started = lives.ada.http.post(path, content=a_conversation(step))
            heard.update(started.json())
            wait_for(lives, started.json()["id"])
            lives.ada.settle(profile)

        survived = lives.survives(act)
        lives.end()
        lives.begin(step + 1)
        check(lives, profile, heard)
        assert files(lives) == before
        if survived:
            assert known(lives, profile), "it was learnt from"
            return
    pytest.fail(f"it still dies after {MOST_STEPS} steps")


def wait_for(lives: Mortality, import_id: str) -> Any:
    return eventually(
        lambda: lives.ada.get(f"/imports/{import_id}"), lambda one: one["status"] != "running"
    )


def known(lives: Mortality, profile: str) -> list[str]:
    return [memory["content"] for memory in lives.ada.memories(profile)]


def check(lives: Mortality, profile: str, heard: dict[str, Any]) -> None:
    """What the next life knows of an import."""
    lives.ada.settle(profile)
    records = records_of(lives.ada.exported(profile))
    said = [one for one in records if one["type"] == "message"]
    assert len(said) in {0, SAID}
    if heard:
        now = lives.ada.get(f"/imports/{heard['id']}")
        shared = {"running"} if ON_POSTGRES else set()  # until upkeep sees how old it is
        assert now["status"] in ({"done"} if said else {"failed"} | shared)
        assert now["error"] == ("Interrupted" if now["status"] == "failed" else None)
    if said:
        assert len(known(lives, profile)) == 1, "learnt, and learnt once"
