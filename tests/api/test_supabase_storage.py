"""A server whose originals of documents are in a bucket of Supabase Storage."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from time import monotonic

import httpx
import pytest

from tests.support.canaries import Canaries
from tests.support.command import command
from tests.support.gotrue import SERVICE_KEY
from tests.support.person import Person, eventually
from tests.support.problem import problem_of
from tests.support.server import Server
from tests.support.supabase_storage import Bucket, SupabaseProject

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
        ready = eventually(
            lambda: ada.http.get("/ready").json(), lambda said: said["status"] == "degraded"
        )
        assert ready["checks"]["originals"] != "ok"
        assert ada.say(ada.session(profile), "What is the notice period of the flat?")["content"]

    assert file_of(ada, document).content == LEASE.encode()
    assert uploaded(ada, ada.profile("afterwards")).status_code == 201
    eventually(lambda: len(objects(project, ada)), lambda count: count == 2)
    eventually(lambda: ada.http.get("/ready").json()["status"], lambda said: said == "ready")


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


def test_an_upload_that_arrived_unseen_is_not_there_for_anybody_and_is_deleted(
    ada: Person, project: SupabaseProject
) -> None:
    profile = ada.default_profile()
    project.mute = True
    answer = uploaded(ada, profile)
    arrived = objects(project, ada)
    project.mute = False

    problem_of(answer, 503, "storage-unavailable")
    assert len(arrived) == 1
    assert ada.get(f"/memory-profiles/{profile}/documents")["data"] == []
    eventually(lambda: objects(project, ada), lambda left: not left)
    assert uploaded(ada, profile).status_code == 201


def test_however_often_it_is_asked_whether_it_is_ready_the_bucket_is_asked_now_and_then(
    ada: Person, project: SupabaseProject
) -> None:
    ada.http.get("/ready")
    project.stored.clear()
    begun_s = monotonic()

    answers = [ada.http.get("/ready").json()["checks"]["originals"] for _ in range(50)]

    assert set(answers) == {"ok"}
    times = 1 + (monotonic() - begun_s) // 10
    assert len([one for one in project.stored if "/bucket/" in one.line]) <= times


def test_a_server_starts_without_it_and_uses_it_once_it_is_there(tmp_path: Path) -> None:
    with (
        SupabaseProject(tmp_path / "buckets") as project,
        project.failing("error"),
        Server(tmp_path, kept_in(project)) as server,
        Person(server) as ada,
    ):
        profile = ada.default_profile()
        assert ada.http.get("/ready").json()["status"] == "degraded"
        problem_of(uploaded(ada, profile), 503, "storage-unavailable")

        project.fault = ""

        assert uploaded(ada, profile).status_code == 201
        server.stop()
        assert "originals wait" in server.log.read_text()


def without(settings: Mapping[str, str], *names: str) -> Mapping[str, str]:
    return {name: value for name, value in settings.items() if name not in names}


def test_what_is_not_set_up_is_refused_at_start_in_a_sentence(
    own_server: Server, tmp_path: Path
) -> None:
    url, key = "SUPABASE_URL", "SUPABASE_SERVICE_ROLE_KEY"
    with SupabaseProject(tmp_path / "buckets") as project:
        project.buckets["open"] = Bucket(public=True)
        given = kept_in(project)
        for environment, sentence in (
            ({**given, "SUPABASE_BUCKET": "open"}, "is public: make it private"),
            ({**given, "SUPABASE_BUCKET": "none"}, "make it there (private)"),
            ({**given, "SUPABASE_BUCKET": "a/b"}, "SUPABASE_BUCKET is no name of a bucket"),
            ({**given, key: "zebra"}, "does not take the key"),
            (without(given, key), "set SUPABASE_SERVICE_ROLE_KEY"),
            (without(given, key, url), "set SUPABASE_URL"),
        ):
            done = command(own_server, **environment)

            assert (done.returncode, done.stdout) == (1, ""), done.stderr
            told = done.stderr.splitlines()[-1]
            assert told.startswith("MemoryChat does not start: "), done.stderr
            assert sentence in told
            assert "zebra" not in done.stderr


def test_originals_from_before_the_bucket_are_read_and_deleted_still(tmp_path: Path) -> None:
    with Server(tmp_path) as server, Person(server) as ada:
        document = ada.brought(ada.default_profile(), LEASE)["id"]
        server.stop()
    with (
        SupabaseProject(tmp_path / "buckets") as project,
        Server(tmp_path, kept_in(project)) as server,
        ada.at(server) as ada,
    ):
        new = ada.brought(ada.profile("work"), LEASE)["id"]
        assert [file_of(ada, one).content for one in (document, new)] == 2 * [LEASE.encode()]
        assert len(project.files()) == 1

        assert ada.delete(f"/documents/{document}")["deleted"]["files"] == 1
        assert problem_of(file_of(ada, document), 404, "document-not-found")
        assert ada.delete("/me")["deleted"]["files"] == 1
        assert project.files() == {}
        assert not list((server.data_dir / "documents").rglob("*/*"))


def test_what_is_owed_is_deleted_after_a_crash(tmp_path: Path) -> None:
    with SupabaseProject(tmp_path / "buckets") as project:
        with Server(tmp_path, kept_in(project)) as server, Person(server) as ada:
            document = ada.brought(ada.default_profile(), LEASE)["id"]
            with project.failing("error"):
                ada.delete(f"/documents/{document}")
                server.kill()
        assert len(project.files()) == 1

        with Server(tmp_path, kept_in(project)):
            eventually(project.files, lambda left: not left)


def test_the_doctor_tells_of_the_bucket_and_puts_nothing_there(tmp_path: Path) -> None:
    with SupabaseProject(tmp_path / "buckets") as project:
        environment = dict(kept_in(project))
        with Server(tmp_path, environment) as server:
            server.stop()
        project.stored.clear()
        environment["MEMORYCHAT_BCRYPT_COST"] = "4"

        well = command(server, "doctor", **environment)
        asked = [one.line.split()[:2] for one in project.stored]
        with project.failing("error"):
            away = command(server, "doctor", **environment)
        project.buckets["originals"].public = True
        ill = command(server, "doctor", **environment)

    assert well.returncode == away.returncode == 0, well.stdout + well.stderr
    told = f'originals: the bucket "originals" of {project.project} gets the originals of documents'
    assert told in well.stdout
    assert "ok      bucket: private, and can be written" in well.stdout
    assert "isolation" in well.stdout
    assert asked == [
        ["GET", "/storage/v1/bucket/originals"],
        ["POST", "/storage/v1/object/list-v2/originals"],
    ]
    assert "skipped bucket: it does not answer now" in away.stdout
    assert ill.returncode == 1
    assert "MEND    bucket: " in ill.stdout
    assert SERVICE_KEY not in well.stdout + ill.stdout
