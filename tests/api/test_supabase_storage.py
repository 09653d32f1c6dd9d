"""A server whose originals of documents are in a bucket of Supabase Storage."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest

from tests.support.canaries import Canaries
from tests.support.command import refusal
from tests.support.person import Person, eventually
from tests.support.problem import problem_of
from tests.support.server import Server
from tests.support.supabase_storage import SupabaseProject
from tests.support.traces import traces

LEASE = "The notice period of the flat in Storgata is three months, from the end of a month on."
STORE_S = 2


def kept_in(project: SupabaseProject) -> Mapping[str, str]:
    return {
        **project.settings(),
        "MEMORYCHAT_RATE_LIMITS__ENABLED": "false",
        "MEMORYCHAT_DOCUMENTS__STORE_S": str(STORE_S),
        "MEMORYCHAT_FORGETTING__QUIET_S": "0.5",
    }


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SupabaseProject]:
    with SupabaseProject(tmp_path_factory.mktemp("buckets")) as project:
        yield project


@pytest.fixture
def project(running: SupabaseProject) -> SupabaseProject:
    """The project, in its right mind."""
    running.fault = ""
    return running


@pytest.fixture(scope="module")
def keeping(
    server: Server, running: SupabaseProject, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("keeping"), kept_in(running)) as keeping:
        keeping.answers = server.answers
        yield keeping


@pytest.fixture
def ada(keeping: Server) -> Iterator[Person]:
    with Person(keeping, "ada") as person:
        yield person


def uploaded(ada: Person, profile: str, name: str = "lease.txt") -> httpx.Response:
    return ada.http.post(
        f"/api/v1/memory-profiles/{profile}/documents",
        files={"file": (name, LEASE.encode())},
    )


def file_of(ada: Person, document: str) -> httpx.Response:
    return ada.http.get(f"/api/v1/documents/{document}/file")


def objects(project: SupabaseProject, ada: Person) -> list[str]:
    """What the bucket holds of hers."""
    user = ada.get("/auth/me")["id"]
    return [name for name in project.files() if name.startswith(user)]


def test_an_original_is_in_the_bucket_and_nowhere_else_until_it_is_deleted(
    ada: Person, keeping: Server, project: SupabaseProject
) -> None:
    profile = ada.default_profile()
    document = ada.brought(profile, LEASE)
    user = ada.get("/auth/me")["id"]

    assert objects(project, ada) == [f"{user}/{document['id']}"]
    assert file_of(ada, document["id"]).content == LEASE.encode()
    assert not list((keeping.data_dir / "documents").rglob("*.*"))

    receipt = ada.delete(f"/documents/{document['id']}")

    assert receipt["deleted"]["documents"] == receipt["deleted"]["files"] == 1
    assert "files" in receipt["bytes_unattested"]
    assert "files" not in receipt["bytes_pending"]
    assert objects(project, ada) == []


def test_they_go_with_a_profile_and_with_an_account(ada: Person, project: SupabaseProject) -> None:
    work, user = ada.profile("work"), ada.get("/auth/me")["id"]
    for profile in (work, ada.default_profile()):
        ada.brought(profile, LEASE)
    copy = ada.post(f"/memory-profiles/{work}/copy", {"name": "copy"})
    assert copy["documents"] == 1
    assert len(objects(project, ada)) == 3

    assert ada.delete(f"/memory-profiles/{work}")["deleted"]["files"] == 1
    assert len(objects(project, ada)) == 2
    assert ada.delete("/me")["deleted"]["files"] == 2
    assert not [name for name in project.files() if name.startswith(user)]


def test_no_word_and_no_name_reaches_the_bucket(keeping: Server, project: SupabaseProject) -> None:
    canaries = Canaries()
    with Person(keeping, canaries("Email").lower()) as ada:
        profile = ada.profile(canaries("Profile"))
        document = ada.brought(
            profile,
            f"{LEASE} {canaries('Text')}",
            name=f"{canaries('File')}.txt",
            title=canaries("Title"),
        )
        ada.say(ada.session(profile), f"What of {canaries('Said')}?")
        assert file_of(ada, document["id"]).is_success
        receipt = ada.delete("/me")
    assert receipt["deleted"]["files"] == 1

    everything = b"\n".join(
        f"{one.line}\n{one.headers}\n".encode() + one.body for one in project.stored
    ).lower()
    assert document["id"].encode() in everything
    for word in (*canaries, "storgata", ada.email):
        assert word.lower().encode() not in everything, word
    assert not traces([*canaries, "Storgata"], project.folder)


@pytest.mark.parametrize("fault", ["error", "gone", "silent"])
def test_while_it_is_away_uploads_and_downloads_are_503_and_then_go_on(
    ada: Person, keeping: Server, project: SupabaseProject, fault: str
) -> None:
    profile = ada.default_profile()
    document = ada.brought(profile, LEASE)["id"]

    with project.failing(fault):  # type: ignore[arg-type]
        for answer in (uploaded(ada, ada.profile(f"at {fault}")), file_of(ada, document)):
            problem_of(answer, 503, "storage-unavailable")
            assert int(answer.headers["Retry-After"]) > 0
        ready = ada.http.get("/ready").json()
        assert (ready["status"], ready["checks"]["originals"] != "ok") == ("degraded", True)
        assert ada.say(ada.session(profile), "What is the notice period of the flat?")["content"]

    assert file_of(ada, document).content == LEASE.encode()
    assert uploaded(ada, ada.profile("afterwards")).status_code == 201
    eventually(lambda: len(objects(project, ada)), lambda count: count == 2)
    assert ada.http.get("/ready").json()["status"] == "ready"


@pytest.mark.parametrize("fault", ["error", "silent"])
def test_what_cannot_be_deleted_there_is_owed_and_told_and_done(
    ada: Person, project: SupabaseProject, fault: str
) -> None:
    document = ada.brought(ada.default_profile(), LEASE)["id"]

    with project.failing(fault):  # type: ignore[arg-type]
        receipt = ada.delete(f"/documents/{document}")
        problem_of(file_of(ada, document), 404, "document-not-found")
        assert len(objects(project, ada)) == 1

    assert receipt["deleted"]["documents"] == 1
    assert "files" not in receipt["deleted"]
    assert "files" in receipt["bytes_pending"]
    eventually(lambda: objects(project, ada), lambda left: not left)
    eventually(lambda: ada.get("/me/forgetting"), lambda told: "files" not in str(told))


def test_a_server_starts_without_it_and_uses_it_once_it_is_there(
    own_server: Server, tmp_path: Path
) -> None:
    with SupabaseProject(tmp_path / "buckets") as project:
        own_server.environment.update(kept_in(project))
        with project.failing("error"):
            own_server.start()
            with Person(own_server) as ada:
                profile = ada.default_profile()
                assert ada.http.get("/ready").json()["status"] == "degraded"
                problem_of(uploaded(ada, profile), 503, "storage-unavailable")
        with Person(own_server, "ben") as ben:
            assert uploaded(ben, ben.default_profile()).status_code == 201
        own_server.stop()


@pytest.mark.parametrize(
    ("setup", "sentence"),
    [
        ("public", "is public: make it private"),
        ("missing", "make it there (private)"),
        ("wrong key", "does not take the key"),
        ("no key", "SUPABASE_SERVICE_ROLE_KEY"),
        ("no project", "set SUPABASE_URL"),
    ],
)
def test_what_is_not_set_up_is_refused_at_start_in_a_sentence(
    own_server: Server, tmp_path: Path, setup: str, sentence: str
) -> None:
    with SupabaseProject(tmp_path / "buckets") as project:
        environment = dict(kept_in(project))
        match setup:
            case "public":
                project.buckets["originals"].public = True
            case "missing":
                project.buckets.clear()
            case "wrong key":
                environment["SUPABASE_SERVICE_ROLE_KEY"] = "zebra"
            case "no key":
                del environment["SUPABASE_SERVICE_ROLE_KEY"]
            case _:
                del environment["SUPABASE_URL"], environment["SUPABASE_SERVICE_ROLE_KEY"]
        own_server.environment.update(environment)

        said = refusal(own_server)

    assert sentence in said
    assert "zebra" not in said


def test_originals_from_before_the_bucket_are_read_and_deleted_still(
    own_server: Server, tmp_path: Path
) -> None:
    own_server.start()
    with Person(own_server) as ada:
        profile = ada.default_profile()
        document = ada.brought(profile, LEASE)["id"]
        own_server.stop()
        with SupabaseProject(tmp_path / "buckets") as project:
            own_server.environment.update(kept_in(project))
            own_server.start()
            ada = ada.at(own_server)
            new = ada.brought(ada.profile("work"), LEASE)["id"]
            assert [file_of(ada, one).content for one in (document, new)] == 2 * [LEASE.encode()]
            assert len(project.files()) == 1

            assert ada.delete(f"/documents/{document}")["deleted"]["files"] == 1
            assert not list((own_server.data_dir / "documents").rglob("*/*"))
            assert ada.delete("/me")["deleted"]["files"] == 1
            assert project.files() == {}
            own_server.stop()
