"""Originals in a private bucket of Supabase Storage, by supabase-py's own client for it.

One client serves all calls: nobody signs in on it, so that it has the service's key as long as it
lives.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from itertools import islice
from typing import Final
from uuid import UUID

import httpx
from storage3 import AsyncBucket, AsyncStorageClient
from storage3.exceptions import StorageApiError
from storage3.types import FileOptions, SearchV2Object, SearchV2Options
from storage3.utils import StorageException

from app.adapters.bounded_answer import bound_to
from app.core.document_errors import StorageUnfit
from app.core.errors import StorageUnavailable
from app.models.ids import DocumentId, UserId
from app.ports.storage import StorageKey

logger = logging.getLogger(__name__)

TOTAL_S: Final = 30.0
CONNECT_S: Final = 3.0
PAGE: Final = 500
"""Supabase deletes at most 1,000 at once, and lists as many as it is asked for."""
MEDIA_TYPE: Final = "application/octet-stream"
"""What is sealed has no other."""

_STORED_AS: Final[FileOptions] = {
    "content-type": MEDIA_TYPE,
    "cache-control": "0",
    "upsert": "true",
}
_LEAST_BOUND_BYTES: Final = 100_000_000
"""Originals from before the largest size was lowered are read still."""
_MISSING: Final = {"not_found", "NoSuchKey"}
_FAILURES: Final = (
    StorageException,
    httpx.HTTPError,
    TimeoutError,
    # an answer that is none of this protocol
    ValueError,
    KeyError,
    TypeError,
)


class SupabaseStorage:
    """The Storage port over a bucket, which other installations may use as well."""

    erases_bytes: Final = False
    shared: Final = True
    late_s: Final = 600.0
    """No gateway on the way is known to carry a request on for so long after its sender has gone."""

    def __init__(
        self, url: str, *, bucket: str, key: str, largest_bytes: int, total_s: float = TOTAL_S
    ) -> None:
        """A bucket that is not asked anything yet.

        Args:
            url: of the project, such as https://abc.supabase.co.
            bucket: its name.
            key: the project's secret (or service role) key.
            largest_bytes: what the bucket has to take at once.
            total_s: how long an answer may take, all of it.
        """
        self._url = url.rstrip("/")
        self._bucket = bucket
        self._key = key
        self._largest_bytes = largest_bytes
        self._total_s = total_s
        self._http: httpx.AsyncClient | None = None
        self._is_fit = False

    async def put(self, key: StorageKey, content: bytes) -> None:
        """The content is kept whole; another one there is replaced.

        Nothing is sent to a bucket that was not seen to be private.

        Raises:
            StorageUnavailable: nothing of it is kept, or something that nobody asks for.
        """
        if not self._is_fit:
            await self._become_fit()
        async with self._asked() as storage:
            await storage.from_(self._bucket).upload(str(key), content, _STORED_AS)

    async def get(self, key: StorageKey) -> bytes | None:
        """The content, None when there is none.

        Raises:
            StorageUnavailable: it cannot be read at the moment.
        """
        try:
            async with self._asked() as storage:
                return await storage.from_(self._bucket).download(str(key))
        except StorageUnavailable as error:
            if _refusal(error) in _MISSING:
                return None
            raise

    async def delete(self, *keys: StorageKey) -> int:
        """How many of them there were; they are gone.

        Raises:
            StorageUnavailable: some may still be there.
        """
        paths, count = iter([str(key) for key in keys]), 0
        while some := list(islice(paths, PAGE)):
            async with self._asked() as storage:
                gone = await storage.from_(self._bucket).remove(some)
                count += len({one["name"] for one in gone} & set(some))
        return count

    async def list(self, user_id: UserId | None = None) -> Sequence[StorageKey]:
        """Everything that is kept, of one user or of all, in no order.

        Each page begins after the last name of the one before, so that nothing is left out of them
        because something else is deleted meanwhile.

        Raises:
            StorageUnavailable: nobody knows at the moment.
        """
        options: SearchV2Options = {"limit": PAGE, "prefix": f"{user_id}/" if user_id else ""}
        found: list[StorageKey] = []
        while True:
            async with self._asked() as storage:
                page = await storage.from_(self._bucket).list_v2(options)
            found += _keys(page.objects)
            if not page.hasNext:
                return found
            if page.nextCursor in {None, "", options.get("cursor")}:
                raise StorageUnavailable
            options = {**options, "cursor": str(page.nextCursor)}

    async def check(self) -> None:
        """Returns when the bucket is there, private, and takes what will be put into it.

        What was seen of it before holds while it is asked, and while it does not answer.

        Raises:
            StorageUnfit: it is not; says what to do.
            StorageUnavailable: it does not answer.
        """
        try:
            await self._require()
        except StorageUnfit:
            self._is_fit = False
            raise
        self._is_fit = True

    async def close(self) -> None:
        """Its connections are let go."""
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    async def _require(self) -> None:
        try:
            async with self._asked() as storage:
                bucket = await storage.get_bucket(self._bucket)
        except StorageUnavailable as error:
            self._explain(error)
            raise
        self._require_fit(bucket)
        try:
            async with self._asked() as storage:
                await storage.from_(self._bucket).list_v2({"limit": 1})
        except StorageUnavailable as error:
            if _status(error) in {400, 404}:
                raise StorageUnfit(
                    f"The storage of {self._url} cannot list by pages (list-v2): update it."
                ) from error
            raise

    async def _become_fit(self) -> None:
        try:
            await self.check()
        except StorageUnfit as error:
            logger.error("originals cannot be kept", extra={"reason": error.detail})  # noqa: TRY400 - it says all
            raise StorageUnavailable from error

    def _explain(self, error: StorageUnavailable) -> None:
        """Returns when the bucket could not be asked for a reason that may pass.

        Raises:
            StorageUnfit: it will not, and why.
        """
        match _status(error):
            case 401 | 403:
                raise StorageUnfit(
                    f"{self._url} does not take the key: set SUPABASE_SERVICE_ROLE_KEY to the "
                    "project's secret (or service_role) key."
                ) from error
            case 404:
                raise StorageUnfit(
                    f'{self._url} has no bucket "{self._bucket}", or does not show it to this key: '
                    "make it there (private), or set SUPABASE_BUCKET to one that there is and "
                    "SUPABASE_SERVICE_ROLE_KEY to the project's secret (or service_role) key."
                ) from error

    def _require_fit(self, bucket: AsyncBucket) -> None:
        whose = f'The bucket "{self._bucket}" of {self._url}'
        if bucket.public:
            raise StorageUnfit(f"{whose} is public: make it private, or name another one.")
        if bucket.file_size_limit and bucket.file_size_limit < self._largest_bytes:
            raise StorageUnfit(
                f"{whose} takes files of {bucket.file_size_limit} bytes: raise its limit to "
                f"{self._largest_bytes}, or lower MEMORYCHAT_DOCUMENTS__MAX_BYTES."
            )
        if bucket.allowed_mime_types and not {MEDIA_TYPE, "application/*", "*/*"}.intersection(
            bucket.allowed_mime_types
        ):
            raise StorageUnfit(f"{whose} does not take {MEDIA_TYPE}: allow that, or everything.")

    @asynccontextmanager
    async def _asked(self) -> AsyncIterator[AsyncStorageClient]:
        """The client for one call, whose errors are ours; no text of the service's goes further."""
        try:
            async with asyncio.timeout(self._total_s):
                yield self._client()
        except _FAILURES as error:
            raise StorageUnavailable from error

    def _client(self) -> AsyncStorageClient:
        if self._http is None:
            most_bytes = max(self._largest_bytes, _LEAST_BOUND_BYTES)
            self._http = httpx.AsyncClient(
                timeout=httpx.Timeout(self._total_s, connect=CONNECT_S),
                follow_redirects=False,
                event_hooks={"response": [bound_to(most_bytes)]},
            )
        headers = {
            "apikey": self._key,
            "Authorization": f"Bearer {self._key}",
            "Accept-Encoding": "identity",
            "X-Client-Info": "memorychat",
        }
        return AsyncStorageClient(f"{self._url}/storage/v1/", headers, http_client=self._http)


def _keys(objects: Sequence[SearchV2Object]) -> Iterator[StorageKey]:
    """Of what is ours."""
    for one in objects:
        user, _, document = one.name.partition("/")
        try:
            key = StorageKey(UserId(UUID(user)), DocumentId(UUID(document)))
        except ValueError:
            continue
        if str(key) == one.name:
            yield key


def _refusal(error: StorageUnavailable) -> str | None:
    """What the service calls its refusal, if it was one."""
    cause = error.__cause__
    return cause.code if isinstance(cause, StorageApiError) else None


def _status(error: StorageUnavailable) -> int | None:
    """The status of the service's refusal, which stands in its body: outside it is mostly 400."""
    cause = error.__cause__
    if not isinstance(cause, StorageApiError):
        return None
    try:
        return int(cause.status)
    except ValueError:
        return None
