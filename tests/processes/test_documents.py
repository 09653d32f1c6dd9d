"""What is brought at one process is there at every other, and is deleted at any."""

from pathlib import Path

from tests.support.company import Company
from tests.support.person import PASSWORD, Person
from tests.support.problem import problem_of
from tests.support.running_upstream import RunningUpstream
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
