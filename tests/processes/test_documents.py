"""What is brought at one process is there at every other, and is deleted at any."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

import httpx
import psycopg

from tests.support.company import Company
from tests.support.person import PASSWORD, Person, eventually
from tests.support.problem import problem_of
from tests.support.running_upstream import RunningUpstream
from tests.support.server import Server
from tests.support.supabase_storage import SupabaseProject


def originals(company: Company) -> int:
    """How many are kept, of anybody."""
    [(count,)] = company.site.postgres.execute(
        "SELECT count(*) FROM document_files", database=company.site.name
    )
    return int(count)


def test_a_document_is_read_and_deleted_at_another_process(
    upstream: RunningUpstream, company: Company, ada: Person, away: Person
) -> None:
    document = ada.brought(ada.default_profile(), "The deposit is at Nordea.")["id"]
    path = f"/api/v1/documents/{document}/file"

    assert originals(company) == 1
    assert away.http.get(path).content == b"The deposit is at Nordea."

    receipt = away.delete(f"/documents/{document}")

    assert receipt["deleted"]["files"] == receipt["deleted"]["documents"] == 1
    assert "files" in receipt["bytes_unattested"]
    assert receipt["bytes_pending"] == []
    assert originals(company) == 0
    problem_of(ada.http.get(path), 404, "document-not-found")


def test_an_account_is_deleted_with_what_it_brought_at_another_process(
    upstream: RunningUpstream, company: Company, ada: Person, away: Person
) -> None:
    for text in ("The deposit is at Nordea.", "The keys are with Ola."):
        ada.brought(ada.default_profile(), text)
    assert originals(company) == 2

    receipt = away.http.request("DELETE", "/api/v1/me", json={"password": PASSWORD}).json()

    assert receipt["deleted"]["files"] == receipt["deleted"]["documents"] == 2
    assert originals(company) == 0
    assert list(company.folder.rglob("documents")) == [], "no process keeps any by itself"


@contextmanager
def locked(company: Company, table: str) -> Iterator[None]:
    """Nobody can write the table meanwhile, so that whoever is about to stays there."""
    with psycopg.connect(company.site.postgres.url(company.site.name)) as connection:
        connection.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE".encode())
        yield


def arriving(company: Company) -> int:
    """How many documents have a row that nobody sees."""
    [(count,)] = company.site.postgres.execute(
        "SELECT count(*) FROM documents WHERE state = 'arriving'", database=company.site.name
    )
    return int(count)


def test_an_import_of_a_process_that_was_killed_is_told_to_have_failed(
    company: Company, ada: Person, third: Server
) -> None:
    third.start()
    with locked(company, "memories"), ada.at(third) as there:
        path = f"/api/v1/memory-profiles/{ada.default_profile()}/import"
        file = b'{"results": [{"id": "1", "memory": "Keeps bees"}]}'
        started = there.http.post(path, content=file).json()
        third.kill()

    ended = eventually(
        lambda: ada.get(f"/imports/{started['id']}"), lambda one: one["status"] != "running"
    )

    assert (ended["status"], ended["error"]) == ("failed", "Interrupted")
    assert ada.memories(ada.default_profile()) == []


def test_nothing_is_left_of_an_upload_to_a_process_that_was_killed(
    company: Company, ada: Person, third: Server
) -> None:
    third.start()
    profile = ada.default_profile()
    with locked(company, "document_files"), ada.at(third) as there:
        path = f"/api/v1/memory-profiles/{profile}/documents"

        def bring() -> None:
            with suppress(httpx.TransportError):
                there.http.post(path, files={"file": ("note.txt", b"The deposit is at Nordea.")})

        bringing = Thread(target=bring)
        bringing.start()
        eventually(lambda: arriving(company), lambda count: count == 1)
        third.kill()
        bringing.join()

    eventually(lambda: arriving(company), lambda count: count == 0)
    assert ada.get(f"/memory-profiles/{profile}/documents")["data"] == []


def test_a_bucket_is_the_same_for_all_processes(
    upstream: RunningUpstream, company: Company, tmp_path: Path
) -> None:
    with (
        SupabaseProject(tmp_path) as project,
        company.server("bucket one", project.settings()) as one,
        company.server("bucket two", project.settings()) as two,
        Person(one) as ada,
        ada.at(two) as away,
    ):
        document = ada.brought(ada.default_profile(), "The deposit is at Nordea.")["id"]
        path = f"/api/v1/documents/{document}/file"

        assert (len(project.files()), originals(company)) == (1, 0)
        assert away.http.get(path).content == b"The deposit is at Nordea."

        receipt = away.delete(f"/documents/{document}")

        assert receipt["deleted"]["files"] == 1
        assert project.files() == {}
        problem_of(ada.http.get(path), 404, "document-not-found")
