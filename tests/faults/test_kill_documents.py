"""kill -9 at every step of an upload and of a deletion: all of a document is there, or nothing."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Protocol

import pytest

from tests.support.mortality import Mortality
from tests.support.person import eventually
from tests.support.server import ON_POSTGRES

MOST_STEPS = 40
TEXT = "\n\n".join(f"# Part {n}\n\n" + "The deposit is kept at Nordea. " * 12 for n in range(3))


@pytest.fixture
def lives(tmp_path: Path) -> Iterator[Mortality]:
    with Mortality(tmp_path) as lives:
        yield lives


def originals(lives: Mortality) -> int:
    """In the folder, or in a Postgres."""
    files = sum(one.is_file() for one in (lives.data_dir / "documents").rglob("*"))
    return files + len(lives.rows("SELECT document_id FROM document_files"))


def unfinished(lives: Mortality) -> int:
    """How many a killed process left, unseen: a start drops them, unless another may be at them."""
    left = len(lives.rows("SELECT id FROM documents WHERE state = 'arriving'"))
    assert ON_POSTGRES or not left
    return left


class Check(Protocol):
    """Looks at a profile after a life."""

    def __call__(self, profile: str, *, survived: bool) -> None: ...


def dying(
    lives: Mortality,
    act: Callable[[str], None],
    check: Check,
    *,
    prepare: Callable[[str], object] = lambda _: None,
) -> None:
    """A profile for each step of `act`; `check` is told whether the server lived on."""
    lives.end()
    lives.begin(1)
    for step in range(1, MOST_STEPS):
        profile = lives.ada.profile(f"profile {step}")
        prepare(profile)
        if lives.survives(partial(act, profile)):
            check(profile, survived=True)
            return
        lives.begin(step + 1)
        check(profile, survived=False)
        lives.ada.delete(f"/memory-profiles/{profile}")
        eventually(lambda: originals(lives), lambda count: count == 0)
    pytest.fail(f"it still dies after {MOST_STEPS} steps")


def test_an_upload_is_whole_or_nothing(lives: Mortality) -> None:
    def upload(profile: str) -> None:
        lives.ada.brought(profile, TEXT, title="Lease")

    def check(profile: str, *, survived: bool) -> None:
        there = lives.ada.get(f"/memory-profiles/{profile}/documents")["data"]
        left = unfinished(lives)
        assert len(there) <= originals(lives) <= len(there) + left
        assert there or not survived
        for one in there:
            ready = eventually(
                lambda one=one: lives.ada.get(f"/documents/{one['id']}"),  # type: ignore[misc]
                lambda it: it["status"] == "ready",
            )
            assert ready["progress"] == {"indexed": 3, "total": 3}
            assert len(lives.ada.get(f"/documents/{one['id']}/chunks")["data"]) == 3
            found = lives.ada.post(
                f"/memory-profiles/{profile}/memories/search", {"query": "Where is the deposit?"}
            )
            assert len(found["data"]) == 3
        assert lives.rows("SELECT count(*) FROM document_chunks") == [(3 * len(there),)]
        assert lives.rows("SELECT count(*) FROM documents") == [(len(there) + left,)]

    dying(lives, upload, check)


def test_what_was_deleted_stays_deleted(lives: Mortality) -> None:
    def delete(profile: str) -> None:
        documents = lives.ada.get(f"/memory-profiles/{profile}/documents")["data"]
        lives.ada.delete(f"/documents/{documents[0]['id']}")

    def check(profile: str, *, survived: bool) -> None:
        there = lives.ada.get(f"/memory-profiles/{profile}/documents")["data"]
        assert not (survived and there)
        most = len(there) + unfinished(lives)
        eventually(lambda: originals(lives), lambda count: len(there) <= count <= most)
        found = lives.ada.post(
            f"/memory-profiles/{profile}/memories/search", {"query": "Where is the deposit?"}
        )
        assert there or not found["data"]

    dying(lives, delete, check, prepare=lambda profile: lives.ada.brought(profile, TEXT))
