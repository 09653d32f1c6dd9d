"""A bucket of Supabase Storage beyond what every storage promises: its setup, its pages, its faults."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from time import monotonic
from typing import Any, Final, get_args
from uuid import uuid4

import pytest

from app.adapters.supabase_storage import PAGE, SupabaseStorage
from app.core.document_errors import StorageUnfit
from app.core.errors import StorageUnavailable
from app.models.ids import DocumentId, UserId
from app.ports.storage import StorageKey
from tests.support.gotrue import ANON_KEY, SERVICE_KEY
from tests.support.issuer import Fault
from tests.support.lite import Lite, why_no_lite
from tests.support.supabase_storage import BUCKET, Bucket, SupabaseProject

TOTAL_S: Final = 2.0
LARGEST_BYTES: Final = 1_000_000
BEYOND_TWO_PAGES: Final = 2 * PAGE + 3

Call = Callable[[SupabaseStorage, StorageKey], Awaitable[Any]]
CALLS: Final[dict[str, Call]] = {
    "put": lambda storage, key: storage.put(key, b"again"),
    "get": lambda storage, key: storage.get(key),
    "delete": lambda storage, key: storage.delete(key),
    "list": lambda storage, key: storage.list(key.user_id),
    "check": lambda storage, key: storage.check(),
}


def a_key(user: UserId | None = None) -> StorageKey:
    return StorageKey(user or UserId(uuid4()), DocumentId(uuid4()))


@pytest.fixture
def project(tmp_path: Path) -> Iterator[SupabaseProject]:
    with SupabaseProject(tmp_path) as running:
        yield running


def bucket_of(url: str, *, key: str = SERVICE_KEY, bucket: str = BUCKET) -> SupabaseStorage:
    return SupabaseStorage(
        url, bucket=bucket, key=key, largest_bytes=LARGEST_BYTES, total_s=TOTAL_S
    )


@pytest.fixture
async def storage(project: SupabaseProject) -> AsyncIterator[SupabaseStorage]:
    opened = bucket_of(project.project)
    yield opened
    await opened.close()


def stored(project: SupabaseProject, *names: object) -> None:
    """Files that are in the bucket already."""
    for name in names:
        file = project.folder / BUCKET / str(name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x")


async def test_more_than_a_page_is_listed_and_deleted(
    project: SupabaseProject, storage: SupabaseStorage
) -> None:
    user = UserId(uuid4())
    keys = {a_key(user) for _ in range(BEYOND_TWO_PAGES)}
    stored(project, *keys, a_key())

    found = await storage.list(user)

    assert len(found) == len(keys)
    assert set(found) == keys
    assert len(await storage.list()) == len(keys) + 1
    assert await storage.delete(*found) == len(keys)
    assert len(project.files()) == 1


async def test_pages_are_as_short_as_the_service_likes(
    project: SupabaseProject, storage: SupabaseStorage
) -> None:
    keys = {a_key() for _ in range(7)}
    stored(project, *keys)
    project.page = 2

    assert set(await storage.list()) == keys


async def test_what_is_nobodys_here_is_left_alone(
    project: SupabaseProject, storage: SupabaseStorage
) -> None:
    key = a_key()
    stored(
        project,
        key,
        "notes.txt",
        "a/b",
        f"{uuid4()}/{str(uuid4()).upper()}",
        f"{uuid4()}/{uuid4()}/deeper",
    )

    assert await storage.list() == [key]


@pytest.mark.parametrize(
    ("bucket", "sentence"),
    [
        (Bucket(public=True), "is public: make it private"),
        (Bucket(file_size_limit=5_000), f"raise its limit to {LARGEST_BYTES}"),
        (Bucket(allowed_mime_types=["image/png"]), "application/octet-stream"),
        (None, "make it there (private)"),
    ],
)
async def test_a_bucket_that_is_not_fit_is_told_and_nothing_is_sent_there(
    project: SupabaseProject, storage: SupabaseStorage, bucket: Bucket | None, sentence: str
) -> None:
    project.buckets = {BUCKET: bucket} if bucket else {}

    with pytest.raises(StorageUnfit) as told:
        await storage.check()
    with pytest.raises(StorageUnavailable) as refused:
        await storage.put(a_key(), b"canary")

    assert sentence in told.value.detail
    assert not isinstance(refused.value, StorageUnfit), "the operator's sentence is not a user's"
    assert not [one for one in project.stored if b"canary" in one.body]
    project.buckets = {BUCKET: Bucket(file_size_limit=LARGEST_BYTES)}
    await storage.put(a_key(), b"canary")
    assert len(project.files()) == 1, "without a restart"


@pytest.mark.parametrize(
    ("key", "sentence"), [("zebra", "does not take the key"), (ANON_KEY, "does not show it")]
)
async def test_a_key_that_may_not_is_told(
    project: SupabaseProject, key: str, sentence: str
) -> None:
    storage = bucket_of(project.project, key=key)

    with pytest.raises(StorageUnfit) as told:
        await storage.check()

    assert sentence in told.value.detail
    assert key not in told.value.detail
    await storage.close()


async def test_a_bucket_that_was_made_public_gets_nothing_once_that_was_seen(
    project: SupabaseProject, storage: SupabaseStorage
) -> None:
    await storage.check()
    project.buckets[BUCKET].public = True
    with pytest.raises(StorageUnfit):
        await storage.check()

    with pytest.raises(StorageUnavailable):
        await storage.put(a_key(), b"x")
    assert project.files() == {}


async def test_what_was_seen_of_the_bucket_holds_while_it_does_not_answer(
    project: SupabaseProject, storage: SupabaseStorage
) -> None:
    await storage.check()
    with project.failing("error"), pytest.raises(StorageUnavailable):
        await storage.check()
    project.stored.clear()

    await storage.put(a_key(), b"x")

    assert [one.line.split()[0] for one in project.stored] == ["POST"], "the file, and no question"


@pytest.mark.parametrize("fault", [fault for fault in get_args(Fault) if fault])
@pytest.mark.parametrize("call", CALLS)
async def test_whatever_is_wrong_there_it_is_unavailable_and_soon_told_and_passes(
    project: SupabaseProject, storage: SupabaseStorage, call: str, fault: Fault
) -> None:
    key = a_key()
    await storage.put(key, b"first")

    begun_s = monotonic()
    with project.failing(fault):
        if (call, fault) == ("get", "garbage"):
            assert await storage.get(key) != b"first", "which does not open"
        else:
            with pytest.raises(StorageUnavailable):
                await CALLS[call](storage, key)

    assert monotonic() - begun_s < 3 * TOTAL_S
    assert await storage.get(key) == b"first"
    await storage.put(key, b"second")
    assert await storage.get(key) == b"second"


@pytest.mark.parametrize("call", ["put", "get", "delete", "list"])
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, {"statusCode": "403", "error": "Unauthorized", "message": "canary"}),
        (400, {"statusCode": "404", "error": "Bucket not found", "message": "canary"}),
        (404, {"message": "canary"}),
        (429, {"statusCode": "429", "error": "too_many_connections", "message": "canary"}),
        (544, {"statusCode": "544", "error": "DatabaseTimeout", "message": "canary"}),
        (200, {"canary": 1}),
    ],
)
async def test_refusals_are_told_without_their_words(
    project: SupabaseProject, storage: SupabaseStorage, call: str, status: int, body: Any
) -> None:
    key = a_key()
    await storage.put(key, b"first")
    if (call, status) == ("get", 200):
        return  # any content is a content

    with project.denied(status, **body), pytest.raises(StorageUnavailable) as told:
        await CALLS[call](storage, key)

    assert "canary" not in f"{told.value} {told.value.detail}"
    assert await storage.get(key) == b"first"


async def test_a_project_that_is_not_there_is_unavailable() -> None:
    storage = bucket_of("http://127.0.0.1:1")

    for call in CALLS.values():
        with pytest.raises(StorageUnavailable) as told:
            await call(storage, a_key())
        assert not isinstance(told.value, StorageUnfit)
    await storage.close()


async def test_calls_share_connections_and_do_not_wait_for_each_other(
    project: SupabaseProject, storage: SupabaseStorage
) -> None:
    keys = [a_key() for _ in range(20)]

    await asyncio.gather(*(storage.put(key, str(key).encode()) for key in keys))

    assert await asyncio.gather(*map(storage.get, keys)) == [str(key).encode() for key in keys]


async def test_what_is_sent_names_two_ids_and_the_key_and_nothing_of_this_machine(
    project: SupabaseProject, storage: SupabaseStorage
) -> None:
    key = a_key()

    await storage.put(key, b"sealed")

    [sent] = [one for one in project.stored if b"sealed" in one.body]
    assert sent.line == f"POST /storage/v1/object/{BUCKET}/{key} HTTP/1.1"
    assert "X-Client-Info: memorychat\n" in sent.headers
    assert b'filename="' + str(key.document_id).encode() in sent.body
    assert b"max-age" not in sent.body
    assert b'name="cacheControl"\r\n\r\n0\r\n' in sent.body, "no cache in between keeps it"


@pytest.fixture(scope="module")
def lite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lite]:
    if reason := why_no_lite():
        pytest.skip(f"@supabase/lite is not asked: {reason}")
    with Lite(tmp_path_factory.mktemp("lite"), storage=True) as running:
        running.make_bucket(BUCKET)
        yield running


class Unpaged(SupabaseStorage):
    """As it is, but that it takes the bucket for fit, which cannot be listed by pages."""

    async def check(self) -> None:
        self._is_fit = True


async def test_lite_keeps_replaces_and_deletes(lite: Lite) -> None:
    """As far as it goes: it lists in the older way only, and every download of it breaks off."""
    storage = Unpaged(
        lite.direct_url,
        bucket=BUCKET,
        key=lite.service_key,
        largest_bytes=LARGEST_BYTES,
        total_s=20,
    )
    key, content = a_key(), bytes(range(256)) * 2_000
    assert await storage.get(key) is None

    await storage.put(key, b"first")
    await storage.put(key, content)

    assert (lite.stored / BUCKET / str(key)).read_bytes() == content
    assert await storage.get(StorageKey(a_key().user_id, key.document_id)) is None
    assert await storage.delete(key, a_key()) == 1
    assert await storage.delete(key) == 0
    assert await storage.get(key) is None
    await storage.close()
